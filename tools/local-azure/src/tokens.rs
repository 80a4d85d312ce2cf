//! Access tokens: what the identity endpoint issues and what ARM and Service Bus accept.
//!
//! They have the shape of Entra's (three dot-separated base64url parts; the Azure CLI reads `tid` from the second),
//! but the third part is a secret of this run instead of a signature, so a token of another run is refused.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use uuid::Uuid;

/// The tenant that every subscription and token of the local Azure belongs to.
pub const TENANT_ID: &str = "99999999-9999-9999-9999-999999999999";

/// The object id of whoever has a token without being anybody in particular.
const PERSON: &str = "33333333-3333-3333-3333-333333333333";

/// The object id of the app's managed identity: ARM counts its requests apart from people's.
pub const MANAGED_IDENTITY: &str = "77777777-7777-7777-7777-777777777777";

/// Issues and checks the tokens of one running local Azure. Clones share the same secret.
#[derive(Clone, Debug)]
pub struct Tokens {
    secret: String,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { secret: Uuid::new_v4().simple().to_string() }
    }
}

impl Tokens {
    /// A person's token for `audience` (a resource such as `https://management.azure.com`), valid until `expires_on` (Unix
    /// seconds).
    #[must_use]
    pub fn issue(&self, audience: &str, expires_on: i64) -> String {
        self.issue_to(PERSON, audience, expires_on)
    }

    /// The same for the principal with this object id.
    #[must_use]
    pub fn issue_to(&self, principal: &str, audience: &str, expires_on: i64) -> String {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
        // Good from the beginning of time: a caller's clock may be behind, and nothing here asks.
        let claims = json!({
            "aud": audience,
            "iss": format!("https://sts.windows.net/{TENANT_ID}/"),
            "iat": 0,
            "nbf": 0,
            "exp": expires_on,
            "tid": TENANT_ID,
            "oid": principal,
        });
        format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()), self.secret)
    }

    /// The object id in `token`, whoever issued it.
    #[must_use]
    pub fn principal(&self, token: &str) -> Option<String> {
        let (claims, _) = token.split_once('.')?.1.split_once('.')?;
        let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        Some(claims["oid"].as_str()?.to_owned())
    }

    /// The audience that `token` was issued for, or `None` where this run did not issue it or it has expired by `now` (Unix seconds).
    #[must_use]
    pub fn audience(&self, token: &str, now: i64) -> Option<String> {
        let (claims, secret) = token.split_once('.')?.1.split_once('.')?;
        if secret != self.secret {
            return None;
        }
        let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        if claims["exp"].as_i64()? <= now {
            return None;
        }
        Some(claims["aud"].as_str()?.to_owned())
    }
}
