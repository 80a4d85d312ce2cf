//! Access tokens: what the identity endpoint issues and what ARM and Service Bus accept.
//!
//! They have the shape of Entra's (three dot-separated base64url parts; the Azure CLI reads `tid` from the second),
//! but the third part is a secret of this run instead of a signature, so a token of another run is refused.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use uuid::Uuid;

/// The tenant that every subscription and token of the local Azure belongs to.
pub const TENANT_ID: &str = "99999999-9999-9999-9999-999999999999";

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
    /// A token for `audience` (a resource such as `https://management.azure.com`), valid until `expires_on` (Unix seconds).
    #[must_use]
    pub fn issue(&self, audience: &str, expires_on: i64) -> String {
        let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#);
        // Good from the beginning of time: a caller's clock may be behind, and nothing here asks.
        let claims = json!({
            "aud": audience,
            "iss": format!("https://sts.windows.net/{TENANT_ID}/"),
            "iat": 0,
            "nbf": 0,
            "exp": expires_on,
            "tid": TENANT_ID,
            "oid": "33333333-3333-3333-3333-333333333333",
        });
        format!("{header}.{}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()), self.secret)
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
