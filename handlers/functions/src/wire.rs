//! The host's wire: how an invocation arrives and how it is answered.
//!
//! The host calls `POST /{FunctionName}` with `{"Data": {…}, "Metadata": {…}}`. A value that is a JSON object arrives as
//! one; any other arrives as JSON text inside a string, so a queue message's body is JSON text inside JSON text. An
//! answer must be 200 with a JSON object: 204, an empty body or `null` leave the invocation hanging until the host kills
//! this process, and anything but 2xx fails the invocation and drops what the answer says.
//! Source: <https://github.com/Azure/azure-functions-host>, `src/WebJobs.Script/Workers/Http`.

use std::borrow::Cow;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use portreeve_azure::QueueName;
use portreeve_decisions::untrusted::escaped;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::delivery::Delivery;
use crate::turns::BodyTurn;

/// One call of a Function.
#[derive(Debug)]
pub(crate) struct Invocation {
    data: Map<String, Value>,
    metadata: Map<String, Value>,
    /// What the host calls this invocation, where it said so as a GUID.
    id: Option<String>,
    /// Whoever has read what he needs drops the invocation, and so lets the next one in.
    _turn: BodyTurn,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Body {
    data: Map<String, Value>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

/// How a call ends.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The work is done, or safe in somebody's hands. The lines go to the invocation's own log in the host.
    Done(Vec<String>),
    /// The request makes no sense, now or ever.
    BadRequest(String),
    /// There is no room for the call now: the host must call again.
    Busy(String),
    /// The work is not safe: the host must call again.
    Failed(String),
}

impl Invocation {
    /// Reads a call's body.
    pub fn parse(body: &[u8], id: Option<&str>, turn: BodyTurn) -> Result<Self, String> {
        let Body { data, metadata } = serde_json::from_slice(body)
            .map_err(|error| format!("the body is not an invocation: {}", escaped(&error.to_string(), 200)))?;
        let id = id.filter(|id| portreeve_decisions::resource_id::is_guid(id)).map(str::to_owned);
        Ok(Self { data, metadata: metadata.unwrap_or_default(), id, _turn: turn })
    }

    /// The value of a trigger binding, with the host's text-in-strings undone as far as it goes: an event is an object,
    /// several are an array, a queue message is whatever JSON its body was.
    pub fn binding(&self, name: &str) -> Result<Cow<'_, Value>, String> {
        let value = self.data.get(name).ok_or_else(|| format!("the invocation has no binding `{name}`"))?;
        let mut value = Cow::Borrowed(value);
        // Twice: once for the host's own encoding, once for a message whose body is JSON text.
        for _ in 0..2 {
            let Value::String(text) = value.as_ref() else { break };
            match serde_json::from_str(text) {
                Ok(inner) => value = Cow::Owned(inner),
                Err(_) => break,
            }
        }
        Ok(value)
    }

    /// The job that a queue's message carries, or the reply to a message that carries none: it is refused until the broker
    /// gives it to the dead-letter queue.
    pub fn job<T: DeserializeOwned>(&self, queue: QueueName, correlation_id: &str) -> Result<T, Reply> {
        let job = self.binding("job");
        let job = job.and_then(|body| T::deserialize(body.as_ref()).map_err(|error| error.to_string()));
        job.map_err(|why| {
            let why = format!("the message is no job of this queue: {}", escaped(&why, 300));
            Reply::BadRequest(Delivery::of(self, queue).give_up(&why, None, correlation_id))
        })
    }

    /// What the host tells of a trigger by this name. It writes a text as JSON text inside a string, and a number as text.
    pub fn metadata(&self, name: &str) -> Option<String> {
        match self.metadata.get(name)? {
            Value::String(text) => Some(serde_json::from_str(text).unwrap_or_else(|_| text.clone())),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// What ties the records of this call to those of its story: a job carries it, and any other call begins a story by
    /// the host's own id for it.
    pub fn correlation_id(&self) -> String {
        let job = self.binding("job").ok();
        let carried = job.and_then(|job| job.get("correlation_id")?.as_str().map(|id| escaped(id, 64)));
        carried.or_else(|| self.id.clone()).unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
    }

    /// How often the broker has delivered this message; 1 where it did not say.
    pub fn delivery_count(&self) -> u64 {
        self.metadata("DeliveryCount").and_then(|count| count.parse().ok()).unwrap_or(1)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        match self {
            Self::Done(lines) => Json(json!({ "Outputs": {}, "Logs": lines })).into_response(),
            Self::BadRequest(why) => (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response(),
            Self::Busy(why) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": why }))).into_response(),
            Self::Failed(why) => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "error": why }))).into_response(),
        }
    }
}

#[cfg(test)]
mod tests;
