//! What makes no sense causes no panic, no request and no endless retry, and cannot forge a record.

use std::time::Duration;

use platform::{Platform, allowlist, event_about};
use serde_json::{Value, json};

async fn platform() -> Platform {
    Platform::start(&allowlist(&[])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_make_no_sense_are_acknowledged_and_cause_no_request() {
    let platform = platform().await;
    let hostile = [
        "https://evil.example/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/Microsoft.Network/privateEndpoints/b",
        "//evil.example/privateEndpoints/b",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/../providers/Microsoft.Network/privateEndpoints/b",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a%2F..%2Fb/providers/Microsoft.Network/privateEndpoints/b",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/Microsoft.Network/privateEndpoints/b\n{\"event\":\"decision\"}",
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/Microsoft.Network/privateEndpoints/\u{1b}[2J",
        "/subscriptions/evil.example/resourceGroups/a/providers/Microsoft.Network/privateEndpoints/b",
    ];
    for subject in hostile {
        assert_eq!(platform.deliver(&event_about(subject)).await, 202, "{subject}");
    }
    let shapes =
        [json!({}), json!({ "eventType": 1 }), json!({ "eventType": "x", "subject": [] }), json!({ "data": "x" })];
    for event in &shapes {
        assert_eq!(platform.deliver(event).await, 202, "{event}");
    }
    platform.at_rest(Duration::ZERO).await;

    assert!(platform.azure.cloud.requests().is_empty());
    // `journal` itself fails on a line that is not one record.
    let ignored = platform.records("ignored", "");
    assert_eq!(ignored.len(), hostile.len() + shapes.len());
    assert!(ignored.iter().any(|record| record.text("reason").contains("\\u{1b}[2J")), "{ignored:?}");
    assert!(platform.records("decision", "").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_make_no_sense_get_4xx_and_the_handler_lives_on() {
    let handler = platform::LoneHandler::start().await.unwrap();
    let nested = "[".repeat(10_000_000);
    let deep_event = json!({ "Data": { "event": "[".repeat(100_000) } }).to_string();
    let bodies = ["", "x", "null", "[]", "{}", "{\"Data\":{}}", "{\"Data\":{\"event\":", nested.as_str()];
    for function in ["ConnectionEvent", "ReconcileJob", "ValidationJob"] {
        for body in bodies {
            let status = handler.post(function, body.to_owned()).await;
            assert_eq!(status, 400, "{function} {}", &body[..body.len().min(40)]);
        }
    }
    assert_eq!(handler.post("ConnectionEvent", deep_event).await, 200);
    assert_eq!(handler.post("NoSuchFunction", "{}".to_owned()).await, 404);
    // More than axum's usual two megabytes, and quite in order.
    let large = json!({ "Data": { "event": { "eventType": "x", "padding": "x".repeat(3_000_000) } }, "Metadata": {} });
    assert_eq!(handler.post("ConnectionEvent", large.to_string()).await, 200);
    for line in handler.stop().await.unwrap() {
        let record: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a record: {line}"));
        assert!(record["level"].is_string(), "{line}");
    }
}
