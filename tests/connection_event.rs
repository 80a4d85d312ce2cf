//! `ConnectionEvent`: what application teams get for creating an endpoint, and what nobody gets.

use std::time::Duration;

use platform::{Platform, allowlist};
use serde_json::json;

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const BLOB_ZONE: &str = "privatelink.blob.core.windows.net";
const APPROVE_BLOB: &str = "{ id: blob-for-apps, effect: approve, owner: data@contoso.example, \
     target: { type: Microsoft.Storage/storageAccounts, group_ids: blob }, requester: { resource_group: rg-app } }";

async fn platform(rules: &[&str]) -> Platform {
    let platform = Platform::start(&allowlist(rules)).await.unwrap();
    platform.with_surroundings().await.unwrap()
}

async fn at_rest(platform: &Platform) {
    platform.at_rest(Duration::ZERO).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_connection_is_approved_named_and_proven() {
    let platform = platform(&[APPROVE_BLOB]).await;
    platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stlisted", json!({ "kind": "StorageV2" })).await.unwrap();
    let endpoint = platform.endpoint("pe-listed", &target, &["blob"]).await.unwrap();
    at_rest(&platform).await;

    assert_eq!(platform.status(&endpoint).await.unwrap(), "Approved");
    assert_eq!(platform.decision(&endpoint), ("approve".to_owned(), "blob-for-apps".to_owned()));
    assert_eq!(platform.addresses(BLOB_ZONE, "stlisted").await.unwrap(), ["127.1.1.4"]);
    assert_eq!(platform.verdicts(&endpoint), ["passed"]);
    let proof = platform.records("validation", &endpoint).remove(0);
    assert!(proof.mentions("stlisted.privatelink.blob.core.windows.net"), "{proof:?}");
    // A second look at everything finds nothing to do.
    assert_eq!(platform.writes_after_another_event(&endpoint).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_connection_costs_five_arm_calls_once_the_zones_are_known() {
    let platform = platform(&[APPROVE_BLOB]).await;
    platform.zone(BLOB_ZONE).await.unwrap();
    let first = platform.target(STORAGE, "stfirst", json!({})).await.unwrap();
    platform.endpoint("pe-first", &first, &["blob"]).await.unwrap();
    at_rest(&platform).await;
    let second = platform.target(STORAGE, "stsecond", json!({})).await.unwrap();
    platform.endpoint("pe-second", &second, &["blob"]).await.unwrap();
    at_rest(&platform).await;

    let calls = platform.arm_calls_until_record("stsecond");
    assert!(calls.len() <= 5, "{calls:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_no_rule_names_stays_pending() {
    let platform = platform(&[APPROVE_BLOB]).await;
    platform.zone("privatelink.file.core.windows.net").await.unwrap();
    let target = platform.target(STORAGE, "stheld", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-held", &target, &["file"]).await.unwrap();
    at_rest(&platform).await;

    assert_eq!(platform.status(&endpoint).await.unwrap(), "Pending");
    assert_eq!(platform.decision(&endpoint), ("hold".to_owned(), String::new()));
    assert_eq!(platform.record_names("privatelink.file.core.windows.net").await.unwrap(), Vec::<String>::new());
    assert_eq!(platform.verdicts(&endpoint), Vec::<String>::new());
    assert_eq!(platform.writes_after_another_event(&endpoint).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reject_rule_beats_an_approve_rule() {
    let reject = "{ id: no-sandbox, effect: reject, requester: { name: \"pe-sandbox-*\" } }";
    let platform = platform(&[APPROVE_BLOB, reject]).await;
    let target = platform.target(STORAGE, "strefused", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-sandbox-1", &target, &["blob"]).await.unwrap();
    at_rest(&platform).await;

    assert_eq!(platform.status(&endpoint).await.unwrap(), "Rejected");
    assert_eq!(platform.decision(&endpoint), ("reject".to_owned(), "no-sandbox".to_owned()));
    assert_eq!(platform.writes_after_another_event(&endpoint).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_allowlist_everything_is_held_and_the_log_says_so() {
    for text in ["", "rules: [", "version: 1\nrulez: []\n"] {
        let platform = Platform::start(text).await.unwrap().with_surroundings().await.unwrap();
        let target = platform.target(STORAGE, "stnobody", json!({})).await.unwrap();
        let endpoint = platform.endpoint("pe-nobody", &target, &["blob"]).await.unwrap();
        at_rest(&platform).await;

        assert_eq!(platform.status(&endpoint).await.unwrap(), "Pending");
        assert_eq!(platform.decision(&endpoint).0, "hold");
        let errors = platform.records("allowlist", "every connection is held");
        assert_eq!(errors[0].text("level"), "ERROR", "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_somebody_else_is_left_and_reported() {
    let platform = platform(&[APPROVE_BLOB]).await;
    let zone = platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stconflict", json!({})).await.unwrap();
    let theirs = json!({ "properties": { "ttl": 300, "aRecords": [{ "ipv4Address": "10.9.9.9" }] } });
    platform.arm.put(&format!("{zone}/A/stconflict"), theirs).await.unwrap();
    let endpoint = platform.endpoint("pe-conflict", &target, &["blob"]).await.unwrap();
    at_rest(&platform).await;

    assert_eq!(platform.status(&endpoint).await.unwrap(), "Approved");
    assert_eq!(platform.addresses(BLOB_ZONE, "stconflict").await.unwrap(), ["10.9.9.9"]);
    let notes = platform.records("note", "conflict");
    assert!(
        notes.iter().any(|note| note.text("level") == "WARN" && note.mentions("stconflict.privatelink")),
        "{notes:?}"
    );
    assert_eq!(platform.writes_after_another_event(&endpoint).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_endpoint_does_not_take_the_name_of_the_first() {
    let platform = platform(&[APPROVE_BLOB]).await;
    platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stshared", json!({})).await.unwrap();
    let first = platform.endpoint("pe-one", &target, &["blob"]).await.unwrap();
    at_rest(&platform).await;
    let second = platform.endpoint("pe-two", &target, &["blob"]).await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stshared").await.unwrap(), ["127.1.1.4"]);
    assert!(!platform.records("note", "belongs to endpoint").is_empty());

    // The second one's end is no business of the first one's record; the first one's end is.
    platform.arm.delete(&second).await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stshared").await.unwrap(), ["127.1.1.4"]);
    platform.arm.delete(&first).await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.record_names(BLOB_ZONE).await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_endpoint_takes_its_own_record_along_and_no_other() {
    let platform = platform(&[APPROVE_BLOB]).await;
    let zone = platform.zone(BLOB_ZONE).await.unwrap();
    let theirs = json!({ "properties": { "ttl": 300, "aRecords": [{ "ipv4Address": "10.9.9.9" }] } });
    platform.arm.put(&format!("{zone}/A/byhand"), theirs).await.unwrap();
    let target = platform.target(STORAGE, "stdeleted", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-deleted", &target, &["blob"]).await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.record_names(BLOB_ZONE).await.unwrap(), ["byhand", "stdeleted"]);

    platform.arm.delete(&endpoint).await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.record_names(BLOB_ZONE).await.unwrap(), ["byhand"]);
    assert_eq!(platform.writes_after_another_event(&endpoint).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_group_keeps_its_records_to_itself() {
    let platform = platform(&[APPROVE_BLOB]).await;
    let zone = platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stgrouped", json!({})).await.unwrap();
    // The group first, so that there is never a moment without one.
    let held = platform.endpoint_in("rg-app", "pe-grouped", &target, &["blob"]);
    let endpoint = held.await.unwrap();
    let configs = json!([{ "name": "blob", "properties": { "privateDnsZoneId": zone } }]);
    let group = format!("{endpoint}/privateDnsZoneGroups/default");
    at_rest(&platform).await;
    platform.arm.delete(&format!("{zone}/A/stgrouped")).await.unwrap();
    platform.arm.put(&group, json!({ "properties": { "privateDnsZoneConfigs": configs } })).await.unwrap();
    at_rest(&platform).await;

    assert_eq!(platform.addresses(BLOB_ZONE, "stgrouped").await.unwrap(), ["127.1.1.4"]);
    assert!(!platform.records("note", "Azure owns its records").is_empty());
    assert_eq!(platform.writes_after_another_event(&endpoint).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_the_network_does_not_see_gets_no_record() {
    let platform = platform(&[APPROVE_BLOB]).await;
    platform.unlinked_zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stunlinked", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-unlinked", &target, &["blob"]).await.unwrap();
    at_rest(&platform).await;

    assert_eq!(platform.status(&endpoint).await.unwrap(), "Approved");
    assert_eq!(platform.record_names(BLOB_ZONE).await.unwrap(), Vec::<String>::new());
    assert!(!platform.records("note", "not linked to the endpoint's network").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_endpoint_is_approved_from_what_azure_vouches_for() {
    let rule = "{ id: synapse, effect: approve, target: { type: Microsoft.Storage/storageAccounts }, \
         requester: { subscription: 92b2afd7-e3db-4660-90c5-0da4aebf53d4, name: \"mysynapse.*\" } }";
    let needs_groups = "{ id: hold-files, effect: hold, target: { name: stfiles, group_ids: file } }";
    let platform = platform(&[rule, needs_groups]).await;
    let target = platform.target(STORAGE, "stmanaged", json!({})).await.unwrap();
    let endpoint =
        platform.azure.cloud.create_managed_endpoint(&target, &["blob"], "mysynapse.blob1", "").await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.decision(&endpoint), ("approve".to_owned(), "synapse".to_owned()));
    assert_eq!(platform.verdicts(&endpoint), ["passed"]);

    // Which group ids it asks for cannot be read, and a hold rule needs them: unknown never approves.
    let files = platform.target(STORAGE, "stfiles", json!({})).await.unwrap();
    let endpoint =
        platform.azure.cloud.create_managed_endpoint(&files, &["file"], "mysynapse.file1", "").await.unwrap();
    at_rest(&platform).await;
    assert_eq!(platform.decision(&endpoint), ("hold".to_owned(), "hold-files".to_owned()));
    let decision = platform.records("decision", &endpoint).pop().unwrap();
    assert!(decision.mentions("target.group_ids is unknown"), "{decision:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_message_cannot_forge_a_record() {
    let platform = platform(&[]).await;
    let target = platform.target(STORAGE, "stmessage", json!({})).await.unwrap();
    let hostile = "x\n{\"event\":\"decision\"}\u{1b}[2J\u{202e}";
    let endpoint =
        platform.azure.cloud.create_managed_endpoint(&target, &["blob"], "pe-hostile", hostile).await.unwrap();
    at_rest(&platform).await;

    let decision = platform.records("decision", &endpoint).pop().unwrap();
    assert_eq!(decision.text("request_message"), "x\\n{\"event\":\"decision\"}\\u{1b}[2J\\u{202e}");
}
