//! Dead letters: they say what they are about and why, and go back to work once their cause is cured, however often.

use std::time::Duration;

use platform::{Platform, Printed, USUAL_DNS, allowlist_with};
use serde_json::{Value, json};

const VAULT: &str = "Microsoft.KeyVault/vaults";
const VAULT_ZONE: &str = "privatelink.vaultcore.azure.net";
const APPROVE: &str = "{ id: vaults, effect: approve, target: { type: Microsoft.KeyVault/vaults } }";
/// Long enough for what a resubmitted job puts off.
const RETRIES: Duration = Duration::from_secs(30);

/// A platform with three dead letters: a message that makes no sense, a reconcile without tries left, and the failed
/// validation of this endpoint, whose zone is missing.
async fn with_letters() -> (Platform, String) {
    let allowlist = allowlist_with(&[USUAL_DNS, "validation: { attempts: 1 }"], &[APPROVE]);
    let platform = Platform::start(&allowlist).await.unwrap().with_surroundings().await.unwrap();
    let target = platform.target(VAULT, "kv-letters", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-letters", &target, &["vault"]).await.unwrap();
    platform.at_rest(RETRIES).await;
    let given_up =
        json!({ "subject": { "endpoint": endpoint }, "attempt": 41, "correlation_id": "story-of-the-endpoint" });
    platform.send("reconcile-jobs", &given_up.to_string()).await.unwrap();
    platform.send_as("reconcile-jobs", r#"{"MessageId":"m-poison"}"#, "{\"approve\":\"everything\"}").await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    (platform, endpoint)
}

async fn listed(platform: &Platform) -> Vec<Value> {
    let printed = platform.portreeve("dead-letters list --json").await.unwrap();
    assert_eq!((printed.code, printed.complaints.as_str()), (0, ""));
    serde_json::from_str(&printed.output).unwrap()
}

/// The letter whose reason begins like this, as queue and number on the command line.
fn named(letters: &[Value], why: &str) -> (String, i64) {
    let mut found = letters.iter().filter(|letter| letter["why"].as_str().unwrap().starts_with(why));
    let letter = found.next().unwrap_or_else(|| panic!("{why}: {letters:#?}"));
    assert!(found.next().is_none(), "{why}: {letters:#?}");
    (letter["queue"].as_str().unwrap().to_owned(), letter["sequence_number"].as_i64().unwrap())
}

async fn on_letter(platform: &Platform, verb: &str, (queue, number): &(String, i64)) -> Printed {
    platform.portreeve(&format!("dead-letters {verb} {number} --queue {queue}")).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_says_what_it_is_about_why_and_what_to_do() {
    let (platform, endpoint) = with_letters().await;
    let letters = listed(&platform).await;
    let poison = named(&letters, "the body is no reconcile job: ");
    let given_up = named(&letters, "still not finished after 40 tries");
    let failed = named(&letters, "the validation failed for good");
    assert_eq!(letters.len(), 3);

    let shown = on_letter(&platform, "show", &given_up).await.output;
    for part in
        [endpoint.as_str(), "MaxDeliveryCountExceeded", "has \"story-of-the-endpoint\"", "dead-letters resubmit"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // The log leads to the letter, and says which it is.
    for (letter, parts) in [
        (&poison, ["m-poison", "delivery 10 of 10"]),
        (&given_up, ["after 40 tries", "delivery 10 of 10"]),
        (&failed, ["failed its validation", "delivery 10 of 10"]),
    ] {
        let (queue, number) = letter;
        let remedy = format!("portreeve dead-letters show {number} --queue {queue}");
        let records = platform.records("given_up", &remedy);
        let last = records.last().unwrap_or_else(|| panic!("{letter:?}"));
        assert!(parts.iter().all(|part| last.mentions(part)) && last.text("remedy") == remedy, "{last:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn resubmitted_letters_end_well_once_their_cause_is_cured() {
    let (platform, endpoint) = with_letters().await;
    let letters = listed(&platform).await;
    platform.zone(VAULT_ZONE).await.unwrap();

    let given_up = named(&letters, "still not finished");
    assert_eq!(on_letter(&platform, "resubmit", &given_up).await.code, 0);
    platform.at_rest(RETRIES).await;
    assert_eq!(platform.addresses(VAULT_ZONE, "kv-letters").await.unwrap(), ["127.1.1.4"]);

    // Somebody resubmitted this one before, and died before the letter was taken out.
    let failed = named(&letters, "the validation failed");
    let proofs = platform.verdicts(&endpoint).len();
    let letter = letters.iter().find(|letter| letter["queue"] == failed.0.as_str()).unwrap();
    let sent_before = format!(r#"{{"MessageId":"resubmitted-validation-jobs-{}"}}"#, failed.1);
    platform.send_as(&failed.0, &sent_before, letter["body"].as_str().unwrap()).await.unwrap();
    assert_eq!(on_letter(&platform, "resubmit", &failed).await.code, 0);
    platform.at_rest(RETRIES).await;
    assert_eq!(platform.verdicts(&endpoint).len(), proofs + 1, "one proof for both");
    assert_eq!(platform.verdicts(&endpoint).last().map(String::as_str), Some("passed"));

    let again = on_letter(&platform, "resubmit", &failed).await;
    assert_eq!(again.code, 1);
    assert!(again.complaints.contains("there is no such dead letter"), "{again:?}");

    // What makes no sense is never put back.
    let all = platform.portreeve("dead-letters resubmit --all").await.unwrap();
    assert_eq!(all.code, 1);
    assert!(all.complaints.contains("not resubmitted: the body is no reconcile job"), "{all:?}");
    platform.at_rest(Duration::ZERO).await;
    let left = platform.azure.service_bus.dead_letters();
    assert_eq!(left.iter().map(|(_, letter)| letter.message_id.as_str()).collect::<Vec<_>>(), ["m-poison"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_people_may_look_at_once() {
    let (platform, _) = with_letters().await;
    let lists = futures::future::join_all((0..3).map(|_| listed(&platform))).await;
    let number = |letter: &Value| (letter["queue"].to_string(), letter["sequence_number"].as_i64());
    let mut seen_by_somebody = std::collections::BTreeSet::new();
    for list in &lists {
        let seen: std::collections::BTreeSet<_> = list.iter().map(number).collect();
        assert_eq!(seen.len(), list.len(), "nobody sees a letter twice: {list:#?}");
        seen_by_somebody.extend(seen);
    }
    assert_eq!(seen_by_somebody.len(), 3);
    assert_eq!(listed(&platform).await.len(), 3, "all were given back");
}
