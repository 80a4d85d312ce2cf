//! `Microsoft.Network/privateEndpoints`: the requester's side, turned from ARM's JSON into facts.

use std::fmt::Display;
use std::net::IpAddr;

use portreeve_decisions::facts::{ConnectionRequest, ConnectionStatus, Endpoint, EndpointName, EndpointSight};
use portreeve_decisions::resource_id::ResourceId;
use serde::Deserialize;
use serde_json::Value;

use crate::arm::Arm;
use crate::error::AzureError;
use crate::location::location_name;

/// The api-version for the Network provider's endpoints, zone groups and interfaces: the oldest one that a current
/// Bicep, CLI or SDK still uses, so every cloud has it.
pub(crate) const NETWORK_API_VERSION: &str = "2024-05-01";

#[derive(Deserialize)]
pub(crate) struct EndpointBody {
    pub id: ResourceId,
    pub location: Option<String>,
    pub properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Properties {
    provisioning_state: Option<String>,
    private_link_service_connections: Option<Vec<RequestBody>>,
    manual_private_link_service_connections: Option<Vec<RequestBody>>,
    subnet: Option<Reference>,
    network_interfaces: Option<Vec<Reference>>,
    custom_dns_configs: Option<Vec<DnsConfig>>,
}

#[derive(Deserialize)]
struct Reference {
    id: String,
}

#[derive(Deserialize)]
struct RequestBody {
    properties: RequestProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestProperties {
    /// The target's id, or the alias of a private link service.
    private_link_service_id: Option<String>,
    group_ids: Option<Vec<String>>,
    request_message: Option<String>,
    private_link_service_connection_state: Option<StateBody>,
}

#[derive(Deserialize)]
struct StateBody {
    #[serde(default)]
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DnsConfig {
    fqdn: Option<String>,
    ip_addresses: Option<Vec<String>>,
}

impl Arm {
    /// Looks at an endpoint. That it is gone or not ours to read is an answer too.
    pub async fn private_endpoint(&self, id: &ResourceId) -> Result<EndpointSight, AzureError> {
        match self.get(id, NETWORK_API_VERSION).await {
            Ok(body) => match endpoint(body)? {
                endpoint if endpoint.id == *id => Ok(EndpointSight::Seen(endpoint)),
                other => Err(not_understood(&format_args!("the answer about {id} is about {}", other.id))),
            },
            Err(error) if error.is_gone() => Ok(EndpointSight::Gone),
            Err(error) if error.is_out_of_reach() => Ok(EndpointSight::Unreadable(error.detail)),
            Err(error) => Err(error),
        }
    }

    /// Whether the endpoint has a DNS zone group.
    pub async fn has_zone_group(&self, endpoint: &ResourceId) -> Result<bool, AzureError> {
        let path = format!("{endpoint}/privateDnsZoneGroups");
        Ok(!self.list(&path, NETWORK_API_VERSION).await?.is_empty())
    }
}

fn endpoint(body: Value) -> Result<Endpoint, AzureError> {
    let body: EndpointBody = serde_json::from_value(body).map_err(|error| not_understood(&error))?;
    Ok(endpoint_of(body))
}

fn not_understood(why: &impl Display) -> AzureError {
    AzureError::not_understood("read a private endpoint", why)
}

/// The facts that a body tells.
pub(crate) fn endpoint_of(body: EndpointBody) -> Endpoint {
    let properties = body.properties;
    let automatic = properties.private_link_service_connections.unwrap_or_default().into_iter();
    let manual = properties.manual_private_link_service_connections.unwrap_or_default();
    let requests = automatic.chain(manual).map(request).collect();
    let names = properties.custom_dns_configs.unwrap_or_default().into_iter().filter_map(|config| {
        let addresses = config.ip_addresses.unwrap_or_default();
        let addresses = addresses.iter().filter_map(|address| address.parse::<IpAddr>().ok()).collect();
        Some(EndpointName { fqdn: dns_name(&config.fqdn?), addresses })
    });
    let interfaces = properties.network_interfaces.unwrap_or_default();
    Endpoint {
        id: body.id,
        location: body.location.as_deref().and_then(location_name),
        provisioning_state: properties.provisioning_state.unwrap_or_default(),
        requests,
        virtual_network: properties.subnet.and_then(|subnet| ResourceId::parse(&subnet.id).ok()?.parent()),
        network_interfaces: interfaces.iter().filter_map(|reference| ResourceId::parse(&reference.id).ok()).collect(),
        names: names.collect(),
    }
}

fn request(body: RequestBody) -> ConnectionRequest {
    let properties = body.properties;
    let status = properties.private_link_service_connection_state.map(|state| state.status).unwrap_or_default();
    ConnectionRequest {
        target: properties.private_link_service_id.and_then(|id| ResourceId::parse(&id).ok()),
        group_ids: properties.group_ids.unwrap_or_default(),
        status: ConnectionStatus::parse(&status),
        message: properties.request_message.filter(|message| !message.is_empty()),
    }
}

/// A name as facts have it: lower case, no trailing dot.
pub(crate) fn dns_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
