use azure_core::http::headers::HeaderName;
use azure_core::http::{Body, Request};
use serde_json::Value;

use super::*;
use crate::scripted::{ScriptedAnswer, arm};

fn zone() -> ResourceId {
    id("33333333-3333-3333-3333-333333333333", "rg-dns", "privateDnsZones/privatelink.blob.core.windows.net")
}

fn network() -> ResourceId {
    id("22222222-2222-2222-2222-222222222222", "rg-app", "virtualNetworks/VNet-app")
}

fn id(subscription: &str, group: &str, name: &str) -> ResourceId {
    let text = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/{name}");
    ResourceId::parse(&text).unwrap()
}

fn begun() -> ScriptedAnswer {
    (202, vec![("azure-asyncoperation", "https://management.azure.com/op/1")], String::new())
}

fn ended() -> ScriptedAnswer {
    (200, Vec::new(), r#"{"status":"Succeeded"}"#.to_owned())
}

fn failed(code: &str) -> ScriptedAnswer {
    (200, Vec::new(), format!(r#"{{"status":"Failed","error":{{"code":"{code}","message":"said so"}}}}"#))
}

fn refused(status: u16, code: &str) -> ScriptedAnswer {
    (status, Vec::new(), format!(r#"{{"error":{{"code":"{code}","message":"said so"}}}}"#))
}

fn links_to(network: &str) -> ScriptedAnswer {
    let link = json!({ "properties": { "virtualNetwork": { "id": network } } });
    (200, Vec::new(), json!({ "value": [link] }).to_string())
}

/// The zone as it is read, with so many record sets and links.
fn there(made_by: &str, record_sets: u32, links: u32) -> ScriptedAnswer {
    let properties = json!({ "numberOfRecordSets": record_sets, "numberOfVirtualNetworkLinks": links });
    (200, Vec::new(), json!({ "tags": { "managedBy": made_by }, "properties": properties }).to_string())
}

fn half_made() -> ScriptedAnswer {
    there("portreeve", 1, 0)
}

async fn create(answers: Vec<ScriptedAnswer>) -> (Result<(), AzureError>, Vec<Request>) {
    let count = answers.len();
    let (arm, http, _) = arm(answers);
    let result = arm.create_zone(&zone(), &network()).await;
    assert_eq!(http.requests().len(), count, "the whole script is played");
    (result, http.requests())
}

fn body(request: &Request) -> Value {
    let Body::Bytes(bytes) = request.body() else { panic!("no bytes") };
    serde_json::from_slice(bytes).unwrap()
}

#[tokio::test]
async fn zone_and_link_are_made_where_there_are_none_and_followed_to_their_end() {
    let (result, requests) = create(vec![begun(), ended(), begun(), ended()]).await;
    result.unwrap();
    assert_eq!(requests[0].url().path(), zone().as_str());
    assert_eq!(body(&requests[0]), json!({ "location": "global", "tags": { "managedBy": "portreeve" } }));
    let link = format!("{}/virtualNetworkLinks/{}", zone(), link_name(&network()));
    assert_eq!(requests[2].url().path(), link);
    let properties = &body(&requests[2])["properties"];
    assert_eq!(properties, &json!({ "virtualNetwork": { "id": network() }, "registrationEnabled": false }));
    for index in [0, 2] {
        let header = requests[index].headers().get_optional_str(&HeaderName::from_static("if-none-match"));
        assert_eq!(header, Some("*"));
    }
}

#[tokio::test]
async fn a_zone_of_ours_that_is_there_half_made_is_linked_only() {
    create(vec![refused(412, "PreconditionFailed"), half_made(), begun(), ended()]).await.0.unwrap();
    let (result, requests) = create(vec![begun(), failed("PreconditionFailed"), half_made(), begun(), ended()]).await;
    result.unwrap();
    assert_eq!(requests[2].url().path(), zone().as_str());
}

#[tokio::test]
async fn a_zone_that_is_there_otherwise_is_left_to_another_look() {
    let used = [there("portreeve", 2, 0), there("portreeve", 1, 1), there("somebody", 1, 0)];
    for zone in used.into_iter().chain([(200, Vec::new(), "{}".to_owned())]) {
        for refusal in [vec![refused(412, "PreconditionFailed")], vec![begun(), failed("PreconditionFailed")]] {
            let (result, _) = create([refusal, vec![zone.clone()]].concat()).await;
            assert_eq!(result.unwrap_err().kind, ErrorKind::Conflict);
        }
    }
    let (result, _) = create(vec![refused(412, "PreconditionFailed"), refused(403, "AuthorizationFailed")]).await;
    assert_eq!(result.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_link_that_is_there_is_left_as_it_is_whatever_its_name() {
    let linked = || links_to(&network().key().to_uppercase().replace("/SUBSCRIPTIONS", "/subscriptions"));
    for refusal in [refused(412, "PreconditionFailed"), refused(409, "Conflict"), refused(400, "BadRequest")] {
        create(vec![refused(412, "PreconditionFailed"), half_made(), refusal, linked()]).await.0.unwrap();
    }
    create(vec![begun(), ended(), begun(), failed("Conflict"), linked()]).await.0.unwrap();
}

#[tokio::test]
async fn a_network_that_is_not_linked_in_the_end_is_an_error() {
    let other = || links_to(&network().as_str().replace("VNet-app", "other"));
    let refusals = [
        (refused(400, "BadRequest"), ErrorKind::Refused),
        (refused(409, "Conflict"), ErrorKind::Conflict),
        (refused(412, "PreconditionFailed"), ErrorKind::PreconditionFailed),
    ];
    for (refusal, kind) in refusals {
        let (result, _) = create(vec![begun(), ended(), refusal, other()]).await;
        assert_eq!(result.unwrap_err().kind, kind);
    }
    let overlap = failed("BadRequest");
    let (result, _) = create(vec![begun(), ended(), begun(), overlap, other()]).await;
    assert_eq!(result.unwrap_err().kind, ErrorKind::Refused, "the network has another zone of that name");
}

#[tokio::test]
async fn without_a_zone_no_link_is_tried() {
    for (status, kind) in [(403, ErrorKind::Forbidden), (404, ErrorKind::NotFound), (409, ErrorKind::Conflict)] {
        let (result, _) = create(vec![refused(status, "Said")]).await;
        assert_eq!(result.unwrap_err().kind, kind);
    }
}

#[tokio::test]
async fn a_zone_that_is_still_being_made_is_worth_another_try() {
    let (result, _) = create(vec![refused(412, "PreconditionFailed"), refused(404, "ParentResourceNotFound")]).await;
    assert_eq!(result.unwrap_err().kind, ErrorKind::Conflict);
    let (result, _) = create(vec![begun(), ended(), refused(404, "ResourceNotFound")]).await;
    assert_eq!(result.unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn a_links_name_is_stable_and_its_networks_alone() {
    let name = |group: &str, name: &str| {
        link_name(&id("22222222-2222-2222-2222-222222222222", group, &format!("virtualNetworks/{name}")))
    };
    assert_eq!(name("rg-app", "VNet-app"), "vnet-app-4b256827");
    assert_eq!(name("RG-APP", "vnet-APP"), name("rg-app", "VNet-app"));
    assert_ne!(name("rg-other", "VNet-app"), name("rg-app", "VNet-app"));
}

#[test]
fn a_links_name_is_one_that_azure_takes() {
    for name in
        ["a".repeat(200), "_.-net".to_owned(), "net_.".to_owned(), "日本".to_owned(), "a b(c)!".replace(' ', "~")]
    {
        let link = link_name(&id("22222222-2222-2222-2222-222222222222", "rg", &format!("virtualNetworks/{name}")));
        assert!((10..=80).contains(&link.len()), "{link}");
        assert!(link.starts_with(|c: char| c.is_ascii_alphanumeric()), "{link}");
        assert!(link.ends_with(|c: char| c.is_ascii_alphanumeric()), "{link}");
        assert!(link.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{link}");
    }
}
