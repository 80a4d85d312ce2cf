use super::*;
use crate::scripted::arm;

const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe";

async fn seen(body: Value) -> Endpoint {
    let (arm, ..) = arm(vec![(200, Vec::new(), body.to_string())]);
    let sight = arm.private_endpoint(&ResourceId::parse(ENDPOINT).unwrap()).await.unwrap();
    sight.seen().cloned().unwrap()
}

fn asking(request: Value) -> Value {
    serde_json::json!({
        "id": ENDPOINT,
        "location": "West Europe",
        "properties": { "manualPrivateLinkServiceConnections": [{ "properties": request }] },
    })
}

#[tokio::test]
async fn an_endpoint_tells_its_region_and_its_message() {
    let endpoint = seen(asking(serde_json::json!({ "requestMessage": "for team-app, INC0012345" }))).await;
    assert_eq!(endpoint.location.as_deref(), Some("westeurope"));
    assert_eq!(endpoint.requests[0].message.as_deref(), Some("for team-app, INC0012345"));
}

#[tokio::test]
async fn no_message_and_an_empty_one_are_the_same() {
    for request in [serde_json::json!({}), serde_json::json!({ "requestMessage": "" })] {
        assert_eq!(seen(asking(request)).await.requests[0].message, None);
    }
    assert_eq!(seen(serde_json::json!({ "id": ENDPOINT, "properties": {} })).await.location, None);
}

#[tokio::test]
async fn an_answer_about_another_endpoint_is_none_about_this_one() {
    let asked = ResourceId::parse(ENDPOINT).unwrap();
    let body = |id: &str| serde_json::json!({ "id": id, "properties": {} }).to_string();
    for (answered, is_it) in
        [(ENDPOINT.to_owned(), true), (ENDPOINT.replace("/pe", "/PE"), true), (format!("{ENDPOINT}-2"), false)]
    {
        let (arm, ..) = arm(vec![(200, Vec::new(), body(&answered))]);
        assert_eq!(arm.private_endpoint(&asked).await.is_ok(), is_it, "{answered}");
    }
}

#[tokio::test]
async fn words_about_an_answer_of_another_shape_are_escaped_and_cut() {
    let hostile = format!("\u{1b}[2J\n{}", "x".repeat(1_000_000));
    let (arm, ..) =
        arm(vec![(200, Vec::new(), serde_json::json!({ "id": ENDPOINT, "properties": hostile }).to_string())]);
    let shown = arm.private_endpoint(&ResourceId::parse(ENDPOINT).unwrap()).await.unwrap_err().to_string();
    assert!(!shown.contains(['\u{1b}', '\n']) && shown.len() < 1000, "{shown}");
}
