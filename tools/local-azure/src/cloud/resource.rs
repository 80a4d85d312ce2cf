//! A resource without rules of its own about the body: what was PUT is what a GET shows, with ARM's envelope around it.

use serde_json::{Map, Value, json};

use super::{
    arm_error::ArmError, resource_id::ResourceId, state::State, subscriptions::normal_location,
    target_types::TargetType,
};
use crate::chance::guid;

/// Envelope members that ARM writes itself, whatever a caller sends.
const READ_ONLY: [&str; 5] = ["id", "name", "type", "etag", "systemData"];

/// One stored resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its id, in the letter case it was created with.
    pub id: ResourceId,
    /// Changes with every write.
    pub etag: String,
    /// Stays the same for the resource's life; Azure shows it as `resourceGuid` or `internalId`.
    pub guid: String,
    /// `location`, `tags`, `kind`, `sku`, `properties` and whatever else was sent.
    pub body: Map<String, Value>,
}

impl Resource {
    /// A member of `properties`.
    #[must_use]
    pub fn property(&self, name: &str) -> &Value {
        self.body.get("properties").map_or(&Value::Null, |properties| &properties[name])
    }

    /// A text at the top of the body, or an empty one.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The resource as a GET shows it.
    #[must_use]
    pub fn view(&self) -> Value {
        let mut view = self.body.clone();
        view.insert("id".into(), json!(self.id.to_string()));
        view.insert("name".into(), json!(self.id.name()));
        view.insert("type".into(), json!(self.id.resource_type()));
        view.insert("etag".into(), json!(self.etag));
        Value::Object(view)
    }
}

/// A new ETag, in the shape that Azure's DNS and networks use: a GUID.
#[must_use]
pub fn new_etag() -> String {
    guid().to_string()
}

/// `properties` of a request's body; an absent one is empty, another shape is refused.
pub fn properties(body: &Map<String, Value>) -> Result<Map<String, Value>, ArmError> {
    match body.get("properties") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(properties)) => Ok(properties.clone()),
        Some(_) => Err(ArmError::bad_request("InvalidRequestContent", "The property 'properties' must be an object.")),
    }
}

impl State {
    /// Writes a resource into its existing group and notes the event. Returns whether it is new.
    pub fn put_resource(&mut self, id: &ResourceId, body: Map<String, Value>) -> Result<bool, ArmError> {
        let is_new = self.store_resource(id, body)?;
        if let Some(stored) = self.resources.get(&id.key()) {
            self.effects.wrote(&stored.id);
        }
        Ok(is_new)
    }

    /// Writes a resource as part of another one's write, which has an event of its own. Returns whether it is new.
    pub fn store_resource(&mut self, id: &ResourceId, mut body: Map<String, Value>) -> Result<bool, ArmError> {
        let group = self.group_of(id)?.name.clone();
        for member in READ_ONLY {
            body.remove(member);
        }
        if let Some(location) = body.get("location").and_then(Value::as_str).map(normal_location) {
            body.insert("location".into(), json!(location));
        }
        let mut properties = properties(&body)?;
        properties.insert("provisioningState".into(), json!("Succeeded"));
        body.insert("properties".into(), Value::Object(properties));
        let existing = self.resources.get(&id.key());
        let is_new = existing.is_none();
        let (id, guid) = existing.map_or_else(
            || (self.spelled(id).in_group(&group), guid().to_string()),
            |existing| (existing.id.clone(), existing.guid.clone()),
        );
        self.resources.insert(id.key(), Resource { id, etag: new_etag(), guid, body });
        Ok(is_new)
    }

    /// A new child's id, in the letter case of its parent.
    #[must_use]
    pub fn spelled(&self, id: &ResourceId) -> ResourceId {
        let parent = id.parent().and_then(|parent| self.resources.get(&parent.key()));
        parent.map_or_else(|| id.clone(), |parent| id.under(&parent.id))
    }

    /// Removes a resource, its children and what points at it. Nothing happens where there is none.
    pub fn remove_resource(&mut self, key: &str) {
        let Some(resource) = self.resources.remove(key) else { return };
        let prefix = format!("{key}/");
        let children: Vec<String> = self
            .resources
            .range(prefix.clone()..)
            .map(|(key, _)| key.clone())
            .take_while(|key| key.starts_with(&prefix))
            .collect();
        for child in children {
            if let Some(child) = self.resources.remove(&child) {
                self.forget_target(&child);
            }
        }
        self.remove_managed_endpoints(key);
        self.zone_names.remove(&(resource.id.name().to_ascii_lowercase(), key.to_owned()));
        self.forget_target(&resource);
        self.effects.deleted(&resource.id);
    }

    /// What is gone has no names and no connections, where it is something that endpoints connect to.
    fn forget_target(&mut self, resource: &Resource) {
        if TargetType::find(&resource.id.resource_type()).is_some() {
            self.withdraw_names(resource);
            self.disconnect_target(&resource.id.key());
        }
    }
}
