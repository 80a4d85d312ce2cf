//! `ConnectionEvent`: an Event Grid event says that something about a connection may have changed.
//!
//! An event is acknowledged once its work is finished, put off, or of no use to anybody. Only where the work is in
//! nobody's hands does the call fail, so that Event Grid delivers the event again.

use std::sync::Arc;

use portreeve_decisions::catalogue::Catalogue;
use portreeve_decisions::event::{Reading, parse};
use portreeve_decisions::untrusted::escaped;
use serde_json::Value;

use crate::app::{App, Taken, first_job};
use crate::deadlines::CONNECTION_EVENT;
use crate::wire::{Invocation, Reply};

pub(crate) async fn handle(app: Arc<App>, call: Invocation, correlation_id: String) -> Reply {
    let reading = match call.binding("event").as_deref() {
        Ok(Value::Array(events)) => match events.as_slice() {
            [event] => read(event, &correlation_id),
            // Each would have to be put off within the time that Event Grid waits for all of them.
            events => {
                let count = events.len();
                let why =
                    format!("{count} events in one call; leave `cardinality` out of ConnectionEvent/function.json");
                return Reply::BadRequest(why);
            }
        },
        Ok(event) => read(event, &correlation_id),
        Err(why) => return Reply::BadRequest(why.clone()),
    };
    // From here on an event is nothing but its subject.
    drop(call);
    match take(&app, reading, &correlation_id).await {
        Ok(lines) => Reply::Done(lines),
        Err(why) => Reply::Failed(why),
    }
}

/// What the event means, which is said.
fn read(event: &Value, correlation_id: &str) -> Reading {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(|text| escaped(text, 300));
    let (event_id, operation) = (text("/id"), text("/data/operationName"));
    let reading = parse(event, Catalogue::known());
    match &reading {
        Reading::Ignored(reason) => {
            tracing::info!(event = "ignored", correlation_id, event_id, operation, reason, "ignored: {reason}");
        }
        Reading::Wake(subject) => {
            tracing::info!(event = "woken", correlation_id, event_id, operation, subject = %subject.id(), "an event names {}", subject.id());
        }
    }
    reading
}

async fn take(app: &App, reading: Reading, correlation_id: &str) -> Result<Vec<String>, String> {
    match reading {
        Reading::Ignored(reason) => Ok(vec![format!("ignored: {reason}")]),
        Reading::Wake(subject) => {
            let job = first_job(subject, correlation_id.to_owned());
            app.reconcile(&job, CONNECTION_EVENT.work).await.map(Taken::lines)
        }
    }
}
