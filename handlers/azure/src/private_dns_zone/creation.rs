//! Makes a zone and links it to a network. It never changes a zone or a link that is there.
//!
//! Both are written only where there is none, so that it may run twice, at once, or be killed in between: whoever runs
//! next finds the zone new, which is ours and empty, and goes on with the link. Any other zone is not ours to link.

use portreeve_decisions::resource_id::ResourceId;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{DNS_API_VERSION, MANAGED_BY, id_at, is_new};
use crate::arm::{Arm, Condition};
use crate::error::{AzureError, ErrorKind};

/// A link's name has at most 80 characters
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>); a hyphen and the hash
/// take 9.
const NETWORK_NAME_MAX_CHARS: usize = 71;
/// Networks of one name in several groups are few; four bytes keep them apart.
const HASH_BYTES: usize = 4;

impl Arm {
    /// Sees to it that the zone exists and is linked to the network. Both are long-running operations, and both have
    /// ended when it returns. A zone that another run of ours made first, and died before linking it, is as good.
    ///
    /// # Errors
    /// Where either is not so. A network that is linked to another zone of the same name is one such case: Azure allows
    /// one (<https://learn.microsoft.com/azure/private-link/private-link-faq>). A zone that turns out to be there otherwise is
    /// a conflict: what it is good for is decided by another look.
    pub async fn create_zone(&self, zone: &ResourceId, network: &ResourceId) -> Result<(), AzureError> {
        let body = json!({ "location": "global", "tags": tags() });
        match self.put(zone, DNS_API_VERSION, &body, Condition::Absent).await {
            Ok(_) => {}
            Err(error) if is_there(&error) => self.see_that_it_is_half_made(zone).await?,
            Err(error) => return Err(error),
        }
        self.link(zone, network).await
    }

    async fn see_that_it_is_half_made(&self, zone: &ResourceId) -> Result<(), AzureError> {
        let detail = match self.get(zone, DNS_API_VERSION).await {
            Ok(body) if is_new(&body) && body["properties"]["numberOfVirtualNetworkLinks"] == 0 => return Ok(()),
            Ok(_) => "there is one that is in use, so it is not ours to link",
            Err(error) if error.kind == ErrorKind::NotFound => "somebody is making or deleting it",
            Err(error) => return Err(error),
        };
        Err(AzureError::new(ErrorKind::Conflict, format!("create {zone}"), detail))
    }

    async fn link(&self, zone: &ResourceId, network: &ResourceId) -> Result<(), AzureError> {
        let body = json!({
            "location": "global",
            "tags": tags(),
            "properties": { "virtualNetwork": { "id": network }, "registrationEnabled": false },
        });
        let id = link_id(zone, network)?;
        let Err(error) = self.put(&id, DNS_API_VERSION, &body, Condition::Absent).await else { return Ok(()) };
        // A network has one link to a zone at most, whatever its name: under another one it is refused.
        let may_be_linked = is_there(&error) || matches!(error.kind, ErrorKind::Conflict | ErrorKind::Refused);
        if may_be_linked && self.is_linked(zone, network).await? {
            return Ok(());
        }
        // The operation's way to say that the network is linked to another zone of that name. Time will not cure it.
        let kind = if error.code.as_deref() == Some("BadRequest") { ErrorKind::Refused } else { error.kind };
        Err(AzureError { kind, ..error })
    }

    async fn is_linked(&self, zone: &ResourceId, network: &ResourceId) -> Result<bool, AzureError> {
        let links = self.list(&format!("{zone}/virtualNetworkLinks"), DNS_API_VERSION).await?;
        Ok(links.iter().any(|link| id_at(link, "/properties/virtualNetwork/id").as_ref() == Some(network)))
    }
}

/// Whether a write was refused because the resource is there. The operation may find that only when it is under way.
fn is_there(error: &AzureError) -> bool {
    error.kind == ErrorKind::PreconditionFailed || error.code.as_deref() == Some("PreconditionFailed")
}

fn tags() -> serde_json::Value {
    json!({ MANAGED_BY.0: MANAGED_BY.1 })
}

fn link_id(zone: &ResourceId, network: &ResourceId) -> Result<ResourceId, AzureError> {
    let id = zone.child("virtualNetworkLinks", &link_name(network));
    id.map_err(|error| AzureError::new(ErrorKind::Refused, format!("name the link of {network}"), error.to_string()))
}

/// The network's name, for people, and a hash of its whole id. A network's own name may have the same characters as a
/// link's; whatever else might stand in an id is left out.
fn link_name(network: &ResourceId) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || "-_.".contains(*c);
    let name: String = network.name().chars().filter(is_plain).take(NETWORK_NAME_MAX_CHARS).collect();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    let name = if name.is_empty() { "network" } else { &name };
    let digest = Sha256::digest(network.key());
    let hash: String = digest.iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("{name}-{hash}")
}

#[cfg(test)]
mod tests;
