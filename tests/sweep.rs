//! `Sweep`: what no event told is found all the same.

use std::time::Duration;

use platform::{Platform, allowlist};
use serde_json::json;

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const BLOB_ZONE: &str = "privatelink.blob.core.windows.net";
const APPROVE: &str =
    "{ id: blob, effect: approve, target: { type: Microsoft.Storage/storageAccounts, group_ids: blob } }";

async fn swept(platform: &Platform) {
    platform.run_function("Sweep", &json!({})).await.unwrap();
    platform.at_rest(Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_somebody_deleted_comes_back() {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap().with_surroundings().await.unwrap();
    let zone = platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stswept", json!({})).await.unwrap();
    platform.endpoint("pe-swept", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    platform.arm.delete(&format!("{zone}/A/stswept")).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.record_names(BLOB_ZONE).await.unwrap(), Vec::<String>::new());

    swept(&platform).await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stswept").await.unwrap(), ["127.1.1.4"]);
    swept(&platform).await;
    let found: Vec<_> = platform.records("sweep", "").iter().map(|record| record.0["queued"].as_u64()).collect();
    assert_eq!(found, [Some(1), Some(0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_whose_endpoint_is_gone_goes_too() {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap().with_surroundings().await.unwrap();
    let zone = platform.zone(BLOB_ZONE).await.unwrap();
    // As it would stand there, had the delete event been lost.
    let endpoint = platform::endpoint_id("rg-app", "pe-lost");
    let orphan = json!({ "properties": {
        "ttl": 10,
        "metadata": { "managedBy": "portreeve", "privateEndpoint": endpoint.to_ascii_lowercase() },
        "aRecords": [{ "ipv4Address": "127.1.1.9" }],
    }});
    platform.arm.put(&format!("{zone}/A/stlost"), orphan).await.unwrap();
    swept(&platform).await;
    assert_eq!(platform.record_names(BLOB_ZONE).await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_that_comes_after_its_endpoint_is_noticed_at_once() {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap().with_surroundings().await.unwrap();
    let target = platform.target(STORAGE, "stearly", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-early", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert!(!platform.records("note", "is in none of the resource groups").is_empty());
    platform.zone(BLOB_ZONE).await.unwrap();
    swept(&platform).await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stearly").await.unwrap(), ["127.1.1.4"]);
    platform.at_rest(Duration::from_secs(30)).await;
    assert_eq!(platform.verdicts(&endpoint).last().map(String::as_str), Some("passed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_comes_later_reaches_those_who_wait() {
    let platform = Platform::start(&allowlist(&[])).await.unwrap().with_surroundings().await.unwrap();
    let target = platform.target(STORAGE, "stfactory", json!({})).await.unwrap();
    let managed = platform.azure.cloud.create_managed_endpoint(&target, &["blob"], "factory.blob", "").await.unwrap();
    let own = platform.endpoint("pe-waits", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!((platform.decision(&managed).0, platform.decision(&own).0), ("hold".to_owned(), "hold".to_owned()));

    let rule = "{ id: later, effect: approve, requester: { name: [\"factory.*\", pe-waits] } }";
    platform.change_allowlist(&allowlist(&[rule])).await.unwrap();
    swept(&platform).await;
    for endpoint in [&managed, &own] {
        assert_eq!(platform.decision(endpoint), ("approve".to_owned(), "later".to_owned()));
    }
    assert_eq!(platform.status(&own).await.unwrap(), "Approved");
}
