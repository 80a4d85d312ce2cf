//! The allowlist is edited while the handler runs: a good version takes effect, and a bad one changes nothing.

use std::time::Duration;

use platform::{LoneHandler, Platform, allowlist};
use serde_json::json;

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const APPROVE: &str = "{ id: apps, effect: approve, requester: { resource_group: rg-app } }";
const REJECT: &str = "{ id: never, effect: reject, requester: { resource_group: rg-app } }";
const BAD: &str = "version: 1\nrules:\n  - { id: apps, efect: approve }\n";
/// Long enough for the jobs that a change queues.
const JOBS: Duration = Duration::from_secs(2);

async fn platform(rules: &[&str]) -> (Platform, String) {
    let platform = Platform::start(&allowlist(rules)).await.unwrap().with_surroundings().await.unwrap();
    let target = platform.target(STORAGE, "stchange", json!({})).await.unwrap();
    (platform, target)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_reaches_those_who_wait_and_revokes_nothing() {
    let (platform, target) = platform(&[]).await;
    let endpoint = platform.endpoint("pe-waits", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.decision(&endpoint).0, "hold");

    platform.edit_allowlist(&allowlist(&[APPROVE])).unwrap();
    let told = platform.told("allowlist_change", &["pe-waits", "\"to_rule\":\"apps\""], 1).await;
    assert_eq!((told[0].text("from_effect"), told[0].text("to_effect")), ("hold", "approve"));
    assert_eq!(told[0].text("outcome"), "queued");
    platform.at_rest(JOBS).await;
    assert_eq!(platform.status(&endpoint).await.unwrap(), "Approved");
    let decisions = platform.records("decision", &endpoint);
    let (first, last) = (&decisions[0], decisions.last().unwrap());
    assert_ne!(first.text("allowlist_hash"), last.text("allowlist_hash"));
    assert!(last.text("allowlist_source").ends_with("allowlist.yaml"), "{last:?}");
    assert!(last.0["allowlist_age_seconds"].as_u64().unwrap() < 60, "{last:?}");

    let pending = platform.azure.cloud.create_managed_endpoint(&target, &["blob"], "pe-managed", "").await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    let both = REJECT.replace("resource_group: rg-app", "name: [pe-waits, pe-managed]");
    platform.edit_allowlist(&allowlist(&[&both])).unwrap();
    let told = platform.told("allowlist_change", &["\"to_rule\":\"never\""], 2).await;
    assert!(told.iter().all(|record| record.text("outcome") == "reported"), "{told:?}");
    let of_approved = told.iter().find(|record| record.mentions("pe-waits")).unwrap();
    assert_eq!(of_approved.text("level"), "WARN");
    platform.told("allowlist", &["is followed", "2 decisions"], 1).await;
    platform.at_rest(JOBS).await;
    assert_eq!(platform.status(&endpoint).await.unwrap(), "Approved");
    assert_eq!(platform.decision(&pending).0, "hold", "the change itself rejects nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_edit_changes_nothing_and_says_so_once_and_a_restart_during_it_neither() {
    let (platform, target) = platform(&[APPROVE]).await;
    let good = platform.told("allowlist", &["\"rules\":1"], 1).await.remove(0);
    platform.edit_allowlist(BAD).unwrap();
    let refused = platform.told("allowlist", &["efect"], 1).await.remove(0);
    assert_eq!((refused.text("level"), refused.text("in_force_hash")), ("ERROR", good.text("allowlist_hash")));

    let before = platform.endpoint("pe-before", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    platform.azure.functions_host.restart_handler().await.unwrap();
    let fell_back = platform.told("allowlist", &["because the present one is not to be had"], 1).await.remove(0);
    assert_eq!(fell_back.text("level"), "ERROR");
    let after = platform.endpoint("pe-after", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    for endpoint in [&before, &after] {
        assert_eq!(platform.decision(endpoint), ("approve".to_owned(), "apps".to_owned()));
        let by = platform.records("decision", endpoint).pop().unwrap();
        assert_eq!(by.text("allowlist_hash"), good.text("allowlist_hash"));
    }
    assert_eq!(platform.records("allowlist", "efect").len(), 2, "once in each process");

    // Nothing but the last good version was ever in force, so nothing is to be followed.
    platform.edit_allowlist(&allowlist(&[APPROVE])).unwrap();
    platform.told("allowlist", &["is the last good version"], 1).await;
    assert_eq!(platform.records("allowlist", "is followed").len(), 0);
}

/// A survey that fails because Azure does is made again.
#[tokio::test(flavor = "multi_thread")]
async fn what_follows_from_a_change_is_not_lost_while_azure_is_out_of_order() {
    let (platform, target) = platform(&[]).await;
    let endpoint = platform.endpoint("pe-waits", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    platform.azure.cloud.faults().answer_next(local_azure::arm::faults::FaultRule {
        method: Some("POST".parse().unwrap()),
        path_contains: "/providers/Microsoft.ResourceGraph/resources".to_owned(),
        times: 6,
        status: 503,
        code: "ServiceUnavailable".to_owned(),
        retry_after_seconds: None,
        after_effect: false,
    });
    platform.edit_allowlist(&allowlist(&[APPROVE])).unwrap();
    platform.told("allowlist", &["it is tried again"], 1).await;
    platform.told("allowlist_change", &["pe-waits"], 1).await;
    platform.at_rest(JOBS).await;
    assert_eq!(platform.status(&endpoint).await.unwrap(), "Approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_what_is_in_force_and_what_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("allowlist.yaml");
    let settings = [("PORTREEVE_ALLOWLIST", file.to_str().unwrap())];
    let start = || async {
        let handler = LoneHandler::start_by_settings(&settings).await.unwrap();
        let status = handler.allowlist_status().await.unwrap();
        if status["state"] == "in_force" {
            handler.keeps(&directory.path().join("allowlist.yaml.last-good")).await.unwrap();
        }
        handler.stop().await.unwrap();
        status
    };
    let nothing = start().await;
    assert_eq!(nothing["state"], "none");
    assert!(nothing["why"].as_str().unwrap().contains("No such file"), "{nothing}");

    std::fs::write(&file, allowlist(&[APPROVE])).unwrap();
    let good = start().await;
    assert_eq!((&good["state"], &good["rules"], &good["refused"]), (&json!("in_force"), &json!(1), &json!(null)));
    assert_eq!((good["source"].as_str(), good["hash"].as_str().map(str::len)), (file.to_str(), Some(16)));

    std::fs::write(&file, BAD).unwrap();
    let bad = start().await;
    assert_eq!((&bad["state"], &bad["hash"]), (&json!("in_force"), &good["hash"]));
    assert!(bad["refused"]["problems"][0].as_str().unwrap().starts_with("3:"), "{bad}");
    assert_ne!(bad["refused"]["hash"], good["hash"]);
    assert!(bad["age_seconds"].as_u64().is_some());

    let unset = LoneHandler::start().await.unwrap();
    assert!(unset.allowlist_status().await.unwrap()["why"].as_str().unwrap().contains("PORTREEVE_ALLOWLIST"));
    unset.stop().await.unwrap();
}
