//! The body of a PUT on a private endpoint: read here, checked against the rest of the world elsewhere.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value, json};

use super::{
    addresses, arm_error::ArmError, group_members::GroupMember, ip_version_type::IpVersionType,
    private_endpoint::ConnectionRequest, resource, resource_id::ResourceId, subscriptions::normal_location,
};

/// Longest request message, from the schema of `Microsoft.Network/privateEndpoints`.
const MAX_REQUEST_MESSAGE: usize = 140;

/// What the caller asks for.
#[derive(Clone, Debug)]
pub struct EndpointRequest {
    /// `location` and `tags`.
    pub envelope: Map<String, Value>,
    /// The subnet's id as typed.
    pub subnet: ResourceId,
    /// The connection's name on the endpoint's side.
    pub request_name: String,
    /// The connection.
    pub connection: ConnectionRequest,
    /// `ipVersionType`, where it is said.
    pub ip_version_type: Option<IpVersionType>,
    /// Addresses that the caller chose.
    pub static_configurations: Vec<StaticConfiguration>,
    /// `customNetworkInterfaceName`.
    pub custom_interface_name: Option<String>,
}

/// One entry of `ipConfigurations`.
#[derive(Clone, Debug)]
pub struct StaticConfiguration {
    /// The entry's name.
    pub name: String,
    /// The group id that the address is for.
    pub group_id: String,
    /// The member that the address is for.
    pub member_name: String,
    /// The address, moved to loopback.
    pub address: Ipv4Addr,
}

impl StaticConfiguration {
    /// Whether this address was chosen for `member`.
    #[must_use]
    pub fn is_for(&self, member: &GroupMember) -> bool {
        self.group_id.eq_ignore_ascii_case(&member.group_id) && self.member_name.eq_ignore_ascii_case(&member.name)
    }
}

impl EndpointRequest {
    /// Reads a body. Members that only Azure writes are ignored, because the CLI sends the whole observed body back.
    pub fn parse(id: &ResourceId, body: &Map<String, Value>) -> Result<Self, ArmError> {
        let properties = Value::Object(resource::properties(body)?);
        let subnet = properties["subnet"]["id"].as_str().unwrap_or_default();
        let subnet =
            ResourceId::parse(subnet).ok_or_else(|| invalid("The property 'subnet.id' is missing or invalid."))?;
        let (request_name, connection) = connection(id, &properties)?;
        Ok(Self {
            envelope: envelope(body)?,
            subnet,
            request_name,
            connection,
            ip_version_type: IpVersionType::parse(&properties["ipVersionType"])?,
            static_configurations: static_configurations(&properties["ipConfigurations"])?,
            custom_interface_name: text(&properties["customNetworkInterfaceName"]),
        })
    }
}

fn envelope(body: &Map<String, Value>) -> Result<Map<String, Value>, ArmError> {
    let location = body.get("location").and_then(Value::as_str).map(normal_location);
    let location = location.ok_or_else(|| {
        ArmError::bad_request("LocationRequired", "The location property is required for this definition.")
    })?;
    let mut envelope = Map::new();
    envelope.insert("location".into(), json!(location));
    if let Some(tags) = body.get("tags").filter(|tags| tags.is_object()) {
        envelope.insert("tags".into(), tags.clone());
    }
    Ok(envelope)
}

/// Exactly one connection in exactly one of the two lists; the other may be absent or empty.
fn connection(id: &ResourceId, properties: &Value) -> Result<(String, ConnectionRequest), ArmError> {
    let list = |name: &str| properties[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let (is_manual, item) = match (list("privateLinkServiceConnections"), list("manualPrivateLinkServiceConnections")) {
        ([item], []) => (false, item),
        ([], [item]) => (true, item),
        _ => {
            let message = format!(
                "Private endpoint {id} must have exactly one connection, in privateLinkServiceConnections or in manualPrivateLinkServiceConnections."
            );
            return Err(ArmError::bad_request("InvalidPrivateEndpointConnections", message));
        }
    };
    let name = text(&item["name"]).ok_or_else(|| invalid("The connection has no name."))?;
    let item = &item["properties"];
    let request_message = text(&item["requestMessage"]);
    if request_message.as_ref().is_some_and(|message| message.chars().count() > MAX_REQUEST_MESSAGE) {
        return Err(invalid("The property 'requestMessage' is longer than 140 characters."));
    }
    let target_text = text(&item["privateLinkServiceId"])
        .ok_or_else(|| invalid("The property 'privateLinkServiceId' is missing."))?;
    let group_ids = item["groupIds"].as_array().map(Vec::as_slice).unwrap_or_default();
    let group_ids = group_ids.iter().filter_map(|group_id| group_id.as_str().map(str::to_owned)).collect();
    Ok((name, ConnectionRequest { is_manual, target_text, group_ids, request_message }))
}

fn static_configurations(list: &Value) -> Result<Vec<StaticConfiguration>, ArmError> {
    let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().map(static_configuration).collect()
}

fn static_configuration(entry: &Value) -> Result<StaticConfiguration, ArmError> {
    let properties = &entry["properties"];
    let address = properties["privateIPAddress"].as_str().and_then(|text| text.parse::<IpAddr>().ok());
    let address = address.and_then(addresses::chosen).ok_or_else(|| {
        invalid("The property 'privateIPAddress' is not an IPv4 address or one in the form '::ffff:10.1.1.4'.")
    })?;
    Ok(StaticConfiguration {
        name: text(&entry["name"]).ok_or_else(|| invalid("An entry of 'ipConfigurations' has no name."))?,
        group_id: text(&properties["groupId"]).unwrap_or_default(),
        member_name: text(&properties["memberName"]).unwrap_or_default(),
        address,
    })
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn invalid(message: &str) -> ArmError {
    ArmError::bad_request("InvalidRequestFormat", message)
}
