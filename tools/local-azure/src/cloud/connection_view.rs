//! What a GET of a connection on the target's side shows. Each type leaves something out or adds something.

use serde_json::{Value, json};

use super::{
    endpoint_view,
    private_endpoint::{Connection, PrivateEndpoint},
    resource_id::ResourceId,
    target_types::TargetType,
};

/// The connection as the target's type shows it.
#[must_use]
pub fn view(target_type: &TargetType, target: &ResourceId, endpoint: &PrivateEndpoint) -> Value {
    let connection = &endpoint.connection;
    let id = target.child("privateEndpointConnections", &connection.name);
    let mut state = json!({ "status": connection.status.as_str(), "description": connection.description });
    if !target_type.actions_field.is_empty() {
        state[target_type.actions_field.as_str()] = json!("None");
    }
    let mut view = json!({
        "id": id.to_string(),
        "name": connection.name,
        "type": format!("{}/privateEndpointConnections", target_type.resource_type),
        "properties": {
            "privateEndpoint": { "id": endpoint.id.to_string() },
            "privateLinkServiceConnectionState": state,
        },
    });
    if let Some(state) = provisioning_state(target_type, connection) {
        view["properties"]["provisioningState"] = json!(state);
    }
    for field in &target_type.extra_fields {
        add_extra_field(&mut view, field, endpoint);
    }
    view
}

/// Nothing for types that have none.
fn provisioning_state<'a>(target_type: &'a TargetType, connection: &Connection) -> Option<&'a str> {
    if let Some(word) = connection.in_progress.filter(|word| !word.is_empty()) {
        return Some(word);
    }
    match target_type.terminal_state.as_str() {
        "" => None,
        "{status}" => Some(connection.status.as_str()),
        state => Some(state),
    }
}

fn add_extra_field(view: &mut Value, field: &str, endpoint: &PrivateEndpoint) {
    let location = endpoint.envelope.get("location").cloned().unwrap_or_default();
    let properties = &mut view["properties"];
    match field {
        "groupIds" => properties["groupIds"] = json!(endpoint.request.group_ids),
        "groupId" => properties["groupId"] = json!(endpoint.request.group_ids.first()),
        "linkIdentifier" => properties["linkIdentifier"] = json!(link_identifier(&endpoint.connection.guid)),
        "privateEndpointLocation" => properties["privateEndpointLocation"] = location,
        "ipAddresses" => {
            let addresses = endpoint.addresses.iter().map(|entry| entry.address.to_string());
            properties["ipAddresses"] = addresses.collect();
        }
        "privateEndpoint" => properties["privateEndpoint"] = endpoint_view::view(endpoint),
        "privateLinkConnectionTags" => properties["privateLinkConnectionTags"] = json!({}),
        "etag" | "eTag" => view[field] = json!(endpoint.connection.etag),
        "tags" => view["tags"] = json!({}),
        // The schemas have them, and services leave them empty.
        "kind" | "sku" | "identity" => view[field] = Value::Null,
        "location" => view["location"] = location,
        other => unreachable!("target_types.csv names the extra field {other}, which nothing here shows"),
    }
}

/// A number that private link services receive with each connection (proxy protocol v2); any stable one will do.
fn link_identifier(guid: &str) -> String {
    let digits = guid.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    (digits & 0x7fff_ffff).to_string()
}
