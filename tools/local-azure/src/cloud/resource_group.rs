//! Resource groups, which every resource needs and which take their content along when deleted.

use serde_json::{Map, Value, json};

use super::{arm_error::ArmError, state::State, subscriptions::normal_location};
use crate::arm_event::ArmEventKind;

/// One resource group.
#[derive(Clone, Debug)]
pub struct ResourceGroup {
    /// The subscription it is in.
    pub subscription: String,
    /// Its name, in the letter case it was created with.
    pub name: String,
    /// Where its metadata is kept; also what the CLI takes as default location.
    pub location: String,
    /// Tags.
    pub tags: Value,
}

impl ResourceGroup {
    /// The key of a resource group in the store.
    #[must_use]
    pub fn key(subscription: &str, name: &str) -> String {
        format!("/subscriptions/{subscription}/resourcegroups/{name}").to_ascii_lowercase()
    }

    /// The id as ARM spells it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.name)
    }

    /// What a GET shows.
    #[must_use]
    pub fn view(&self) -> Value {
        json!({
            "id": self.id(),
            "name": self.name,
            "type": "Microsoft.Resources/resourceGroups",
            "location": self.location,
            "tags": self.tags,
            "properties": { "provisioningState": "Succeeded" },
        })
    }
}

impl State {
    /// Creates or updates a resource group. Returns whether it is new.
    pub fn put_group(&mut self, subscription: &str, name: &str, body: &Map<String, Value>) -> Result<bool, ArmError> {
        let location = body.get("location").and_then(Value::as_str).map(normal_location);
        let location = location.ok_or_else(|| {
            ArmError::bad_request("LocationRequired", "The location property is required for this definition.")
        })?;
        let key = ResourceGroup::key(subscription, name);
        if let Some(existing) = self.groups.get(&key)
            && existing.location != location
        {
            let message = format!(
                "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                existing.location
            );
            return Err(ArmError::new(409, "InvalidResourceGroupLocation", message));
        }
        let is_new = !self.groups.contains_key(&key);
        let name = self.groups.get(&key).map_or(name, |existing| existing.name.as_str()).to_owned();
        let tags = body.get("tags").cloned().unwrap_or_else(|| json!({}));
        let group = ResourceGroup { subscription: subscription.to_owned(), name, location, tags };
        self.note_group(ArmEventKind::Write, &group);
        self.groups.insert(key, group);
        Ok(is_new)
    }

    /// Begins to delete a resource group with all that is in it. `None` where there is none.
    pub fn delete_group(&mut self, subscription: &str, name: &str) -> Option<String> {
        let key = ResourceGroup::key(subscription, name);
        self.groups.get(&key)?;
        Some(self.begin(None, move |state| {
            state.delete_content(&format!("{key}/providers/"));
            if let Some(group) = state.groups.remove(&key) {
                state.note_group(ArmEventKind::Delete, &group);
            }
            Ok(())
        }))
    }

    /// Endpoints first, because their records and addresses are inside the others.
    fn delete_content(&mut self, prefix: &str) {
        let endpoints: Vec<String> = self.endpoints.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
        for key in endpoints {
            self.remove_endpoint(&key);
        }
        let resources: Vec<String> = self.resources.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
        for key in resources {
            self.remove_resource(&key);
        }
    }

    fn note_group(&mut self, kind: ArmEventKind, group: &ResourceGroup) {
        let (verb, method) = if kind == ArmEventKind::Delete { ("delete", "DELETE") } else { ("write", "PUT") };
        let operation = format!("Microsoft.Resources/subscriptions/resourceGroups/{verb}");
        self.effects.note(kind, group.id(), operation, method);
    }
}
