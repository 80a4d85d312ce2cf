//! `ValidationJob`: what is proven, what is tried again, and what ends with an alert.

use std::time::Duration;

use platform::{Platform, allowlist};
use serde_json::json;

const VAULT: &str = "Microsoft.KeyVault/vaults";
const VAULT_ZONE: &str = "privatelink.vaultcore.azure.net";
const APPROVE: &str = "{ id: vaults, effect: approve, target: { type: Microsoft.KeyVault/vaults } }";

async fn platform(rules: &[&str]) -> Platform {
    Platform::start(&allowlist(rules)).await.unwrap().with_surroundings().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_says_every_finding_in_one_record() {
    let platform = platform(&[APPROVE]).await;
    platform.zone(VAULT_ZONE).await.unwrap();
    let target = platform.target(VAULT, "kv-proof", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-proof", &target, &["vault"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;

    let proof = platform.records("validation", &endpoint).pop().unwrap();
    let findings: serde_json::Value = serde_json::from_str(proof.text("findings")).unwrap();
    let checks: Vec<(&str, &str)> = findings
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["check"].as_str().unwrap(), finding["outcome"].as_str().unwrap()))
        .collect();
    let expected =
        [("target_approved", "passed"), ("endpoint_approved", "passed"), ("resolves", "passed"), ("answers", "passed")];
    assert_eq!(checks, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_does_not_resolve_yet_is_tried_again_and_then_passes() {
    let platform = platform(&[APPROVE]).await;
    let target = platform.target(VAULT, "kv-late", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-late", &target, &["vault"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.verdicts(&endpoint), ["try_again"]);
    assert_eq!(platform.azure.service_bus.queue("validation-jobs").unwrap().scheduled.len(), 1);

    // The zone comes late, and with the next event the record.
    platform.zone(VAULT_ZONE).await.unwrap();
    platform.writes_after_another_event(&endpoint).await;
    platform.at_rest(Duration::from_secs(30)).await;
    assert_eq!(platform.verdicts(&endpoint).last().map(String::as_str), Some("passed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_time_cannot_cure_ends_in_the_dead_letter_queue() {
    let platform = platform(&[]).await;
    let target = platform.target(VAULT, "kv-refused", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-refused", &target, &["vault"]).await.unwrap();
    let connections = platform.arm.get(&format!("{target}/privateEndpointConnections")).await.unwrap().body;
    let connection = connections["value"][0]["id"].as_str().unwrap().to_owned();
    let rejected =
        json!({ "properties": { "privateLinkServiceConnectionState": { "status": "Rejected", "description": "no" } } });
    platform.arm.put(&connection, rejected).await.unwrap();
    let job = json!({ "connection": connection, "endpoint": endpoint, "attempt": 0, "correlation_id": "by-hand" });
    platform.send("validation-jobs", &job.to_string()).await.unwrap();
    platform.at_rest(Duration::ZERO).await;

    assert_eq!(platform.azure.service_bus.dead_letters().len(), 1);
    let proofs = platform.records("validation", &endpoint);
    assert_eq!(proofs.len(), 1, "however often the broker delivers it");
    assert_eq!((proofs[0].text("verdict"), proofs[0].text("level")), ("failed", "ERROR"));

    // Put back on its queue, it is proven anew.
    platform.send("validation-jobs", &job.to_string()).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.verdicts(&endpoint).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_of_what_was_deleted_is_obsolete() {
    let platform = platform(&[]).await;
    let target = platform.target(VAULT, "kv-gone", json!({})).await.unwrap();
    let endpoint = platform::endpoint_id("rg-app", "pe-never-was");
    let connection = format!("{target}/privateEndpointConnections/kv-gone.1");
    let job = json!({ "connection": connection, "endpoint": endpoint, "attempt": 0, "correlation_id": "by-hand" });
    platform.send("validation-jobs", &job.to_string()).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.verdicts(&endpoint), ["obsolete"]);
    assert!(platform.azure.service_bus.dead_letters().is_empty());
}
