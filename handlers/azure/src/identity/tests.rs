use super::*;
use crate::scripted::{ScriptedClock, ScriptedCredential};

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
