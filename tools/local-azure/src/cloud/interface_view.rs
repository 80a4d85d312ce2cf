//! What a GET of an endpoint's network interface shows.

use serde_json::{Value, json};

use super::{
    ip_version_type::family,
    private_endpoint::{EndpointAddress, InterfaceConfiguration, PrivateEndpoint},
};

/// The interface as ARM shows it. It has its addresses from the beginning, the names only once approved.
#[must_use]
pub fn view(endpoint: &PrivateEndpoint) -> Value {
    let configurations: Vec<Value> = endpoint
        .addresses
        .iter()
        .flat_map(|entry| entry.configurations.iter().map(move |shown| (entry, shown)))
        .enumerate()
        .map(|(index, (entry, shown))| configuration(endpoint, entry, shown, index == 0))
        .collect();
    json!({
        "id": endpoint.interface.to_string(),
        "name": endpoint.interface.name(),
        "type": "Microsoft.Network/networkInterfaces",
        "location": endpoint.envelope.get("location"),
        "etag": format!("W/\"{}\"", endpoint.etag),
        "kind": "Regular",
        "properties": {
            "provisioningState": "Succeeded",
            "resourceGuid": endpoint.guid,
            "privateEndpoint": { "id": endpoint.id.to_string() },
            "ipConfigurations": configurations,
            "dnsSettings": { "dnsServers": [], "appliedDnsServers": [] },
            "enableAcceleratedNetworking": false,
            "enableIPForwarding": false,
            "nicType": "Standard",
        },
    })
}

fn configuration(
    endpoint: &PrivateEndpoint,
    entry: &EndpointAddress,
    shown: &InterfaceConfiguration,
    is_primary: bool,
) -> Value {
    let name = format!("privateEndpointIpConfig.{}", shown.guid);
    let fqdns: Vec<&str> = if endpoint.is_approved() { entry.member.reported_fqdns().collect() } else { Vec::new() };
    let method = if entry.static_configuration.is_some() { "Static" } else { "Dynamic" };
    json!({
        "name": name,
        "id": endpoint.interface.child("ipConfigurations", &name).to_string(),
        "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
        "etag": format!("W/\"{}\"", endpoint.etag),
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAddress": shown.address,
            "privateIPAddressVersion": family(shown.address),
            "privateIPAllocationMethod": method,
            "primary": is_primary,
            "subnet": { "id": endpoint.subnet.to_string() },
            "privateLinkConnectionProperties": {
                "groupId": entry.member.group_id,
                "requiredMemberName": entry.member.name,
                "fqdns": fqdns,
            },
        },
    })
}
