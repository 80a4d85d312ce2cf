//! What rules may ask about a connection, with each fact read from the cloud that tells it.

use std::time::Duration;

use local_azure::cloud::subscriptions::{MICROSOFT_SUBSCRIPTION, PARTNER_TENANT_ID};
use local_azure::tokens::TENANT_ID;
use platform::{APPLICATIONS, NewEndpoint, Platform, allowlist, network_id};
use portreeve_decisions::in_force::hash_of;
use serde_json::json;

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const BLOB_ZONE: &str = "privatelink.blob.core.windows.net";

async fn platform(rules: &[&str]) -> Platform {
    Platform::start(&allowlist(rules)).await.unwrap().with_surroundings().await.unwrap()
}

async fn at_rest(platform: &Platform) {
    platform.at_rest(Duration::ZERO).await;
}

fn approved_by(rule: &str) -> (String, String) {
    ("approve".to_owned(), rule.to_owned())
}

fn held() -> (String, String) {
    ("hold".to_owned(), String::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_reaches_what_is_open_to_it_and_nothing_else() {
    let ours = format!("{{ id: ours, effect: approve, requester: {{ tenant: {TENANT_ID} }}, limit: 1 }}");
    let partner = format!(
        "{{ id: partner, effect: approve, target: {{ name: stshared }}, requester: {{ tenant: {PARTNER_TENANT_ID} }} }}"
    );
    let platform = platform(&[&ours, &partner]).await;
    let shared = platform.target(STORAGE, "stshared", json!({})).await.unwrap();
    let own = platform.target(STORAGE, "stown", json!({})).await.unwrap();
    let cloud = &platform.azure.cloud;
    let of_partner = cloud.create_partner_endpoint(&shared, &["blob"], "pe-partner", "").await.unwrap();
    at_rest(&platform).await;
    // The partner's connection is none of those that our own limit is about.
    let of_ours = platform.endpoint("pe-ours", &shared, &["blob"]).await.unwrap();
    let stranger = cloud.create_partner_endpoint(&own, &["blob"], "pe-stranger", "").await.unwrap();
    at_rest(&platform).await;

    assert_eq!(platform.decision(&of_ours), approved_by("ours"));
    assert_eq!(platform.decision(&of_partner), approved_by("partner"));
    assert_eq!(platform.status_on(&shared, &of_partner).await.unwrap(), "Approved");
    assert_eq!(platform.decision(&stranger), held());
    assert_eq!(platform.status_on(&own, &stranger).await.unwrap(), "Pending");
    let decision = platform.last_decision(&stranger);
    assert_eq!(decision.text("tenant"), PARTNER_TENANT_ID);
    // Of the other rule both conditions fail, so it is not near.
    assert_eq!(decision.text("nearest"), "rule partner matches but for target.name");
    for endpoint in [&of_ours, &of_partner, &stranger] {
        assert_eq!(platform.writes_after_another_event(endpoint).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_target_and_endpoint_are_can_be_asked_for_before_anything_is_approved() {
    let platform = platform(&[
        "{ id: from-hub, effect: approve, requester: { virtual_network: \"*/virtualNetworks/vnet-hub\" } }",
        "{ id: to-north, effect: approve, target: { location: North Europe } }",
        "{ id: in-sweden, effect: approve, requester: { location: swedencentral } }",
        "{ id: of-range, effect: approve, requester: { address: 127.4.0.0/16 } }",
    ])
    .await;
    let west = platform.target(STORAGE, "stwest", json!({})).await.unwrap();
    let north = platform.target_at("northeurope", STORAGE, "stnorth", json!({})).await.unwrap();
    platform.network("vnet-hub", "westeurope", "10.2").await.unwrap();
    platform.network("vnet-sweden", "swedencentral", "10.3").await.unwrap();
    platform.network("vnet-range", "westeurope", "10.4").await.unwrap();
    let cases = [
        ("pe-hub", &west, "vnet-hub", "westeurope", approved_by("from-hub")),
        ("pe-north", &north, "vnet-app", "westeurope", approved_by("to-north")),
        ("pe-sweden", &west, "vnet-sweden", "swedencentral", approved_by("in-sweden")),
        ("pe-range", &west, "vnet-range", "westeurope", approved_by("of-range")),
        ("pe-nowhere", &west, "vnet-app", "westeurope", held()),
    ];
    for (name, target, network, location, _) in &cases {
        let endpoint = NewEndpoint { network, location, ..NewEndpoint::of(name, target, &["blob"]) };
        platform.new_endpoint(endpoint).await.unwrap();
    }
    at_rest(&platform).await;
    for (name, .., expected) in &cases {
        assert_eq!(platform.decision(&platform::endpoint_id("rg-app", name)), *expected, "{name}");
    }

    let facts = platform.last_decision(&platform::endpoint_id("rg-app", "pe-nowhere"));
    assert_eq!((facts.text("target_location"), facts.text("endpoint_location")), ("westeurope", "westeurope"));
    // The second address of its network: another endpoint has the first.
    assert_eq!((facts.text("virtual_network"), facts.text("addresses")), (network_id().as_str(), "127.1.1.5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factorys_endpoint_is_approved_because_the_factory_says_so() {
    let factory = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-data/providers/Microsoft.DataFactory/factories/adf";
    let rule = format!(
        "{{ id: adf, effect: approve, requester: {{ subscription: {MICROSOFT_SUBSCRIPTION}, service: {factory} }} }}"
    );
    let platform = platform(&[&rule]).await;
    let target = platform.target(STORAGE, "stfactory", json!({})).await.unwrap();
    assert_eq!(platform.factory("adf").await.unwrap(), factory);
    let cloud = &platform.azure.cloud;
    let unlisted = cloud.create_managed_endpoint(&target, &["blob"], "adf.unlisted", "").await.unwrap();
    let imitator = cloud.create_partner_endpoint(&target, &["blob"], "adf.listed", "").await.unwrap();
    let listed = platform.factory_endpoint(factory, "listed", &target, "blob").await.unwrap();
    at_rest(&platform).await;
    platform.writes_after_another_event(&format!("{target}/privateEndpointConnections/x")).await;

    assert_ne!(imitator, listed);
    assert_eq!(platform.decision(&listed), approved_by("adf"));
    assert!(platform.last_decision(&listed).text("service").eq_ignore_ascii_case(factory));
    assert_eq!(platform.status_on(&target, &listed).await.unwrap(), "Approved");
    for (endpoint, missing) in
        [(&unlisted, "rule adf matches but for requester.service, which is unknown"), (&imitator, "")]
    {
        assert_eq!(platform.decision(endpoint), held());
        assert_eq!(platform.last_decision(endpoint).text("nearest"), missing);
        assert_eq!(platform.status_on(&target, endpoint).await.unwrap(), "Pending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_narrows_a_rule_and_a_not_takes_out_of_it() {
    let rule = format!(
        "{{ id: change, effect: approve, requester: {{ subscription: {APPLICATIONS}, message: \"CHG-*\", not: {{ name: pe-sandbox-* }} }} }}"
    );
    let too = format!("{{ id: too, effect: approve, requester: {{ subscription: {APPLICATIONS}, name: pe-ticket }} }}");
    let text = allowlist(&[&rule, &too]);
    let platform = Platform::start(&text).await.unwrap().with_surroundings().await.unwrap();
    let target = platform.target(STORAGE, "stmessage", json!({})).await.unwrap();
    let mut made = Vec::new();
    for (name, message) in [("pe-ticket", "chg-17"), ("pe-talk", "please"), ("pe-sandbox-1", "CHG-18")] {
        let endpoint = NewEndpoint { message: message.to_owned(), ..NewEndpoint::of(name, &target, &["blob"]) };
        made.push(platform.new_endpoint(endpoint).await.unwrap());
        at_rest(&platform).await;
    }
    let stranger = platform.azure.cloud.create_partner_endpoint(&target, &["blob"], "pe-partner", "CHG-17");
    made.push(stranger.await.unwrap());
    at_rest(&platform).await;

    let decisions: Vec<_> = made.iter().map(|endpoint| platform.decision(endpoint)).collect();
    assert_eq!(decisions, [approved_by("change"), held(), held(), held()]);
    let first = &platform.records("decision", &made[0])[0];
    assert_eq!((first.text("also_matched"), first.text("request_message")), ("too", "chg-17"));
    assert_eq!(first.text("allowlist_hash"), hash_of(text.as_bytes()));
    // Approved, the connection's description is ours, but the endpoint still tells what its requester wrote.
    assert_eq!(platform.writes_after_another_event(&made[0]).await, Vec::<String>::new());
    assert_eq!(platform.decision(&made[0]), approved_by("change"));
    let near = |endpoint: &String| platform.last_decision(endpoint).text("nearest").to_owned();
    assert!(near(&made[1]).contains("rule change matches but for requester.message"), "{}", near(&made[1]));
    assert!(near(&made[2]).contains("rule change matches but for requester.not"), "{}", near(&made[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_holds_the_next_one_until_there_is_room() {
    let platform = platform(&["{ id: two, effect: approve, target: { group_ids: blob }, limit: 2 }"]).await;
    let target = platform.target(STORAGE, "stlimited", json!({})).await.unwrap();
    let other = platform.target(STORAGE, "stother", json!({})).await.unwrap();
    let mut made = Vec::new();
    for name in ["pe-1", "pe-2", "pe-3"] {
        made.push(platform.endpoint(name, &target, &["blob"]).await.unwrap());
        at_rest(&platform).await;
    }
    let elsewhere = platform.endpoint("pe-4", &other, &["blob"]).await.unwrap();
    at_rest(&platform).await;
    let decisions: Vec<_> = made.iter().map(|endpoint| platform.decision(endpoint)).collect();
    assert_eq!(decisions, [approved_by("two"), approved_by("two"), held()]);
    assert_eq!(platform.last_decision(&made[2]).text("nearest"), "rule two matches but for its limit of 2");
    assert_eq!(platform.status(&made[2]).await.unwrap(), "Pending");
    assert_eq!(platform.decision(&elsewhere), approved_by("two"), "another target has a count of its own");
    for endpoint in &made {
        assert_eq!(platform.writes_after_another_event(endpoint).await, Vec::<String>::new());
    }

    platform.arm.delete(&made[0]).await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.decision(&made[2]), approved_by("two"));
    assert_eq!(platform.status(&made[2]).await.unwrap(), "Approved");
}

/// Two targets with an endpoint each, one after the other; returns the ARM calls until each had its record.
async fn calls_for_two(rules: &[&str]) -> (Platform, [Vec<String>; 2]) {
    let platform = platform(rules).await;
    platform.zone(BLOB_ZONE).await.unwrap();
    for (name, target) in [("pe-first", "stfirst"), ("pe-second", "stsecond")] {
        let target = platform.target(STORAGE, target, json!({})).await.unwrap();
        platform.endpoint(name, &target, &["blob"]).await.unwrap();
        at_rest(&platform).await;
    }
    let calls = ["stfirst", "stsecond"].map(|target| platform.arm_calls_until_record(target));
    (platform, calls)
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_that_both_sides_tell_anyway_cost_no_arm_call() {
    let rule = format!(
        "{{ id: free, effect: approve, limit: 5, target: {{ group_ids: blob, not: {{ name: x }} }}, requester: {{ subscription: {APPLICATIONS}, location: westeurope, virtual_network: \"*\", message: \"*please\" }} }}"
    );
    let (_, [_, calls]) = calls_for_two(&[&rule]).await;
    assert!(calls.len() <= 5, "{calls:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_read_once() {
    let rule = format!("{{ id: ours, effect: approve, requester: {{ tenant: {TENANT_ID} }} }}");
    let (platform, [_, calls]) = calls_for_two(&[&rule]).await;
    assert!(calls.len() <= 5, "{calls:#?}");
    let requests = platform.azure.cloud.requests();
    let path = format!("/subscriptions/{APPLICATIONS}?");
    let of_subscription = requests.iter().filter(|request| request.path.starts_with(&path));
    assert_eq!(of_subscription.count(), 1);
}
