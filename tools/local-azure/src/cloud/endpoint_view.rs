//! What a GET of a private endpoint shows.

use serde_json::{Value, json};

use super::private_endpoint::{EndpointAddress, PrivateEndpoint};

/// The endpoint as ARM shows it.
#[must_use]
pub fn view(endpoint: &PrivateEndpoint) -> Value {
    let connections = json!([connection(endpoint)]);
    let (automatic, manual) =
        if endpoint.request.is_manual { (json!([]), connections) } else { (connections, json!([])) };
    let mut view = endpoint.envelope.clone();
    view.insert("id".into(), json!(endpoint.id.to_string()));
    view.insert("name".into(), json!(endpoint.id.name()));
    view.insert("type".into(), json!("Microsoft.Network/privateEndpoints"));
    view.insert("etag".into(), json!(format!("W/\"{}\"", endpoint.etag)));
    view.insert(
        "properties".into(),
        json!({
            "provisioningState": endpoint.provisioning_state,
            "resourceGuid": endpoint.guid,
            "privateLinkServiceConnections": automatic,
            "manualPrivateLinkServiceConnections": manual,
            "customNetworkInterfaceName": custom_interface_name(endpoint),
            "subnet": { "id": endpoint.subnet.to_string() },
            "ipConfigurations": static_configurations(&endpoint.addresses),
            "networkInterfaces": [{ "id": endpoint.interface.to_string() }],
            "customDnsConfigs": custom_dns_configs(endpoint),
            "ipVersionType": endpoint.ip_version_type.as_str(),
        }),
    );
    Value::Object(view)
}

/// The requester's side of the connection; it mirrors the owner's decision.
fn connection(endpoint: &PrivateEndpoint) -> Value {
    let request = &endpoint.request;
    let list = if request.is_manual { "manualPrivateLinkServiceConnections" } else { "privateLinkServiceConnections" };
    let mut properties = json!({
        "provisioningState": "Succeeded",
        "privateLinkServiceId": request.target_text,
        "groupIds": request.group_ids,
        "privateLinkServiceConnectionState": {
            "status": endpoint.connection.status.as_str(),
            "description": endpoint.connection.description,
            "actionsRequired": "None",
        },
    });
    if let Some(message) = &request.request_message {
        properties["requestMessage"] = json!(message);
    }
    json!({
        "name": endpoint.connection.request_name,
        "id": endpoint.id.child(list, &endpoint.connection.request_name).to_string(),
        "type": format!("Microsoft.Network/privateEndpoints/{list}"),
        "etag": format!("W/\"{}\"", endpoint.etag),
        "properties": properties,
    })
}

/// Empty while a zone group exists: Azure then writes the records itself and shows no names (azure-cli#16598).
fn custom_dns_configs(endpoint: &PrivateEndpoint) -> Vec<Value> {
    if endpoint.zone_group.is_some() {
        return Vec::new();
    }
    endpoint.names().map(|(fqdn, addresses)| json!({ "fqdn": fqdn, "ipAddresses": addresses })).collect()
}

fn static_configurations(addresses: &[EndpointAddress]) -> Vec<Value> {
    let configuration = |entry: &EndpointAddress| {
        let name = entry.static_configuration.as_ref()?;
        Some(json!({ "name": name, "properties": {
            "groupId": entry.member.group_id,
            "memberName": entry.member.name,
            "privateIPAddress": entry.shown().next(),
        }}))
    };
    addresses.iter().filter_map(configuration).collect()
}

fn custom_interface_name(endpoint: &PrivateEndpoint) -> &str {
    if endpoint.has_custom_interface_name { endpoint.interface.name() } else { "" }
}
