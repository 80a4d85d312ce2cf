//! The allowlist in a blob of a real Azurite: the real handler reads it, keeps it, and is not led astray by what becomes
//! of it. Run it by `tests/azurite/run`.

mod azurite;

use std::time::Duration;

use azurite::{Azurite, Container};
use platform::{Platform, allowlist};
use serde_json::json;

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const BLOB: &str = "allowlist.yaml";
const LAST_GOOD: &str = "allowlist.yaml.last-good";
const HTML: &str = "<!doctype html><html><body>Sign in to your account</body></html>";
/// Longer than any token of these tests is needed for.
const FAR_AHEAD: i64 = 4_000_000_000;

/// An allowlist that approves what the application teams ask for, by a rule of this name.
fn approving(rule: &str) -> String {
    let approve = format!("{{ id: {rule}, effect: approve, requester: {{ resource_group: rg-app }} }}");
    allowlist(&[&approve, "{ id: never, effect: reject, requester: { resource_group: rg-sandbox } }"])
}

async fn start(azurite: &Azurite, container: &Container<'_>) -> Platform {
    let settings =
        vec![("PORTREEVE_ALLOWLIST".to_owned(), container.blob(BLOB)), ("SSL_CERT_FILE".to_owned(), azurite.ca_file())];
    Platform::start_by_settings(settings).await.unwrap().with_surroundings().await.unwrap()
}

/// The rule by which a new endpoint is approved now.
async fn approved_by(platform: &Platform, target: &str, name: &str) -> String {
    let endpoint = platform.endpoint(name, target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    let (effect, rule) = platform.decision(&endpoint);
    assert_eq!(effect, "approve");
    rule
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allowlist_lives_in_a_blob() {
    // Any local Azure issues tokens that Azurite takes.
    let tokens = local_azure::tokens::Tokens::default();
    let azurite = Azurite::start(&tokens.issue("https://storage.azure.com", FAR_AHEAD)).await.unwrap();
    edits_take_effect_and_bad_ones_do_not(&azurite).await;
    a_restart_starts_with_the_last_good_version(&azurite).await;
    the_later_of_two_edits_counts(&azurite).await;
}

async fn edits_take_effect_and_bad_ones_do_not(azurite: &Azurite) {
    let container = azurite.container("edits").await.unwrap();
    let platform = start(azurite, &container).await;
    platform.told("allowlist", &["no allowlist is in force"], 1).await;
    platform.told("allowlist", &["BlobNotFound", "put the allowlist there"], 1).await;
    let target = platform.target(STORAGE, "stblob", json!({})).await.unwrap();
    let waiting = platform.endpoint("pe-waits", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.decision(&waiting).0, "hold");

    let good = approving("first");
    container.put(BLOB, &good).await;
    platform.told("allowlist_change", &["pe-waits", "\"to_rule\":\"first\"", "queued"], 1).await;
    platform.at_rest(Duration::from_secs(2)).await;
    assert_eq!(platform.status(&waiting).await.unwrap(), "Approved");
    let by = platform.records("decision", &waiting).pop().unwrap();
    assert_eq!(by.text("allowlist_source"), container.blob(BLOB));
    platform.told("allowlist", &["is followed"], 1).await;
    assert_eq!(container.content(LAST_GOOD).await.as_deref(), Some(good.as_str()));

    let too_large = "#".repeat(33 * 1024 * 1024);
    let half = &good[..good.rfind("  - ").unwrap()];
    let bad = [
        (good.replace("effect", "efect"), "efect"),
        (HTML.to_owned(), "HTML"),
        (half.to_owned(), "breaks off"),
        (too_large, "more than"),
    ];
    for (number, (text, problem)) in bad.iter().enumerate() {
        container.put(BLOB, text).await;
        let told = platform.told("allowlist", &["is refused", problem], 1).await;
        assert_eq!((told.len(), told[0].text("level")), (1, "ERROR"));
        assert_eq!(approved_by(&platform, &target, &format!("pe-bad-{number}")).await, "first");
    }
    container.delete(BLOB).await;
    platform.told("allowlist", &["BlobNotFound"], 2).await;
    assert_eq!(approved_by(&platform, &target, "pe-deleted").await, "first");
    container.put(BLOB, &approving("second")).await;
    platform.told("allowlist_change", &["\"to_rule\":\"second\""], 1).await;
    assert_eq!(approved_by(&platform, &target, "pe-second").await, "second");
    assert_eq!(container.content(LAST_GOOD).await, Some(approving("second")));
}

async fn a_restart_starts_with_the_last_good_version(azurite: &Azurite) {
    let container = azurite.container("restart").await.unwrap();
    container.put(BLOB, &approving("first")).await;
    let platform = start(azurite, &container).await;
    let target = platform.target(STORAGE, "stblob", json!({})).await.unwrap();
    assert_eq!(approved_by(&platform, &target, "pe-before").await, "first");
    container.put(BLOB, HTML).await;
    platform.told("allowlist", &["is refused", "HTML"], 1).await;
    platform.azure.functions_host.restart_handler().await.unwrap();
    let fell_back = platform.told("allowlist", &["because the present one is not to be had"], 1).await.remove(0);
    assert_eq!(fell_back.text("level"), "ERROR");
    assert_eq!(approved_by(&platform, &target, "pe-after").await, "first");
    container.delete(BLOB).await;
    platform.azure.functions_host.restart_handler().await.unwrap();
    platform.told("allowlist", &["because the present one is not to be had"], 2).await;
    assert_eq!(approved_by(&platform, &target, "pe-deleted").await, "first");
}

async fn the_later_of_two_edits_counts(azurite: &Azurite) {
    let container = azurite.container("twice").await.unwrap();
    container.put(BLOB, &approving("first")).await;
    let platform = start(azurite, &container).await;
    let target = platform.target(STORAGE, "stblob", json!({})).await.unwrap();
    assert_eq!(approved_by(&platform, &target, "pe-first").await, "first");
    container.put(BLOB, HTML).await;
    container.put(BLOB, &approving("second")).await;
    platform.told("allowlist_change", &["\"to_rule\":\"second\""], 1).await;
    container.put(BLOB, &approving("third")).await;
    container.put(BLOB, HTML).await;
    platform.told("allowlist", &["is refused", "HTML"], 1).await;
    // The third may have been seen between the two edits, or not; never is anything else in force.
    let rule = approved_by(&platform, &target, "pe-third").await;
    assert!(["second", "third"].contains(&rule.as_str()), "{rule}");
}
