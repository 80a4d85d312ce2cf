//! Whether a Data Factory of ours has a managed private endpoint that asks for exactly this target.
//!
//! A factory with a managed network makes its endpoints in a subscription of Microsoft's, where nobody of ours can read
//! them. What can be read is the factory's own side, which lists what it was told to connect to.
//!
//! **What it proves:** somebody who may write to the factory told it to connect to this target and group id.
//!
//! **What it does not prove:** that this endpoint is that factory's. The two are tied by names alone:
//!
//! - Anybody may give an endpoint of their own such a name, so a rule that relies on this must pin
//!   `requester.subscription` to Microsoft's as well.
//! - In that subscription other customers' factories make endpoints, too, but the endpoint bears the factory's name, which
//!   is unique in all of Azure (<https://learn.microsoft.com/azure/data-factory/naming-rules>).
//!
//! The second is why no other service is asked. Of the endpoints of AI Search and Data Explorer no more is known than that
//! the managed endpoint's own name stands somewhere in theirs, and every customer may choose that name.

use portreeve_decisions::resource_id::ResourceId;
use serde::Deserialize;
use serde_json::Value;

use crate::arm::Arm;
use crate::error::AzureError;

/// The one type of service that is asked.
const FACTORY: &str = "Microsoft.DataFactory/factories";
/// Where a factory lists them: it has one managed network, which is always called `default`
/// (<https://learn.microsoft.com/azure/templates/microsoft.datafactory/factories/managedvirtualnetworks/managedprivateendpoints>).
const LIST: &str = "managedVirtualNetworks/default/managedPrivateEndpoints";
/// The only stable one.
const API_VERSION: &str = "2018-06-01";

#[derive(Deserialize)]
struct ManagedEndpointBody {
    name: String,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    private_link_resource_id: ResourceId,
    group_id: Option<String>,
}

impl Arm {
    /// Whether `service` lists a managed private endpoint that asks for `target`, and by whose name `endpoint` goes. Group
    /// ids, where both sides tell them, must all be the service's. `None` where the list cannot be read: the service is
    /// gone or not ours to read, has no managed network, or is no Data Factory.
    pub async fn vouches_for(
        &self,
        service: &ResourceId,
        target: &ResourceId,
        endpoint: &ResourceId,
        group_ids: Option<&[String]>,
    ) -> Result<Option<bool>, AzureError> {
        if !service.is_type(FACTORY) {
            return Ok(None);
        }
        let bodies = match self.list(&format!("{service}/{LIST}"), API_VERSION).await {
            Ok(bodies) => bodies,
            Err(error) if error.is_out_of_reach() => return Ok(None),
            Err(error) => return Err(error),
        };
        // One that cannot be understood asks for no resource of ours: a factory may also connect to a host name.
        let mut listed = bodies.into_iter().filter_map(managed_endpoint);
        Ok(Some(listed.any(|managed| {
            managed.properties.private_link_resource_id == *target
                && managed.asks_for_all_of(group_ids)
                && endpoint.name().eq_ignore_ascii_case(&endpoint_name(service, &managed.name))
        })))
    }
}

/// Assumed, because no public page shows it: a factory's endpoint is named as a Synapse workspace's
/// (`samples/arm-connection-pending-managed-synapse.json`), which has the same kind of network.
fn endpoint_name(factory: &ResourceId, managed: &str) -> String {
    format!("{}.{managed}", factory.name())
}

impl ManagedEndpointBody {
    fn asks_for_all_of(&self, group_ids: Option<&[String]>) -> bool {
        let group_id = self.properties.group_id.as_deref().filter(|group_id| !group_id.is_empty());
        match (group_ids, group_id) {
            (Some(group_ids), Some(group_id)) => {
                !group_ids.is_empty() && group_ids.iter().all(|asked| asked.eq_ignore_ascii_case(group_id))
            }
            // Nobody but us can read the endpoint's own, and many targets do not repeat them.
            (None, _) | (_, None) => true,
        }
    }
}

fn managed_endpoint(body: Value) -> Option<ManagedEndpointBody> {
    serde_json::from_value(body).ok()
}

#[cfg(test)]
mod tests;
