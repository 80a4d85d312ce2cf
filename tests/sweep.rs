//! `Sweep`: what no event told is found all the same.

use std::time::Duration;

use local_azure::arm::faults::FaultRule;
use platform::{PLATFORM, Platform, Record, allowlist};
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
    let missing = |record: &Record| record.0["missing_records"].as_u64();
    assert_eq!(platform.records("sweep", "").iter().map(missing).collect::<Vec<_>>(), [Some(1), Some(0)]);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_somebody_bent_is_put_right() {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap().with_surroundings().await.unwrap();
    let zone = platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stbent", json!({})).await.unwrap();
    platform.endpoint("pe-bent", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    let record = format!("{zone}/A/stbent");
    let mut body = platform.arm.get(&record).await.unwrap().body;
    body["properties"]["aRecords"] = json!([{ "ipv4Address": "127.1.1.200" }]);
    platform.arm.put(&record, body).await.unwrap();
    swept(&platform).await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stbent").await.unwrap(), ["127.1.1.4"]);
    let counts = &platform.records("sweep", "")[0].0;
    assert_eq!((&counts["missing_records"], &counts["pending"], &counts["orphans"]), (&json!(1), &json!(0), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_mend_or_may_revoke_is_reported() {
    let rule = |expires: &str| {
        let target = "{ type: Microsoft.Storage/storageAccounts }";
        format!("{{ id: for-a-while, effect: approve, target: {target}, expires: {expires} }}")
    };
    let platform =
        Platform::start(&allowlist(&[&rule("2099-12-31")])).await.unwrap().with_surroundings().await.unwrap();
    platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "stleft", json!({})).await.unwrap();
    let left = platform.endpoint("pe-left", &target, &["blob"]).await.unwrap();
    let lost_target = platform.target(STORAGE, "stlost", json!({})).await.unwrap();
    let lost = platform.endpoint("pe-lost", &lost_target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::from_secs(30)).await;
    platform.arm.delete(&lost_target).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    platform.change_allowlist(&allowlist(&[&rule("2020-01-01")])).await.unwrap();

    swept(&platform).await;
    let reported = platform.records("note", "rule for-a-while has expired");
    assert_eq!(reported.iter().map(|record| record.text("endpoint")).collect::<Vec<_>>(), [left.as_str()]);
    assert_eq!(
        (reported[0].text("rule"), reported[0].text("level").to_ascii_lowercase()),
        ("for-a-while", "warn".to_owned())
    );
    let disconnected = platform.records("note", "nothing can connect it again");
    assert_eq!(disconnected.iter().map(|record| record.text("endpoint")).collect::<Vec<_>>(), [lost.as_str()]);
    assert!(disconnected[0].text("remedy").contains("create it again"));
    let counts = &platform.records("sweep", "")[0].0;
    for (field, count) in [("queued", 0), ("not_approved", 1), ("expired", 1), ("disconnected", 1)] {
        assert_eq!(counts[field], count, "{field}: {counts}");
    }
    assert_eq!(platform.status(&left).await.unwrap(), "Approved", "nothing is revoked");
    assert_eq!(platform.addresses(BLOB_ZONE, "stleft").await.unwrap(), ["127.1.1.4"]);
}

/// Resource Graph refuses all at once, then a half; what is refused by itself is left out with a word, and the rest is swept.
#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_fails_does_not_stop_the_rest() {
    let platform = Platform::start(&allowlist(&[APPROVE])).await.unwrap().with_surroundings().await.unwrap();
    platform.zone(BLOB_ZONE).await.unwrap();
    let target = platform.target(STORAGE, "sthalf", json!({})).await.unwrap();
    platform.endpoint("pe-half", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    let zone = platform::zone_id(BLOB_ZONE);
    platform.arm.delete(&format!("{zone}/A/sthalf")).await.unwrap();
    platform.azure.cloud.faults().answer_next(FaultRule {
        method: Some("POST".parse().unwrap()),
        path_contains: "/Microsoft.ResourceGraph/resources".to_owned(),
        // All three, and then the first of them alone.
        times: 2,
        status: 400,
        code: "BadRequest".to_owned(),
        retry_after_seconds: None,
        after_effect: false,
    });
    swept(&platform).await;
    let left_out = platform.records("failure", "is left out of the sweep");
    assert_eq!(left_out.iter().map(|record| record.text("subscription")).collect::<Vec<_>>(), [PLATFORM]);
    assert_eq!(platform.addresses(BLOB_ZONE, "sthalf").await.unwrap(), ["127.1.1.4"]);
}
