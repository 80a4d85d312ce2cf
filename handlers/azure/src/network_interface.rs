//! `Microsoft.Network/networkInterfaces` of endpoints: whose they are, and the names and addresses that they carry.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portreeve_decisions::facts::EndpointName;
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
        let configurations = body.pointer("/properties/ipConfigurations").and_then(Value::as_array);
        for configuration in configurations.into_iter().flatten() {
            let address = configuration.pointer("/properties/privateIPAddress").and_then(Value::as_str);
            let Some(address) = address.and_then(|address| address.parse().ok()) else { continue };
            let fqdns =
                configuration.pointer("/properties/privateLinkConnectionProperties/fqdns").and_then(Value::as_array);
            for fqdn in fqdns.into_iter().flatten().filter_map(Value::as_str) {
                names.entry(dns_name(fqdn)).or_default().push(address);
            }
        }
        Ok(names.into_iter().map(|(fqdn, addresses)| EndpointName { fqdn, addresses }).collect())
    }
}
