//! What the allowlist file says beside its rules: where records go, and how endpoints are proven.

use std::time::Duration;

use platform::{CONNECTIVITY, Platform, USUAL_DNS, allowlist_with, zone_id, zone_id_in};
use serde_json::{Value, json};

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const BLOB_ZONE: &str = "privatelink.blob.core.windows.net";
const FILE_ZONE: &str = "privatelink.file.core.windows.net";
const APPROVE: &str = "{ id: all, effect: approve, target: { type: Microsoft.Storage/storageAccounts } }";

async fn platform(keys: &[&str]) -> Platform {
    Platform::start(&allowlist_with(keys, &[APPROVE])).await.unwrap().with_surroundings().await.unwrap()
}

async fn at_rest(platform: &Platform) {
    platform.at_rest(Duration::ZERO).await;
}

/// An endpoint to an account of its own, once everything has come to rest.
async fn endpoint(platform: &Platform, account: &str, group_id: &str) -> String {
    let target = platform.target(STORAGE, account, json!({})).await.unwrap();
    let endpoint = platform.endpoint(&format!("pe-{account}"), &target, &[group_id]).await.unwrap();
    at_rest(platform).await;
    endpoint
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_zone_is_made_and_linked_and_the_next_endpoint_finds_it() {
    let dns = format!(
        "dns: {{ zones: [{{ subscription: {CONNECTIVITY}, resource_group: rg-dns }}], create_missing_zones: true }}"
    );
    let platform = platform(&[&dns]).await;
    let first = endpoint(&platform, "stfirst", "blob").await;
    assert_eq!(platform.status(&first).await.unwrap(), "Approved");
    let links = platform.arm.get(&format!("{}/virtualNetworkLinks", zone_id(BLOB_ZONE))).await.unwrap().body;
    let linked: Vec<&Value> = links["value"].as_array().unwrap().iter().map(|link| &link["properties"]).collect();
    assert_eq!(linked.len(), 1);
    assert_eq!(linked[0]["virtualNetwork"]["id"], platform::network_id());
    assert_eq!(linked[0]["registrationEnabled"], false);
    assert_eq!(platform.addresses(BLOB_ZONE, "stfirst").await.unwrap(), ["127.1.1.4"]);
    assert_eq!(platform.verdicts(&first), ["passed"]);
    assert_eq!(platform.writes_after_another_event(&first).await, Vec::<String>::new());

    let second = endpoint(&platform, "stsecond", "blob").await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stsecond").await.unwrap(), ["127.1.1.5"]);
    assert_eq!(platform.verdicts(&second), ["passed"]);
    assert_eq!(platform.writes_after_another_event(&second).await, Vec::<String>::new());
    let made = platform.records("action", "create_zone").len();
    assert_eq!(made, 1, "the second endpoint finds the zone of the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_zone_is_left_to_people_unless_the_file_says_otherwise() {
    let dns = format!("dns: {{ zones: [{{ subscription: {CONNECTIVITY}, resource_group: rg-dns }}] }}");
    let platform = platform(&[&dns]).await;
    endpoint(&platform, "stmissing", "blob").await;
    assert_eq!(platform.arm.get(&zone_id(BLOB_ZONE)).await.unwrap().status, 404);
    assert!(!platform.records("note", "is in none of the resource groups").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_sends_one_zones_records_elsewhere_and_records_are_kept_as_long_as_the_file_says() {
    let zones = format!("zones: [{{ subscription: {CONNECTIVITY}, resource_group: rg-dns }}]");
    let hub = format!("{{ subscription: {CONNECTIVITY}, resource_group: rg-hub, link: any_network }}");
    let dns = format!("dns: {{ {zones}, overrides: {{ {BLOB_ZONE}: {hub} }}, ttl_seconds: 300 }}");
    let platform = platform(&[&dns]).await;
    platform.group(CONNECTIVITY, "rg-hub").await.unwrap();
    let hub_network = platform.network("vnet-hub", "westeurope", "10.2").await.unwrap();
    // Without the override each of these would take the records: they are linked to the endpoints' own network.
    platform.zone(BLOB_ZONE).await.unwrap();
    platform.zone(FILE_ZONE).await.unwrap();
    platform.zone_in("rg-hub", BLOB_ZONE, &hub_network).await.unwrap();
    let blob = endpoint(&platform, "stblob", "blob").await;
    let file = endpoint(&platform, "stfile", "file").await;

    let in_hub = platform.arm.get(&format!("{}/A/stblob", zone_id_in("rg-hub", BLOB_ZONE))).await.unwrap().body;
    assert_eq!(in_hub["properties"]["aRecords"], json!([{ "ipv4Address": "127.1.1.4" }]));
    assert_eq!(in_hub["properties"]["ttl"], 300);
    assert_eq!(platform.record_names(BLOB_ZONE).await.unwrap(), Vec::<String>::new());
    assert_eq!(platform.addresses(FILE_ZONE, "stfile").await.unwrap(), ["127.1.1.5"]);
    for endpoint in [&blob, &file] {
        assert_eq!(platform.writes_after_another_event(endpoint).await, Vec::<String>::new());
    }
    // What was written elsewhere is found there again when it is to go.
    platform.arm.delete(&blob).await.unwrap();
    at_rest(&platform).await;
    let in_hub = platform.arm.get(&format!("{}/A/stblob", zone_id_in("rg-hub", BLOB_ZONE))).await.unwrap();
    assert_eq!(in_hub.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_proven_where_the_file_says_so() {
    let platform = platform(&[USUAL_DNS, "validation: { enabled: false }"]).await;
    platform.zone(BLOB_ZONE).await.unwrap();
    let endpoint = endpoint(&platform, "stunproven", "blob").await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stunproven").await.unwrap(), ["127.1.1.4"]);
    // A message would have been taken, or would still lie there.
    let invocations = platform.azure.functions_host.invocations();
    assert!(invocations.iter().all(|invocation| invocation.function != "ValidationJob"), "{invocations:?}");
    let queue = platform.azure.service_bus.queue("validation-jobs").unwrap();
    assert_eq!((queue.active, queue.locked, queue.scheduled.len(), queue.dead_letters.len()), (0, 0, 0, 0));

    // One that was queued before the file said so is done without a look at anything.
    let requests = platform.azure.cloud.requests().len();
    let connection = platform.last_decision(&endpoint).text("connection").to_owned();
    let job = json!({ "connection": connection, "endpoint": endpoint, "attempt": 0, "correlation_id": "by-hand" });
    platform.send("validation-jobs", &job.to_string()).await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.azure.cloud.requests().len(), requests);
    assert_eq!(platform.verdicts(&endpoint), Vec::<String>::new());
    assert!(platform.azure.service_bus.dead_letters().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_ports_are_tried_in_place_of_the_services_own() {
    // The setting is for a local Azure, and stands above the file.
    let settings = vec![("PORTREEVE_VALIDATION_PORT".to_owned(), String::new())];
    let platform = Platform::start_with_settings(&allowlist_with(&[USUAL_DNS], &[APPROVE]), settings).await.unwrap();
    let platform = platform.with_surroundings().await.unwrap();
    platform.zone(BLOB_ZONE).await.unwrap();
    let open = platform.azure.cloud.service_port;
    let validation = format!("validation: {{ attempts: 1, ports: {{ Microsoft.Storage/storageAccounts: [{open}] }} }}");
    platform.change_allowlist(&allowlist_with(&[USUAL_DNS, &validation], &[APPROVE])).await.unwrap();
    let endpoint = endpoint(&platform, "stports", "blob").await;
    assert_eq!(platform.verdicts(&endpoint), ["passed"]);
    let proof = platform.records("validation", &endpoint).remove(0);
    assert!(proof.mentions(&format!("127.1.1.4 accepts TCP on {open}")), "{proof:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_attempt_a_proof_that_fails_is_a_dead_letter_at_once() {
    let platform = platform(&[USUAL_DNS, "validation: { attempts: 1 }"]).await;
    // There is no zone, so the name does not resolve yet: that is what would be tried again.
    let endpoint = endpoint(&platform, "stonce", "blob").await;
    let dead_letters = platform.azure.service_bus.dead_letters();
    assert_eq!(dead_letters.len(), 1);
    assert_eq!(dead_letters[0].0, "validation-jobs");
    let proofs = platform.records("validation", &endpoint);
    assert_eq!(proofs.len(), 1, "{proofs:?}");
    assert_eq!((proofs[0].text("verdict"), proofs[0].text("level")), ("try_again", "ERROR"));
    assert_eq!(platform.azure.service_bus.queue("validation-jobs").unwrap().scheduled.len(), 0);
}
