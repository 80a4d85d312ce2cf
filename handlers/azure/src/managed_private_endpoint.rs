//! Whether a service of ours has a managed private endpoint that asks for exactly this target.
//!
//! Services with a managed network make their endpoints in a subscription of Microsoft's, where nobody of ours can read
//! them. What can be read is the service's own side, which lists what it was told to connect to.
//!
//! **What it proves:** somebody who may write to the service told it to connect to this target and group id.
//!
//! **What it does not prove:** that this endpoint is that service's. The two are tied by names alone:
//!
//! - Anybody may give an endpoint of their own such a name, so a rule that relies on this must pin
//!   `requester.subscription` to Microsoft's as well.
//! - In that subscription other customers' services make endpoints, too. A factory's endpoint bears the factory's name,
//!   which is unique in all of Azure (<https://learn.microsoft.com/azure/data-factory/naming-rules>). For AI Search and
//!   Data Explorer only the managed endpoint's own name is compared: a customer who knows it can ask in its place.

use portreeve_decisions::resource_id::ResourceId;
use serde::Deserialize;
use serde_json::Value;

use crate::arm::Arm;
use crate::error::AzureError;

/// One type of service that has managed private endpoints.
struct Service {
    resource_type: &'static str,
    /// Where they are listed, below the service.
    list: &'static str,
    api_version: &'static str,
    name_rule: NameRule,
}

/// How the name of the private endpoint follows from the managed one's.
enum NameRule {
    /// `{service}.{managed endpoint}`.
    Composed,
    /// The managed endpoint's name stands somewhere in it.
    Contained,
}

/// Paths and versions: `factories/managedVirtualNetworks/managedPrivateEndpoints`, `searchServices/sharedPrivateLinkResources`
/// and `clusters/managedPrivateEndpoints` in <https://learn.microsoft.com/azure/templates/>. A factory has one managed
/// network, which is always called `default`. Assumed, because no public page shows it: a factory's endpoint is named as
/// a Synapse workspace's (`samples/arm-connection-pending-managed-synapse.json`), which has the same kind of network. Of
/// the others no more is known than that owners' approval scripts find the endpoint by the managed one's name.
const SERVICES: [Service; 3] = [
    Service {
        resource_type: "Microsoft.DataFactory/factories",
        list: "managedVirtualNetworks/default/managedPrivateEndpoints",
        api_version: "2018-06-01",
        name_rule: NameRule::Composed,
    },
    Service {
        resource_type: "Microsoft.Search/searchServices",
        list: "sharedPrivateLinkResources",
        api_version: "2023-11-01",
        name_rule: NameRule::Contained,
    },
    Service {
        resource_type: "Microsoft.Kusto/clusters",
        list: "managedPrivateEndpoints",
        api_version: "2023-08-15",
        name_rule: NameRule::Contained,
    },
];

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
    /// ids are compared where both sides tell them. `None` where the list cannot be read: the service is gone or not ours
    /// to read, has no managed network, or is of no type that is known here.
    #[cfg_attr(not(test), expect(dead_code, reason = "asked where a rule names the service of a managed endpoint"))]
    pub async fn vouches_for(
        &self,
        service: &ResourceId,
        target: &ResourceId,
        endpoint: &ResourceId,
        group_ids: Option<&[String]>,
    ) -> Result<Option<bool>, AzureError> {
        let Some(row) = SERVICES.iter().find(|row| service.is_type(row.resource_type)) else { return Ok(None) };
        let bodies = match self.list(&format!("{service}/{}", row.list), row.api_version).await {
            Ok(bodies) => bodies,
            Err(error) if error.is_out_of_reach() => return Ok(None),
            Err(error) => return Err(error),
        };
        // One that cannot be understood asks for no resource of ours: a service may also connect to a host name.
        let mut listed = bodies.into_iter().filter_map(managed_endpoint);
        Ok(Some(listed.any(|managed| {
            managed.properties.private_link_resource_id == *target
                && managed.asks_for_one_of(group_ids)
                && row.name_rule.is_kept(service.name(), &managed.name, endpoint.name())
        })))
    }
}

impl ManagedEndpointBody {
    fn asks_for_one_of(&self, group_ids: Option<&[String]>) -> bool {
        let group_id = self.properties.group_id.as_deref().filter(|group_id| !group_id.is_empty());
        match (group_ids, group_id) {
            (Some(group_ids), Some(group_id)) => group_ids.iter().any(|asked| asked.eq_ignore_ascii_case(group_id)),
            (None, _) | (_, None) => true,
        }
    }
}

impl NameRule {
    fn is_kept(&self, service: &str, managed: &str, endpoint: &str) -> bool {
        match self {
            Self::Composed => endpoint.eq_ignore_ascii_case(&format!("{service}.{managed}")),
            Self::Contained => {
                !managed.is_empty() && endpoint.to_ascii_lowercase().contains(&managed.to_ascii_lowercase())
            }
        }
    }
}

fn managed_endpoint(body: Value) -> Option<ManagedEndpointBody> {
    serde_json::from_value(body).ok()
}

#[cfg(test)]
mod tests;
