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
