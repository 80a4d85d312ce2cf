//! The life of a private endpoint: created with a request to its target, updated, deleted with all that hangs on it.

use serde_json::{Map, Value};

use super::{
    arm_error::ArmError,
    effects::AddressChange,
    endpoint_request::EndpointRequest,
    private_endpoint::{Connection, ConnectionRequest, ConnectionStatus, PrivateEndpoint},
    resource::new_etag,
    resource_id::ResourceId,
    state::State,
    target_types::TargetType,
};
use crate::chance::guid;

impl State {
    /// Begins to create or update an endpoint. Returns whether it is new, and the operation's id.
    pub fn put_endpoint(&mut self, id: &ResourceId, body: &Map<String, Value>) -> Result<(bool, String), ArmError> {
        let group = self.group_of(id)?.name.clone();
        let request = EndpointRequest::parse(id, body)?;
        if let Some(existing) = self.endpoints.get(&id.key()) {
            check_update(existing, &request)?;
            return Ok((false, self.begin_update(&id.key(), request)));
        }
        let endpoint = self.new_endpoint(id.clone().in_group(&group), request)?;
        Ok((true, self.begin_create(endpoint)))
    }

    /// Begins to delete an endpoint. `None` where there is none.
    pub fn delete_endpoint(&mut self, id: &ResourceId) -> Result<Option<String>, ArmError> {
        let key = id.key();
        let Some(endpoint) = self.endpoints.get_mut(&key) else { return Ok(None) };
        if endpoint.provisioning_state != "Succeeded" {
            return Err(ArmError::another_operation(id));
        }
        endpoint.provisioning_state = "Deleting";
        Ok(Some(self.begin(None, move |state| {
            state.remove_endpoint(&key);
            Ok(())
        })))
    }

    /// An endpoint that must be there.
    pub fn endpoint(&self, id: &ResourceId) -> Result<&PrivateEndpoint, ArmError> {
        self.group_of(id)?;
        self.endpoints.get(&id.key()).ok_or_else(|| ArmError::resource_not_found(id))
    }

    /// Reserves addresses and builds the endpoint as it is while its creation is in progress.
    pub fn new_endpoint(&mut self, id: ResourceId, request: EndpointRequest) -> Result<PrivateEndpoint, ArmError> {
        let location = request.envelope["location"].as_str().unwrap_or_default();
        let range = self.subnet_range(&id, &request.subnet, location)?;
        let (target, members) = self.requested_members(&id, &request.connection)?;
        let request = shown(request, &target);
        let addresses = self.allocate(range, &request, members)?;
        let interface_name =
            request.custom_interface_name.clone().unwrap_or_else(|| format!("{}.nic.{}", id.name(), guid()));
        Ok(PrivateEndpoint {
            etag: new_etag(),
            guid: guid().to_string(),
            envelope: request.envelope,
            provisioning_state: "Updating",
            interface: id.sibling("Microsoft.Network", "networkInterfaces", &interface_name),
            has_custom_interface_name: request.custom_interface_name.is_some(),
            subnet: request.subnet,
            connection: new_connection(&id, &target, request.request_name, &request.connection),
            request: request.connection,
            target,
            ip_version_type: request.ip_version_type.unwrap_or_default(),
            addresses,
            zone_group: None,
            is_foreign: false,
            id,
        })
    }

    fn begin_create(&mut self, endpoint: PrivateEndpoint) -> String {
        let key = endpoint.id.key();
        let id = endpoint.id.to_string();
        self.interfaces.insert(endpoint.interface.key(), key.clone());
        self.endpoints.insert(key.clone(), endpoint);
        self.begin(Some(id), move |state| {
            state.finish_create(&key);
            Ok(())
        })
    }

    /// The end of a creation: the request reaches the target, which approves it at once where it was not manual.
    pub fn finish_create(&mut self, key: &str) {
        let Some(endpoint) = self.endpoints.get_mut(key) else { return };
        endpoint.provisioning_state = "Succeeded";
        let is_automatic = !endpoint.request.is_manual;
        self.connections.insert((endpoint.target.key(), key.to_owned()));
        let (id, interface, is_foreign) = (endpoint.id.clone(), endpoint.interface.clone(), endpoint.is_foreign);
        self.note_new_proxy(key);
        if !is_foreign {
            self.effects.wrote(&interface);
            self.effects.wrote(&id);
        }
        if is_automatic || self.is_approved_by_service(key) {
            self.set_status(key, ConnectionStatus::Approved, "Auto-approved");
        }
    }

