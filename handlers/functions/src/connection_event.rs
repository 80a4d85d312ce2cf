//! `ConnectionEvent`: an Event Grid event says that something about a connection may have changed.
//!
//! An event is acknowledged once its work is finished, put off, or of no use to anybody. Only where the work is in
//! nobody's hands does the call fail, so that Event Grid delivers the event again.

use std::sync::Arc;
use std::time::Duration;

use portreeve_decisions::catalogue::Catalogue;
use portreeve_decisions::event::{Reading, parse};
use portreeve_decisions::untrusted::escaped;
use serde_json::Value;

use crate::app::{App, Taken, first_job};
use crate::wire::{Invocation, Reply};

/// Event Grid waits 30 s for the host's answer, of which putting the work off may take ten.
const DEADLINE: Duration = Duration::from_secs(18);

pub(crate) async fn handle(app: Arc<App>, call: Invocation, correlation_id: String) -> Reply {
    let events = match call.binding("event") {
        Ok(Value::Array(events)) => events,
        Ok(event) => vec![event],
        Err(why) => return Reply::BadRequest(why),
    };
    let mut lines = Vec::new();
    // The host sends one event a call; of several, each has its share of the time.
    let deadline = DEADLINE / u32::try_from(events.len().max(1)).unwrap_or(u32::MAX);
    for event in &events {
        match take(&app, event, &correlation_id, deadline).await {
            Ok(more) => lines.extend(more),
            Err(why) => return Reply::Failed(why),
        }
    }
    Reply::Done(lines)
}

async fn take(app: &App, event: &Value, correlation_id: &str, deadline: Duration) -> Result<Vec<String>, String> {
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(|text| escaped(text, 300));
    let (event_id, operation) = (text("/id"), text("/data/operationName"));
    match parse(event, Catalogue::known()) {
        Reading::Ignored(reason) => {
            tracing::info!(event = "ignored", correlation_id, event_id, operation, reason, "ignored: {reason}");
            Ok(vec![format!("ignored: {reason}")])
        }
        Reading::Wake(subject) => {
            tracing::info!(event = "woken", correlation_id, event_id, operation, subject = %subject.id(), "an event names {}", subject.id());
            let job = first_job(subject, correlation_id.to_owned());
            app.reconcile(&job, deadline).await.map(Taken::lines)
        }
    }
}
