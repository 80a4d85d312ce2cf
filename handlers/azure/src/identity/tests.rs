use super::*;
use crate::scripted::{ScriptedClock, ScriptedCredential, ScriptedHttp};

const SCOPE: &str = "https://management.azure.com/.default";

fn identity() -> (Identity, Arc<ScriptedCredential>, Arc<ScriptedClock>) {
    let clock = Arc::new(ScriptedClock::default());
    let credential = ScriptedCredential::new(clock.clone());
    (Identity::new(credential.clone(), clock.clone()), credential, clock)
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_renewed_in_time() {
    let (identity, _, clock) = identity();
    assert_eq!(identity.authorization(SCOPE).await.unwrap(), "Bearer token-1");
    clock.advance(Duration::from_secs(3200));
    assert_eq!(identity.authorization(SCOPE).await.unwrap(), "Bearer token-1");
    clock.advance(Duration::from_secs(200));
    assert_eq!(identity.authorization(SCOPE).await.unwrap(), "Bearer token-2");
}

#[tokio::test]
async fn a_good_token_serves_until_it_expires_while_none_can_be_had() {
    let (identity, credential, clock) = identity();
    identity.authorization(SCOPE).await.unwrap();
    *credential.fails.lock().unwrap() = true;
    clock.advance(Duration::from_secs(3590));
    assert_eq!(identity.authorization(SCOPE).await.unwrap(), "Bearer token-1");
    clock.advance(Duration::from_secs(10));
    let error = identity.authorization(SCOPE).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoToken);
    assert!(!error.to_string().contains("token-1"), "{error}");
}

#[tokio::test]
async fn each_scope_has_a_token_of_its_own() {
    let (identity, _, _) = identity();
    assert_eq!(identity.authorization(SCOPE).await.unwrap(), "Bearer token-1");
    assert_eq!(identity.authorization("https://servicebus.azure.net/.default").await.unwrap(), "Bearer token-2");
}

#[tokio::test]
async fn what_is_kept_shows_no_token_to_whoever_prints_it() {
    let (identity, ..) = identity();
    identity.authorization(SCOPE).await.unwrap();
    let shown = format!("{identity:#?}");
    assert!(shown.contains("AccessToken") && !shown.contains("token-1"), "{shown}");
}

#[tokio::test]
async fn an_answer_that_is_not_understood_is_not_quoted() {
    let id = "11111111-1111-1111-1111-111111111111";
    let bodies = [
        "\"eyJ0b2tlbg\"",
        "[\"eyJ0b2tlbg\"]",
        "eyJ0b2tlbg",
        r#"{"access_token":"eyJ0b2tlbg"}"#,
        r#"{"access_token":"eyJ0b2tlbg","token_type":"Bearer","resource":"r","expires_on":"eyJ0b2tlbg"}"#,
        r#"{"access_token":"a","token_type":"Bearer","resource":"r","expires_on":{"eyJ0b2tlbg":1}}"#,
    ];
    for body in bodies {
        let http = ScriptedHttp::new(vec![(200, Vec::new(), body.to_owned())]);
        let credential = credential(Some(id.to_owned()), true, http).unwrap();
        let identity = Identity::new(credential, Arc::new(ScriptedClock::default()));
        let error = identity.authorization(SCOPE).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("eyJ0b2tlbg"), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_of_the_identity_endpoint_is_told_escaped_and_cut() {
    let id = "11111111-1111-1111-1111-111111111111";
    let http = ScriptedHttp::new(vec![(403, Vec::new(), format!("\u{1b}[2J\u{202e}{}", "x".repeat(1_000_000)))]);
    let credential = credential(Some(id.to_owned()), true, http).unwrap();
    let error = Identity::new(credential, Arc::new(ScriptedClock::default())).authorization(SCOPE).await.unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("\\u{1b}[2J\\u{202e}x") && shown.len() < 1000, "{shown}");
}
