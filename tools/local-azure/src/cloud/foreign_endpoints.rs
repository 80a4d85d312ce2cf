//! Endpoints in subscriptions that the caller cannot read, of Microsoft's services and of a partner: seen from the
//! target's side only.

use serde_json::{Map, json};

use super::{
    arm_error::ArmError,
    group_members,
    ip_version_type::IpVersionType,
    private_endpoint::{Connection, ConnectionRequest, ConnectionStatus, PrivateEndpoint},
    resource::new_etag,
    resource_id::ResourceId,
    state::State,
    subscriptions::{MICROSOFT_SUBSCRIPTION, PARTNER_SUBSCRIPTION},
    target_types::TargetType,
};
use crate::chance::guid;

impl State {
    /// Creates a managed endpoint with a Pending connection on `target_id`. Returns the endpoint's id.
    ///
    /// The resource group has the form that a managed virtual network of Synapse shows. There is no address: the
    /// network is Microsoft's.
    pub fn create_managed_endpoint(
        &mut self,
        target_id: &str,
        group_ids: &[&str],
        endpoint_name: &str,
        request_message: &str,
    ) -> Result<String, ArmError> {
        let group = |location: &str| {
            let short = &MICROSOFT_SUBSCRIPTION[..8];
            format!("/subscriptions/{MICROSOFT_SUBSCRIPTION}/resourceGroups/vnet-{short}-{location}-55-rg")
        };
        self.create_foreign_endpoint(target_id, group_ids, endpoint_name, request_message, group)
    }

    /// Creates an endpoint in the partner's tenant with a Pending connection on `target_id`. Returns the endpoint's id.
    pub fn create_partner_endpoint(
        &mut self,
        target_id: &str,
        group_ids: &[&str],
        endpoint_name: &str,
        request_message: &str,
    ) -> Result<String, ArmError> {
        let group = |_: &str| format!("/subscriptions/{PARTNER_SUBSCRIPTION}/resourceGroups/rg-partner");
        self.create_foreign_endpoint(target_id, group_ids, endpoint_name, request_message, group)
    }

    /// `group` gives the resource group's id for the target's location.
    fn create_foreign_endpoint(
        &mut self,
        target_id: &str,
        group_ids: &[&str],
        endpoint_name: &str,
        request_message: &str,
        group: impl FnOnce(&str) -> String,
    ) -> Result<String, ArmError> {
        let target = self.find_target(target_id).ok_or_else(|| not_a_target(target_id))?;
        let asked: Vec<String> = group_ids.iter().map(|&group_id| group_id.to_owned()).collect();
        let target = self.slot_or_target(target, &asked);
        let target_type = TargetType::find(&target.id.resource_type()).ok_or_else(|| not_a_target(target_id))?;
        let members = group_members::members(self.cloud, target);
        let known = group_members::group_ids(&members);
        if !group_ids.iter().all(|asked| known.iter().any(|known| known.eq_ignore_ascii_case(asked))) {
            return Err(ArmError::bad_request("InvalidGroupId", format!("Unknown group ids {group_ids:?}.")));
        }
        let location = target.text("location").to_owned();
        let target = target.id.clone();
        let id = endpoint_id(&group(&location), endpoint_name)?;
        if self.endpoints.contains_key(&id.key()) {
            return Err(ArmError::new(409, "Conflict", format!("{id} exists already.")));
        }
        let text = id.to_string();
        let guid = guid().to_string();
        let connection = Connection {
            request_name: endpoint_name.to_owned(),
            name: target_type.connection_name(target.name(), endpoint_name, &guid),
            guid,
            status: ConnectionStatus::Pending,
            description: request_message.to_owned(),
            in_progress: None,
            etag: new_etag(),
        };
        let request = ConnectionRequest {
            is_manual: true,
            target_text: target.to_string(),
            group_ids: asked,
            request_message: Some(request_message.to_owned()),
        };
        self.add_foreign(id, target, &location, connection, request);
        Ok(text)
    }

    fn add_foreign(
        &mut self,
        id: ResourceId,
        target: ResourceId,
        location: &str,
        connection: Connection,
        request: ConnectionRequest,
    ) {
        let mut envelope = Map::new();
        envelope.insert("location".into(), json!(location));
        let network = id.sibling("Microsoft.Network", "virtualNetworks", "managed");
        let key = id.key();
        let endpoint = PrivateEndpoint {
            etag: new_etag(),
            guid: guid().to_string(),
            envelope,
            provisioning_state: "Succeeded",
            subnet: network.child("subnets", "managed"),
            interface: id.sibling("Microsoft.Network", "networkInterfaces", "managed"),
            has_custom_interface_name: false,
            request,
            target,
            connection,
            ip_version_type: IpVersionType::default(),
            addresses: Vec::new(),
            zone_group: None,
            is_foreign: true,
            id,
        };
        self.endpoints.insert(key.clone(), endpoint);
        self.finish_create(&key);
    }
}

fn endpoint_id(group: &str, endpoint_name: &str) -> Result<ResourceId, ArmError> {
    ResourceId::parse(&format!("{group}/providers/Microsoft.Network/privateEndpoints/{endpoint_name}"))
        .ok_or_else(|| ArmError::bad_request("InvalidResourceName", format!("Invalid name {endpoint_name}.")))
}

fn not_a_target(id: &str) -> ArmError {
    ArmError::bad_request("InvalidResourceReference", format!("{id} is not a resource that endpoints connect to."))
}
