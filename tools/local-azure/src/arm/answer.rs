//! One answer of ARM before it becomes HTTP.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response},
};
use serde_json::{Value, json};

use super::request::ArmRequest;
use crate::cloud::arm_error::ArmError;

/// Status, body and the headers that depend on the request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON body, if there is one.
    pub body: Option<Value>,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// 200 with a body.
    #[must_use]
    pub fn ok(body: Value) -> Self {
        Self::with(200, body)
    }

    /// Any status with a body.
    #[must_use]
    pub fn with(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), headers: Vec::new() }
    }

    /// Any status without a body.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self { status, body: None, headers: Vec::new() }
    }

    /// The end of a DELETE that needs no operation: 200, or 204 where there was nothing.
    #[must_use]
    pub fn deleted(was_there: bool) -> Self {
        Self::empty(if was_there { 200 } else { 204 })
    }

    /// Adds the headers of a long-running operation: where to poll, where the result will be, how long to wait.
    #[must_use]
    pub fn polled(mut self, request: &ArmRequest, subscription: &str, operation_id: &str) -> Self {
        let version = request.query.get("api-version").map_or("", String::as_str);
        let url = |kind: &str| {
            format!(
                "{}/subscriptions/{subscription}/providers/Microsoft.Resources/{kind}/{operation_id}?api-version={version}",
                request.base_url
            )
        };
        self.headers.push(("azure-asyncoperation", url("operations")));
        self.headers.push(("location", url("operationresults")));
        self.headers.push(("retry-after", request.retry_after_seconds.to_string()));
        self
    }

    /// The HTTP answer.
    #[must_use]
    pub fn into_response(self) -> Response<Body> {
        let body = self.body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut response = Response::new(body);
        *response.status_mut() = self.status.try_into().unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static("application/json; charset=utf-8"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

impl From<ArmError> for Answer {
    fn from(error: ArmError) -> Self {
        let mut answer = Self::with(error.status, json!({ "error": { "code": error.code, "message": error.message } }));
        if let Some(seconds) = error.retry_after_seconds {
            answer.headers.push(("retry-after", seconds.to_string()));
        }
        answer
    }
}
