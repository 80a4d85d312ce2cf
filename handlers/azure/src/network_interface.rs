//! `Microsoft.Network/networkInterfaces` of endpoints: whose they are, and the names and addresses that they carry.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portreeve_decisions::facts::{Endpoint, EndpointName};
use portreeve_decisions::resource_id::ResourceId;
use serde_json::Value;

use crate::arm::Arm;
use crate::error::AzureError;
use crate::private_endpoint::{NETWORK_API_VERSION, dns_name};

impl Arm {
    /// The endpoint that an interface belongs to; `None` where it is not an endpoint's, is gone or is not ours to read.
    pub async fn endpoint_of_interface(&self, interface: &ResourceId) -> Result<Option<ResourceId>, AzureError> {
        match self.get(interface, NETWORK_API_VERSION).await {
            Ok(body) => {
                let id = body.pointer("/properties/privateEndpoint/id").and_then(Value::as_str);
                Ok(id.and_then(|id| ResourceId::parse(id).ok()))
            }
            Err(error) if error.is_out_of_reach() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names and addresses on an interface. They are there too while a zone group keeps the endpoint's own list empty.
    pub async fn names_on_interface(&self, interface: &ResourceId) -> Result<Vec<EndpointName>, AzureError> {
        let body = self.get(interface, NETWORK_API_VERSION).await?;
        let mut names: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
        for (address, configuration) in configurations(&body) {
            let fqdns =
                configuration.pointer("/properties/privateLinkConnectionProperties/fqdns").and_then(Value::as_array);
            for fqdn in fqdns.into_iter().flatten().filter_map(Value::as_str) {
                names.entry(dns_name(fqdn)).or_default().push(address);
            }
        }
        Ok(names.into_iter().map(|(fqdn, addresses)| EndpointName { fqdn, addresses }).collect())
    }

    /// An endpoint's addresses, each once: those of its names, or else those on its interfaces. An endpoint that is still
    /// Pending has no names and often an interface without any, but its addresses are there from the beginning.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "read where a rule or a check asks for addresses before approval")
    )]
    pub async fn addresses_of(&self, endpoint: &Endpoint) -> Result<Vec<IpAddr>, AzureError> {
        let mut all: Vec<IpAddr> = endpoint.names.iter().flat_map(|name| name.addresses.iter().copied()).collect();
        if all.is_empty() {
            for interface in &endpoint.network_interfaces {
                let body = self.get(interface, NETWORK_API_VERSION).await?;
                all.extend(configurations(&body).map(|(address, _)| address));
            }
        }
        let mut addresses = Vec::new();
        for address in all {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }
}

/// The entries of `ipConfigurations` that have an address, with it.
fn configurations(interface: &Value) -> impl Iterator<Item = (IpAddr, &Value)> {
    let entries = interface.pointer("/properties/ipConfigurations").and_then(Value::as_array);
    entries.into_iter().flatten().filter_map(|entry| {
        let address = entry.pointer("/properties/privateIPAddress")?.as_str()?;
        Some((address.parse().ok()?, entry))
    })
}

#[cfg(test)]
mod tests;
