//! The app's identity: tokens, kept as long as they are good.
//!
//! `azure_identity` asks again for a token five minutes before it expires and, where that fails, forgets the one it
//! has; with its default options a failing identity endpoint also blocks for over a minute. Managed identity endpoints
//! do fail now and then (<https://github.com/Azure/azure-functions-host/issues/11058>), so retries are few and short
//! here, and the last good token serves until it has really expired.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::{ClientOptions, FixedRetryOptions, HttpClient, RetryOptions, Transport};
use azure_identity::{AzureCliCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use portreeve_decisions::untrusted::escaped;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::clock::{Clock, within};
use crate::error::{AzureError, ErrorKind};
use crate::transport::chain;

/// One token request with its retries; the Azure CLI needs seconds to start.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(8);
/// A token is renewed while it is still good for this long.
const RENEW_BEFORE: Duration = Duration::from_secs(300);
/// After a failed renewal the good token serves this long before the next try.
const RENEW_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// After a refusal callers get the same one for this long, instead of each waiting for its own.
const REFUSAL_KEPT_FOR: Duration = Duration::from_secs(2);

/// The credential of the environment: managed identity where the host offers one (or a client id names one), else the
/// login of the Azure CLI.
///
/// # Errors
/// Where the environment offers a kind of identity that the library cannot use.
pub fn credential(
    client_id: Option<String>,
    has_managed_identity: bool,
    http: Arc<dyn HttpClient>,
) -> Result<Arc<dyn TokenCredential>, AzureError> {
    let failed = |error: azure_core::Error| AzureError::new(ErrorKind::NoToken, "set up the identity", chain(&error));
    if !has_managed_identity && client_id.is_none() {
        let credential: Arc<dyn TokenCredential> = AzureCliCredential::new(None).map_err(failed)?;
        return Ok(credential);
    }
    let retry = FixedRetryOptions {
        delay: azure_core::time::Duration::milliseconds(300),
        max_retries: 2,
        max_total_elapsed: azure_core::time::Duration::seconds(4),
    };
    let client_options = ClientOptions {
        retry: RetryOptions::fixed(retry),
        transport: Some(Transport::new(http)),
        ..ClientOptions::default()
    };
    let options =
        ManagedIdentityCredentialOptions { user_assigned_id: client_id.map(UserAssignedId::ClientId), client_options };
    let credential: Arc<dyn TokenCredential> = ManagedIdentityCredential::new(Some(options)).map_err(failed)?;
    Ok(credential)
}

/// Tokens by scope, each renewed in time and kept until it expires.
#[derive(Debug)]
pub struct Identity {
    credential: Arc<dyn TokenCredential>,
    clock: Arc<dyn Clock>,
    scopes: std::sync::Mutex<BTreeMap<String, Arc<Mutex<Scope>>>>,
}

/// What is kept for one scope. Each has a lock of its own, so that trouble with one keeps no other waiting.
#[derive(Debug, Default)]
struct Scope {
    token: Option<KeptToken>,
    refused: Option<(OffsetDateTime, AzureError)>,
}

#[derive(Clone, Debug)]
struct KeptToken {
    token: AccessToken,
    renew_from: OffsetDateTime,
}

impl Identity {
    /// Keeps the tokens of this credential.
    #[must_use]
    pub fn new(credential: Arc<dyn TokenCredential>, clock: Arc<dyn Clock>) -> Self {
        Self { credential, clock, scopes: std::sync::Mutex::default() }
    }

    /// The value of an `Authorization` header for a scope.
    ///
    /// # Errors
    /// [`ErrorKind::NoToken`] where none could be had and none is kept. The error never holds a token.
    pub async fn authorization(&self, scope: &str) -> Result<String, AzureError> {
        let kept =
            self.scopes.lock().unwrap_or_else(PoisonError::into_inner).entry(scope.to_owned()).or_default().clone();
        // Held while asking: of many callers that need a token at once, one asks and all are served.
        let mut kept = kept.lock().await;
        let now = self.clock.now();
        let usable = kept.token.clone().filter(|token| token.token.expires_on > now);
        if let Some(token) = usable.as_ref().filter(|token| now < token.renew_from) {
            return Ok(bearer(&token.token));
        }
        let lately = kept.refused.as_ref().filter(|(at, _)| usable.is_none() && now - *at < REFUSAL_KEPT_FOR);
        if let Some((_, error)) = lately {
            return Err(error.clone());
        }
        match (self.ask(scope).await, usable) {
            (Ok(token), _) => {
                let value = bearer(&token);
                let renew_from = token.expires_on - RENEW_BEFORE;
                *kept = Scope { token: Some(KeptToken { token, renew_from }), refused: None };
                Ok(value)
            }
            (Err(error), Some(usable)) => {
                tracing::warn!(event = "token_renewal_failed", scope, error = %error, "the token could not be renewed; the last one serves until it expires");
                let value = bearer(&usable.token);
                kept.token = Some(KeptToken { renew_from: now + RENEW_AGAIN_AFTER, ..usable });
                Ok(value)
            }
            (Err(error), None) => {
                kept.refused = Some((self.clock.now(), error.clone()));
                Err(error)
            }
        }
    }

    async fn ask(&self, scope: &str) -> Result<AccessToken, AzureError> {
        let attempted = format!("get a token for {scope}");
        match within(self.clock.as_ref(), TOKEN_TIMEOUT, self.credential.get_token(&[scope], None)).await {
            Some(Ok(token)) => Ok(token),
            Some(Err(error)) => Err(AzureError::new(ErrorKind::NoToken, attempted, without_the_answer(&error))),
            None => {
                let detail = format!("no answer within {} s", TOKEN_TIMEOUT.as_secs());
                Err(AzureError::new(ErrorKind::NoToken, attempted, detail))
            }
        }
    }
}

/// The words of a failure. An answer that holds a token and is not understood must not be quoted, as serde does where it
/// stumbles.
fn without_the_answer(error: &azure_core::Error) -> String {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<serde_json::Error>() {
            return "the answer is not understood".to_owned();
        }
        cause = error.source();
    }
    escaped(&chain(error), 500)
}

fn bearer(token: &AccessToken) -> String {
    format!("Bearer {}", token.token.secret())
}

#[cfg(test)]
mod tests;
