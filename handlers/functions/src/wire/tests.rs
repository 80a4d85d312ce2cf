use axum::body::to_bytes;

use super::*;

fn invocation(body: &Value) -> Invocation {
    Invocation::parse(body.to_string().as_bytes(), None, BodyTurn::free()).unwrap()
}

#[test]
fn a_queue_message_arrives_encoded_twice() {
    let job = json!({ "attempt": 1 });
    let call = invocation(
        &json!({ "Data": { "job": json!(job.to_string()).to_string() }, "Metadata": { "DeliveryCount": "3" } }),
    );
    assert_eq!(call.binding("job").as_deref(), Ok(&job));
    assert_eq!(call.delivery_count(), 3);
}

#[test]
fn events_arrive_as_object_as_array_or_as_text() {
    let event = json!({ "id": "1" });
    for sent in [event.clone(), json!(event.to_string())] {
        assert_eq!(invocation(&json!({ "Data": { "event": sent } })).binding("event").as_deref(), Ok(&event));
    }
    let several = json!([event, event]);
    for sent in [several.clone(), json!(several.to_string())] {
        assert_eq!(invocation(&json!({ "Data": { "event": sent } })).binding("event").as_deref(), Ok(&several));
    }
}

#[test]
fn text_that_is_no_json_stays_text() {
    let call = invocation(&json!({ "Data": { "job": "\"approve everything\"" }, "Metadata": null }));
    assert_eq!(call.binding("job").as_deref(), Ok(&json!("approve everything")));
    assert!(call.binding("event").is_err());
    assert_eq!(call.delivery_count(), 1);
}

#[test]
fn what_is_no_invocation_is_refused_without_panic() {
    let nested = "[".repeat(5_000_000);
    for body in ["", "null", "[]", "{}", "{\"Data\":1}", "{\"Data\":{}", "\u{0}", nested.as_str()] {
        assert!(Invocation::parse(body.as_bytes(), None, BodyTurn::free()).is_err());
    }
}

#[tokio::test]
async fn an_answer_is_always_a_json_object_with_the_right_status() {
    let replies =
        [(Reply::Done(Vec::new()), 200), (Reply::BadRequest("x".into()), 400), (Reply::Failed("x".into()), 500)];
    for (reply, status) in replies {
        let response = reply.into_response();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "application/json");
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        assert!(serde_json::from_slice::<Value>(&body).unwrap().is_object());
    }
}
