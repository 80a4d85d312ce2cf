//! `ReconcileJob`: work that could not be finished at once is finished later, and is never in nobody's hands.

use std::time::Duration;

use local_azure::arm::faults::FaultRule;
use local_azure::functions_host::OutputLine;
use platform::{Platform, allowlist, event_about};
use serde_json::json;

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const BLOB_ZONE: &str = "privatelink.blob.core.windows.net";
const APPROVE: &str = "{ id: blob, effect: approve, target: { type: Microsoft.Storage/storageAccounts } }";
/// Long enough for every retry of these stories to count as work in flight.
const RETRIES: Duration = Duration::from_secs(30);

fn fault(path_contains: &str, status: u16, code: &str, retry_after_seconds: Option<u64>) -> FaultRule {
    FaultRule {
        method: Some("PUT".parse().unwrap()),
        path_contains: path_contains.to_owned(),
        times: 1,
        status,
        code: code.to_owned(),
        retry_after_seconds,
        after_effect: false,
    }
}

/// An endpoint on a platform where the next matching requests go wrong, once everything has come to rest.
async fn after(rule: FaultRule) -> (Platform, String) {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap().with_surroundings().await.unwrap();
    platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stfault", json!({})).await.unwrap();
    platform.azure.cloud.faults().answer_next(rule);
    let endpoint = platform.endpoint("pe-fault", &target, &["blob"]).await.unwrap();
    platform.at_rest(RETRIES).await;
    (platform, endpoint)
}

async fn ends_well(platform: &Platform, endpoint: &str) {
    assert_eq!(platform.status(endpoint).await.unwrap(), "Approved");
    assert_eq!(platform.addresses(BLOB_ZONE, "stfault").await.unwrap(), ["127.1.1.4"]);
    assert!(platform.verdicts(endpoint).contains(&"passed".to_owned()));
    assert!(platform.azure.service_bus.dead_letters().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_approval_goes_on_no_sooner_than_azure_asked() {
    let mut rule = fault("/privateEndpointConnections/", 429, "TooManyRequests", Some(7));
    rule.times = 4;
    let (platform, endpoint) = after(rule).await;
    ends_well(&platform, &endpoint).await;
    let deferred = platform.records("deferred", "");
    // In whole seconds, from a moment after the refusal. What comes later has less to wait for the same turn.
    let longest = deferred.iter().filter_map(|record| record.0["in_seconds"].as_u64()).max();
    assert!(longest >= Some(6), "{deferred:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_after_its_effect_changes_nothing() {
    for path in ["/privateEndpointConnections/", "/A/stfault"] {
        let rule = FaultRule { after_effect: true, ..fault(path, 500, "InternalServerError", None) };
        let (platform, endpoint) = after(rule).await;
        ends_well(&platform, &endpoint).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_operation_in_progress_is_waited_for() {
    let mut rule = fault("/privateEndpointConnections/", 409, "StorageAccountOperationInProgress", None);
    rule.times = 4;
    let (platform, endpoint) = after(rule).await;
    ends_well(&platform, &endpoint).await;
    assert!(!platform.records("deferred", "").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_fails_only_while_its_work_is_in_nobodys_hands() {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap().with_surroundings().await.unwrap();
    let target = platform.target(STORAGE, "stfault", json!({})).await.unwrap();
    let mut refuse = fault("/privateEndpointConnections/", 409, "Busy", None);
    refuse.times = 1000;
    platform.azure.cloud.faults().answer_next(refuse);
    let endpoint = platform.azure.cloud.create_managed_endpoint(&target, &["blob"], "pe-x", "").await.unwrap();
    assert_eq!(platform.deliver(&event_about(&format!("{target}/privateEndpointConnections/x"))).await, 202);
    assert!(!platform.azure.service_bus.queue("reconcile-jobs").unwrap().scheduled.is_empty());
    assert_eq!(platform.decision(&endpoint).0, "approve");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_is_killed_half_way_ends_the_same() {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap().with_surroundings().await.unwrap();
    platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stfault", json!({})).await.unwrap();
    platform.azure.cloud.faults().delay_next(Some("PUT".parse().unwrap()), "/A/stfault", 1, Duration::from_secs(2));
    let endpoint = platform.endpoint("pe-fault", &target, &["blob"]).await.unwrap();
    let host = &platform.azure.functions_host;
    let approved = |line: &OutputLine| line.text.contains("\"action\":\"approve\"");
    let approved = host.handler_lines_until(1, Duration::from_secs(20), approved).await;
    assert!(!approved.is_empty());
    host.restart_handler().await.unwrap();
    platform.at_rest(RETRIES).await;
    ends_well(&platform, &endpoint).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_no_job_ends_in_the_dead_letter_queue() {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap();
    for queue in ["reconcile-jobs", "validation-jobs"] {
        platform.send(queue, "{\"approve\":\"everything\"}").await.unwrap();
    }
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.azure.service_bus.dead_letters().len(), 2);
    assert_eq!(platform.azure.cloud.requests().len(), 0);
}