    fn begin_update(&mut self, key: &str, request: EndpointRequest) -> String {
        let key = key.to_owned();
        let id = self.endpoints.get_mut(&key).map(|endpoint| {
            endpoint.provisioning_state = "Updating";
            endpoint.id.to_string()
        });
        self.begin(id, move |state| {
            let Some(endpoint) = state.endpoints.get_mut(&key) else { return Ok(()) };
            endpoint.provisioning_state = "Succeeded";
            endpoint.envelope = request.envelope;
            endpoint.request.request_message = request.connection.request_message;
            endpoint.etag = new_etag();
            let id = endpoint.id.clone();
            state.effects.wrote(&id);
            Ok(())
        })
    }

    /// Removes an endpoint, its interface, its connection and the records that its zone group owns.
    pub fn remove_endpoint(&mut self, key: &str) {
        self.remove_zone_group(key);
        let Some(endpoint) = self.endpoints.remove(key) else { return };
        self.interfaces.remove(&endpoint.interface.key());
        let is_on_target = self.connections.remove(&(endpoint.target.key(), key.to_owned()));
        for entry in &endpoint.addresses {
            self.release(&endpoint.subnet, entry.address);
            if endpoint.connection.status == ConnectionStatus::Approved {
                self.effects.addresses.push(AddressChange::Close(entry.address));
            }
        }
        if is_on_target {
            self.note_deleted_proxy(&endpoint);
        }
        if !endpoint.is_foreign {
            self.effects.deleted(&endpoint.interface);
            self.effects.deleted(&endpoint.id);
        }
    }
}

/// An endpoint cannot be pointed at something else; and only one operation runs at a time.
fn check_update(existing: &PrivateEndpoint, request: &EndpointRequest) -> Result<(), ArmError> {
    if existing.provisioning_state != "Succeeded" {
        return Err(ArmError::another_operation(&existing.id));
    }
    let is_same = existing.subnet.key() == request.subnet.key()
        && existing.request.target_text.eq_ignore_ascii_case(&request.connection.target_text)
        && existing.request.group_ids == request.connection.group_ids
        && existing.request.is_manual == request.connection.is_manual
        // Assumed, because no public page shows it: addresses stay what they are, and so does a family that is not named.
        && request.ip_version_type.is_none_or(|asked| asked == existing.ip_version_type);
    if is_same {
        return Ok(());
    }
    let message = format!(
        "The subnet, the target, the group ids, the kind of approval and the ipVersionType of private endpoint {} cannot be changed.",
        existing.id
    );
    Err(ArmError::bad_request("PrivateEndpointCannotBeUpdated", message))
}

/// Some types' targets are shown with an id in another letter case than the one asked for.
fn shown(mut request: EndpointRequest, target: &ResourceId) -> EndpointRequest {
    let text = &mut request.connection.target_text;
    if TargetType::find(&target.resource_type()).is_some_and(|row| row.shows_namespace_in_lower_case)
        && let Some((before, after)) = text.split_once("/providers/")
        && let Some((namespace, rest)) = after.split_once('/')
    {
        *text = format!("{before}/providers/{}/{rest}", namespace.to_ascii_lowercase());
    }
    request
}

fn new_connection(
    id: &ResourceId,
    target: &ResourceId,
    request_name: String,
    request: &ConnectionRequest,
) -> Connection {
    let guid = guid().to_string();
    let name = TargetType::find(&target.resource_type())
        .map_or_else(|| guid.clone(), |row| row.connection_name(target.name(), id.name(), &guid));
    Connection {
        request_name,
        name,
        guid,
        status: ConnectionStatus::Pending,
        description: request.request_message.clone().unwrap_or_default(),
        in_progress: None,
        etag: new_etag(),
    }
}
