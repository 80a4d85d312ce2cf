//! Private DNS zone groups: Azure then writes an endpoint's records itself, owns them, and removes them with the group.

use serde_json::{Map, Value, json};

use super::{
    arm_error::ArmError,
    group_record::{creator, group_records},
    private_endpoint::PrivateEndpoint,
    record_set, resource,
    resource_id::ResourceId,
    state::State,
};

/// A group has at most five zones, an endpoint at most one group (private-endpoint-dns-integration).
const MAX_ZONES: usize = 5;

/// The one zone group of an endpoint.
#[derive(Clone, Debug)]
pub struct ZoneGroup {
    /// Its name.
    pub name: String,
    /// Configuration names with the zones' ids, as typed.
    pub zones: Vec<(String, ResourceId)>,
    /// `Updating` until its first operation ends.
    pub provisioning_state: &'static str,
    /// Changes with every write.
    pub etag: String,
}

impl State {
    /// Begins to create or update the zone group of an endpoint. Returns whether it is new, and the operation's id.
    pub fn put_zone_group(&mut self, id: &ResourceId, body: &Map<String, Value>) -> Result<(bool, String), ArmError> {
        let endpoint_id = id.parent().ok_or_else(|| ArmError::resource_not_found(id))?;
        let endpoint = self.endpoint(&endpoint_id)?;
        if endpoint.provisioning_state != "Succeeded" {
            return Err(ArmError::another_operation(&endpoint_id));
        }
        let existing = endpoint.zone_group.as_ref();
        if existing.is_some_and(|group| !group.name.eq_ignore_ascii_case(id.name())) {
            let message = format!("Private endpoint {endpoint_id} already has a private DNS zone group.");
            return Err(ArmError::bad_request("PrivateDnsZoneGroupLimitReached", message));
        }
        let is_new = existing.is_none();
        let group = ZoneGroup {
            name: id.name().to_owned(),
            zones: self.parse_zones(id, body)?,
            provisioning_state: "Updating",
            etag: resource::new_etag(),
        };
        let key = endpoint_id.key();
        self.delete_group_records(&key);
        if let Some(endpoint) = self.endpoints.get_mut(&key) {
            endpoint.zone_group = Some(group);
        }
        Ok((
            is_new,
            self.begin(Some(id.to_string()), move |state| {
                state.finish_zone_group(&key);
                Ok(())
            }),
        ))
    }

    /// Begins to delete a zone group. `None` where there is none of that name.
    pub fn delete_zone_group(&mut self, id: &ResourceId) -> Result<Option<String>, ArmError> {
        let Some(endpoint_id) = id.parent() else { return Ok(None) };
        let endpoint = self.endpoint(&endpoint_id)?;
        if !endpoint.zone_group.as_ref().is_some_and(|group| group.name.eq_ignore_ascii_case(id.name())) {
            return Ok(None);
        }
        let key = endpoint_id.key();
        Ok(Some(self.begin(None, move |state| {
            state.remove_zone_group(&key);
            Ok(())
        })))
    }

    /// Removes an endpoint's zone group with its records.
    pub fn remove_zone_group(&mut self, endpoint_key: &str) {
        self.delete_group_records(endpoint_key);
        let Some(endpoint) = self.endpoints.get_mut(endpoint_key) else { return };
        if let Some(group) = endpoint.zone_group.take() {
            let id = endpoint.id.child("privateDnsZoneGroups", &group.name);
            self.effects.deleted(&id);
        }
    }

    /// Writes the records of an endpoint that is approved and has a zone group. What stood there is overwritten, as in
    /// Azure (azure-docs#58044).
    pub fn write_group_records(&mut self, endpoint_key: &str) {
        let Some(endpoint) = self.endpoints.get(endpoint_key) else { return };
        let creator = creator(endpoint);
        for record in group_records(endpoint) {
            if self.resources.contains_key(&record.zone.key()) {
                self.store_record_set(&record.id(), record.properties(&creator));
            }
        }
    }

    /// Deletes those records that name this endpoint as their creator.
    pub fn delete_group_records(&mut self, endpoint_key: &str) {
        let Some(endpoint) = self.endpoints.get(endpoint_key) else { return };
        let creator = creator(endpoint);
        for record in group_records(endpoint) {
            let key = record.id().key();
            if self.resources.get(&key).is_some_and(|set| set.property("metadata")["creator"] == creator) {
                self.remove_resource(&key);
            }
        }
    }

    fn finish_zone_group(&mut self, endpoint_key: &str) {
        let Some(endpoint) = self.endpoints.get_mut(endpoint_key) else { return };
        let Some(group) = &mut endpoint.zone_group else { return };
        group.provisioning_state = "Succeeded";
        let id = endpoint.id.child("privateDnsZoneGroups", &group.name);
        if endpoint.is_approved() {
            self.write_group_records(endpoint_key);
        }
        self.effects.wrote(&id);
    }

    fn parse_zones(&self, id: &ResourceId, body: &Map<String, Value>) -> Result<Vec<(String, ResourceId)>, ArmError> {
        let properties = resource::properties(body)?;
        let configs = properties.get("privateDnsZoneConfigs").and_then(Value::as_array);
        let configs = configs.ok_or_else(|| {
            ArmError::bad_request("InvalidRequestFormat", "The property 'privateDnsZoneConfigs' is missing or no list.")
        })?;
        if configs.len() > MAX_ZONES {
            let message = format!("Private DNS zone group {id} has more than {MAX_ZONES} zones.");
            return Err(ArmError::bad_request("TooManyPrivateDnsZoneConfigs", message));
        }
        configs.iter().map(|config| self.parse_zone(id, config)).collect()
    }

    fn parse_zone(&self, id: &ResourceId, config: &Value) -> Result<(String, ResourceId), ArmError> {
        let text = config["properties"]["privateDnsZoneId"].as_str().unwrap_or_default();
        let is_zone = |zone: &ResourceId| {
            record_set::is_zone_type(&zone.resource_type()) && self.resources.contains_key(&zone.key())
        };
        let zone = ResourceId::parse(text).filter(is_zone).ok_or_else(|| ArmError::invalid_reference(text, id))?;
        Ok((config["name"].as_str().unwrap_or(zone.name()).to_owned(), zone))
    }
}

/// The zone group as ARM shows it.
#[must_use]
pub fn view(endpoint: &PrivateEndpoint, group: &ZoneGroup) -> Value {
    let id = endpoint.id.child("privateDnsZoneGroups", &group.name);
    let configs: Vec<Value> = group.zones.iter().map(|(name, zone)| config_view(endpoint, &id, name, zone)).collect();
    json!({
        "id": id.to_string(),
        "name": group.name,
        "type": "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        "etag": format!("W/\"{}\"", group.etag),
        "properties": { "provisioningState": group.provisioning_state, "privateDnsZoneConfigs": configs },
    })
}

fn config_view(endpoint: &PrivateEndpoint, id: &ResourceId, name: &str, zone: &ResourceId) -> Value {
    let of_zone = group_records(endpoint).into_iter().filter(|record| endpoint.is_approved() && record.zone == *zone);
    let record_sets: Vec<Value> = of_zone.map(|record| record.view()).collect();
    json!({
        "name": name,
        "id": id.child("privateDnsZoneConfigs", name).to_string(),
        "properties": {
            "provisioningState": "Succeeded",
            "privateDnsZoneId": zone.to_string(),
            "recordSets": record_sets,
        },
    })
}
