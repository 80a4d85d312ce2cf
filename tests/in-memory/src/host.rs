//! How the Functions host calls a handler: with events, and with messages whose locks it holds meanwhile.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use local_azure::chance;
use local_azure::functions_host::{Cardinality, DataType, event_grid_trigger, service_bus_trigger};
use local_azure::service_bus::{Lock, LockLost, Message, Part, ServiceBus};
use serde_json::Value;

use crate::exchange::Answer;

/// The app's queues, and the Function that each one's messages are for.
pub const QUEUES: [(&str, &str); 2] = [("reconcile-jobs", "ReconcileJob"), ("validation-jobs", "ValidationJob")];
/// Messages of one queue that one instance works on at once: `maxConcurrentCalls` of host.json.
pub const CALLS_AT_ONCE: usize = 64;
/// Half of the lock's duration, so that one renewal may come late.
const RENEWAL: Duration = Duration::from_secs(30);

/// Calls a Function. The invocation has its id from here on, whenever it is awaited. Gives the answer's status and JSON.
///
/// # Panics
/// Where `function` is no name of one.
pub fn call(router: Router, function: &str, body: &Value) -> impl Future<Output = (u16, Value)> + Send + use<> {
    let request = Request::post(format!("/{function}"))
        .header("content-type", "application/json; charset=utf-8")
        .header("x-azure-functions-invocationid", chance::guid().to_string())
        .body(Body::from(body.to_string()))
        .expect("a call is a request");
    async move {
        let answer = Answer::of(&router, request).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}

/// What `ConnectionEvent` is called with for an event.
#[must_use]
pub fn event_call(event: Value) -> Option<Value> {
    let calls = event_grid_trigger::calls("event", Cardinality::One, vec![event]);
    calls.into_iter().next().map(|call| call.body("ConnectionEvent", chance::now()))
}

/// The keys of the connections that an answer of `ValidationJob` says it has proven.
pub fn proven(answer: &Value) -> impl Iterator<Item = String> {
    let lines = answer["Logs"].as_array().into_iter().flatten().filter_map(Value::as_str);
    lines.filter_map(|line| line.strip_prefix("passed: ")).map(str::to_ascii_lowercase)
}

/// Hands a message to its Function by `call`, which gives the answer's status, or `None` where the process died. Its lock is
/// renewed meanwhile; then the message is settled, or left to its lock's end.
///
/// # Errors
/// Where the lock was lost meanwhile: then the message is somebody else's.
pub async fn hand_over(
    bus: &ServiceBus,
    (queue, function): (&str, &str),
    (message, lock): (Message, Lock),
    call: impl AsyncFnOnce(Value) -> Option<u16>,
) -> Result<(), LockLost> {
    let id = message.sequence_number.to_string();
    let body = service_bus_trigger::call("job", DataType::String, &message, &lock).body(function, chance::now());
    let renewal = async {
        loop {
            tokio::time::sleep(RENEWAL).await;
            if bus.renew_lock(queue, Part::Main, &id, lock.token).is_err() {
                return std::future::pending::<Option<u16>>().await;
            }
        }
    };
    let status = tokio::select! {
        biased;
        status = call(body) => status,
        status = renewal => status,
    };
    match status {
        Some(200) => bus.complete(queue, Part::Main, &id, lock.token),
        Some(_) => bus.abandon(queue, Part::Main, &id, lock.token),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_has_as_many_calls_as_host_json_says() {
        let host: Value = serde_json::from_str(include_str!("../../../host.json")).expect("JSON");
        assert_eq!(host["extensions"]["serviceBus"]["maxConcurrentCalls"], CALLS_AT_ONCE);
    }
}
