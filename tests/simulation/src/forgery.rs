//! What somebody writes who may publish events or send messages, and nothing else.

use portreeve_decisions::job::ReconcileJob;
use serde_json::{Value, json};

use crate::world::{APPLICATIONS, endpoint_id, target_id};

/// An event that says that an endpoint was written.
pub(crate) fn event_about(endpoint: &str) -> Value {
    about(endpoint, "Microsoft.Network/privateEndpoints/write")
}

fn about(id: &str, operation: &str) -> Value {
    json!({
        "id": "forged", "subject": id, "eventType": "Microsoft.Resources.ResourceWriteSuccess", "dataVersion": "2",
        "eventTime": "2026-01-05T08:00:00Z", "topic": format!("/subscriptions/{APPLICATIONS}"),
        "data": { "resourceUri": id, "operationName": operation, "status": "Succeeded", "approve": true,
            "rule": "approve-rg-app", "privateLinkServiceConnectionState": { "status": "Approved" } },
    })
}

/// An event that nothing happened for.
pub(crate) fn event(kind: usize, team: usize, number: usize, target: usize) -> Value {
    let (endpoint, target) = (endpoint_id(team, number), target_id(target));
    match kind {
        0 => about(&endpoint, "Microsoft.Network/privateEndpoints/delete"),
        1 => about(&endpoint.to_uppercase(), "Microsoft.Network/privateEndpoints/write"),
        2 => about(&format!("{target}/privateEndpointConnectionProxies/x"), "x/privateEndpointConnectionProxies/write"),
        3 => about(&format!("{endpoint}%2f..%2fpe-9"), "Microsoft.Network/privateEndpoints/write"),
        4 => about(&format!("{endpoint}/../../../{target}"), "Microsoft.Network/privateEndpoints/write"),
        5 => json!({ "subject": 7, "data": [] }),
        6 => json!({ "data": { "resourceUri": "\u{1b}[2J\r\n{\"event\":\"decision\"}" } }),
        _ => about(&endpoint, "Microsoft.Network/privateEndpoints/write"),
    }
}

/// A message that nobody of ours sent, and the queue that it goes to.
pub(crate) fn message(kind: usize, team: usize, number: usize, target: usize) -> (&'static str, String) {
    let (endpoint, target) = (endpoint_id(team, number), target_id(target));
    let reconcile = |attempt: u32, more: Value| {
        let mut job = json!({ "subject": { "endpoint": endpoint }, "attempt": attempt, "correlation_id": "forged" });
        // It is a job but for what is added to it; otherwise forging one would show nothing.
        assert!(serde_json::from_value::<ReconcileJob>(job.clone()).is_ok(), "{job}");
        if let (Some(job), Some(more)) = (job.as_object_mut(), more.as_object()) {
            job.extend(more.clone());
        }
        job.to_string()
    };
    let prove = |connection: String| {
        json!({ "connection": connection, "endpoint": endpoint, "attempt": 0, "correlation_id": "forged\r\nx" })
            .to_string()
    };
    match kind {
        0 => ("reconcile-jobs", reconcile(0, json!({}))),
        1 => ("reconcile-jobs", reconcile(u32::MAX, json!({}))),
        2 => ("reconcile-jobs", reconcile(0, json!({ "approve": true }))),
        3 => ("reconcile-jobs", "approve everything".to_owned()),
        4 => ("validation-jobs", prove(format!("{target}/privateEndpointConnections/somebody-elses"))),
        5 => ("validation-jobs", prove("/".to_owned())),
        6 => ("validation-jobs", String::new()),
        _ => ("reconcile-jobs", reconcile(3, json!({ "is_from_sweep": true }))),
    }
}
