//! The admin API: what functions there are, and running one by hand.
//! Source: `FunctionsController` of Azure/azure-functions-host. The local host asks for no master key.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{
    call::Call,
    event_grid_trigger,
    function_json::{FunctionDefinition, Trigger},
    service_bus_trigger, timer_listener,
    web::Endpoints,
};
use crate::{
    chance::{guid, now},
    service_bus::{Lock, Message, NewMessage},
};

pub(super) async fn list(State(endpoints): State<Endpoints>) -> Json<Value> {
    let describe = |function: &FunctionDefinition| {
        json!({
            "name": function.name,
            "href": format!("{}/admin/functions/{}", endpoints.url, function.name),
            "config": function.config,
            "language": "custom",
            "isDisabled": false,
        })
    };
    Json(endpoints.functions.iter().map(|function| describe(function)).collect())
}

/// Accepts at once and runs in the background, so the answer says nothing about the outcome.
pub(super) async fn invoke(State(endpoints): State<Endpoints>, Path(name): Path<String>, body: Bytes) -> Response {
    let Some(function) = endpoints.functions.iter().find(|function| function.name.eq_ignore_ascii_case(&name)).cloned()
    else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let Ok(Value::Object(request)) = serde_json::from_slice(&body) else {
        return (StatusCode::BAD_REQUEST, r#"the body must be {"input":"<the trigger's value as text>"}"#)
            .into_response();
    };
    let input = request.get("input").and_then(Value::as_str).unwrap_or_default();
    match call(&function, input) {
        Ok(call) => {
            // Work is in flight from the answer on, not from when the task first runs.
            let in_flight = endpoints.invoker.activity.begin();
            tokio::spawn(async move {
                // The invoker reports the outcome; nobody waits for it here.
                let _ = endpoints.invoker.invoke(&function, call).await;
                drop(in_flight);
            });
        }
        // The real host accepts the request too and only its log tells that the input did not fit.
        Err(reason) => endpoints.invoker.console.say("invocation", format!("{name} failed: {reason}")),
    }
    StatusCode::ACCEPTED.into_response()
}

/// The value that the trigger's own conversion makes of a text.
fn call(function: &FunctionDefinition, input: &str) -> Result<Call, String> {
    let name = &function.trigger.name;
    match &function.trigger.trigger {
        Trigger::EventGrid { cardinality } => {
            let input: Value = serde_json::from_str(input).map_err(|error| format!("input is not JSON: {error}"))?;
            let events = match input {
                Value::Array(events) => events,
                event => vec![event],
            };
            let [call] = <[Call; 1]>::try_from(event_grid_trigger::calls(name, *cardinality, events))
                .map_err(|_| "input must be one event")?;
            Ok(call)
        }
        Trigger::ServiceBus { data_type, .. } => {
            let (message, lock) = made_up_message(input);
            Ok(service_bus_trigger::call(name, *data_type, &message, &lock))
        }
        Trigger::Timer { schedule, use_monitor, .. } => {
            Ok(timer_listener::call(name, use_monitor.then_some(schedule), None, now()))
        }
    }
}

/// A message that was in no queue; it cannot be settled and nobody tries.
fn made_up_message(body: &str) -> (Message, Lock) {
    let now = now();
    let message = Message {
        message_id: guid().simple().to_string(),
        sequence_number: 0,
        enqueued_time: now,
        delivery_count: 1,
        sent: NewMessage { body: body.to_owned().into(), ..NewMessage::default() },
        dead_letter: None,
    };
    (message, Lock { token: guid(), locked_until: now })
}
