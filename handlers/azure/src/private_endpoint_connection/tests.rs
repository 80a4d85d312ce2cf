use azure_core::http::{Body, Method};
use portreeve_decisions::catalogue::Catalogue;
use portreeve_decisions::plan::ConnectionWrite;
use serde_json::json;

use super::*;
use crate::scripted::{ScriptedAnswer, arm};

const GROUP: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers";
const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe";
const OTHER_ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/other";

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

fn row(resource_type: &str) -> &'static TargetType {
    Catalogue::known().named(resource_type).unwrap()
}

fn body(id: &str, endpoint: &str, status: &str) -> Value {
    json!({ "id": id, "name": "c", "properties": {
        "groupIds": ["AzureBackup"],
        "provisioningState": "Succeeded",
        "privateEndpoint": { "id": endpoint },
        "privateLinkServiceConnectionState": { "status": status, "description": "please" },
    }})
}

fn ok(body: &Value) -> ScriptedAnswer {
    (200, Vec::new(), body.to_string())
}

fn bad_request() -> ScriptedAnswer {
    let error = json!({ "error": { "code": "InvalidRequestContent", "message": "groupIds is required" } });
    (400, Vec::new(), error.to_string())
}

#[tokio::test]
async fn a_connection_that_is_not_the_listed_resources_own_is_left_out() {
    let vault = format!("{GROUP}/Microsoft.KeyVault/vaults/kv");
    let own =
        format!("{}/privateEndpointConnections/c", vault.to_uppercase().replace("/SUBSCRIPTIONS", "/subscriptions"));
    let others = [
        format!("{GROUP}/Microsoft.KeyVault/vaults/victim/privateEndpointConnections/c"),
        format!("{vault}/privateEndpointConnectionProxies/c"),
        format!("{vault}/privateEndpointConnections/c/children/d"),
        vault.clone(),
    ];
    let bodies: Vec<Value> = others.iter().chain([&own]).map(|id| body(id, ENDPOINT, "Pending")).collect();
    let (arm, ..) = arm(vec![ok(&json!({ "value": bodies }))]);
    let listed = arm.connections_below(&id(&vault), row("Microsoft.KeyVault/vaults")).await.unwrap();
    assert_eq!(listed.iter().map(|connection| connection.id.as_str()).collect::<Vec<_>>(), [own.as_str()]);

    let repeated = bodies.into_iter().filter(|body| {
        let body = serde_json::from_value(body.clone()).unwrap();
        connection_in(&id(&vault), body, row("Microsoft.KeyVault/vaults")).is_ok()
    });
    assert_eq!(repeated.map(|body| body["id"].clone()).collect::<Vec<_>>(), [own.as_str()]);
}

#[tokio::test]
async fn one_connection_is_the_one_that_was_asked_for() {
    let asked = format!("{GROUP}/Microsoft.KeyVault/vaults/kv/privateEndpointConnections/c");
    let other = format!("{GROUP}/Microsoft.KeyVault/vaults/kv/privateEndpointConnections/d");
    for (answered, is_it) in [(&asked, true), (&other, false)] {
        let (arm, ..) = arm(vec![ok(&body(answered, ENDPOINT, "Approved"))]);
        let seen = arm.connection(&id(&asked), row("Microsoft.KeyVault/vaults")).await.unwrap();
        assert_eq!(seen.is_some(), is_it);
    }
}

/// The outcome of approving a connection of a backup vault on this script, and the bodies that were put.
async fn approve(answers: Vec<ScriptedAnswer>) -> (Result<IsSettling, AzureError>, Vec<Value>) {
    let connection = format!("{GROUP}/Microsoft.RecoveryServices/vaults/rsv/privateEndpointConnections/c");
    let write = ConnectionWrite {
        connection: id(&connection),
        endpoint: id(ENDPOINT),
        description: "Approved by Portreeve, rule r".to_owned(),
    };
    let (arm, http, _) = arm(answers);
    let row = row("Microsoft.RecoveryServices/vaults");
    let outcome = arm.write_state(&StateWrite { write: &write, status: &ConnectionStatus::Approved, row }).await;
    let requests = http.requests();
    let puts = requests.iter().filter(|request| request.method() == Method::Put);
    let bodies = puts.map(|request| match request.body() {
        Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap(),
        Body::SeekableStream(_) => Value::Null,
    });
    (outcome, bodies.collect())
}

fn observed(endpoint: &str, status: &str) -> ScriptedAnswer {
    let connection = format!("{GROUP}/Microsoft.RecoveryServices/vaults/rsv/privateEndpointConnections/c");
    ok(&body(&connection, endpoint, status))
}

#[tokio::test]
async fn a_provider_that_wants_more_gets_the_connection_as_it_shows_it() {
    let (outcome, puts) =
        approve(vec![bad_request(), observed(ENDPOINT, "Pending"), observed(ENDPOINT, "Approved")]).await;
    assert!(!outcome.unwrap());
    assert_eq!(puts[0]["properties"].get("groupIds"), None);
    assert_eq!(puts[1]["properties"]["groupIds"], json!(["AzureBackup"]));
    assert_eq!(puts[1]["properties"].get("provisioningState"), None);
}

#[tokio::test]
async fn a_write_that_was_taken_without_an_answer_is_not_refused_by_the_next_try() {
    let lost = (0, Vec::new(), String::new());
    let (outcome, puts) = approve(vec![lost, bad_request(), observed(ENDPOINT, "Approved")]).await;
    assert_eq!((outcome.unwrap(), puts.len()), (false, 2));
}

#[tokio::test]
async fn a_second_refusal_is_the_last_word() {
    let (outcome, puts) = approve(vec![bad_request(), observed(ENDPOINT, "Pending"), bad_request()]).await;
    assert_eq!(outcome.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(puts.len(), 2);
}

#[tokio::test]
async fn nothing_more_is_written_to_a_connection_that_has_become_another() {
    let (outcome, puts) = approve(vec![bad_request(), observed(OTHER_ENDPOINT, "Pending")]).await;
    assert_eq!((outcome.unwrap_err().kind, puts.len()), (ErrorKind::Conflict, 1));
    for status in ["Rejected", "Approved", "Disconnected"] {
        let (outcome, puts) = approve(vec![bad_request(), observed(ENDPOINT, status)]).await;
        assert_eq!((outcome.unwrap_err().kind, puts.len()), (ErrorKind::Refused, 1), "{status}");
    }
}
