//! The tenant of a subscription, ours to read or not.
//!
//! A subscription of ours tells its `tenantId`. (Assumed: for one that is only delegated to us, too, it is the owner's
//! tenant, which the Azure CLI calls the home tenant.) About any other one ARM tells the tenant to whoever asks without a
//! token: the refusal's `WWW-Authenticate` names the authority to get one from, `Bearer authorization_uri="https://login.windows.net/{tenant}", error="invalid_token", …`
//! (<https://learn.microsoft.com/azure/azure-resource-manager/management/resource-manager-api-authentication>).
//! Nothing is sent to that authority, and no token is sent with that question.

use portreeve_decisions::resource_id::is_guid;
use serde_json::Value;

use crate::arm::Arm;
use crate::error::{AzureError, ErrorKind};
use crate::transport::Answer;

/// The api-version for subscriptions; the Azure CLI's own.
const SUBSCRIPTIONS_API_VERSION: &str = "2022-12-01";

impl Arm {
    /// The tenant that a subscription belongs to, in lower case; `None` where ARM does not say.
    ///
    /// # Errors
    /// Only where asking later may help.
    pub async fn tenant_of(&self, subscription: &str) -> Result<Option<String>, AzureError> {
        if !is_guid(subscription) {
            return Ok(None);
        }
        let path = format!("/subscriptions/{subscription}");
        match self.get_path(&path, SUBSCRIPTIONS_API_VERSION).await {
            Ok(body) => return Ok(body.get("tenantId").and_then(Value::as_str).and_then(tenant)),
            // Not ours to read, or our token is of another tenant.
            Err(error) if error.is_out_of_reach() || error.kind == ErrorKind::NoToken => {}
            Err(error) if error.kind == ErrorKind::Refused => return Ok(None),
            Err(error) => return Err(error),
        }
        let refusal = self.get_as_nobody(&path, SUBSCRIPTIONS_API_VERSION).await?;
        Ok(tenant_in(&refusal))
    }
}

/// The tenant that a refusal names. Of its authority only the tenant is read: whose host it is does not matter here.
fn tenant_in(refusal: &Answer) -> Option<String> {
    if refusal.status != 401 {
        return None;
    }
    let (_, rest) = refusal.header("www-authenticate")?.split_once("authorization_uri=\"https://")?;
    let (authority, _) = rest.split_once('"')?;
    let (_host, path) = authority.split_once('/')?;
    tenant(path.strip_suffix('/').unwrap_or(path))
}

fn tenant(text: &str) -> Option<String> {
    is_guid(text).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
