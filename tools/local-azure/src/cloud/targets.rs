//! Targets: what endpoints connect to. Their public names exist as soon as they do.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    app_slots,
    arm_error::ArmError,
    connection_view,
    group_members::{self, GroupMember},
    resource::Resource,
    resource_id::ResourceId,
    state::State,
    subscriptions::normal_location,
    target_types::{PRIVATE_LINK_SERVICES, TargetType},
};
use crate::azure_cloud::Cloud;

impl State {
    /// Creates or updates a target. Returns whether it is new.
    pub fn put_target(
        &mut self,
        target_type: &TargetType,
        id: &ResourceId,
        mut body: Map<String, Value>,
    ) -> Result<bool, ArmError> {
        if body.get("location").and_then(Value::as_str).is_none() {
            let message = "The location property is required for this definition.";
            return Err(ArmError::bad_request("LocationRequired", message));
        }
        if let Some(Value::Object(properties)) = body.get_mut("properties") {
            properties.remove("privateEndpointConnections");
        }
        if !group_members::is_offered(self.cloud, target_type) {
            return Err(ArmError::unknown_type(&target_type.resource_type));
        }
        if let Some(parent) = id.parent() {
            self.resource(&parent)?;
        }
        if !target_type.location.is_empty() {
            body.insert("location".into(), json!(target_type.location));
        }
        self.check_names_are_free(id, &body)?;
        let before = self.resources.get(&id.key()).cloned();
        let is_new = self.put_resource(id, body)?;
        if let Some(before) = before {
            self.withdraw_names(&before);
        }
        self.publish_names(&id.key());
        if target_type.resource_type == PRIVATE_LINK_SERVICES {
            self.give_alias(&id.key());
        }
        Ok(is_new)
    }

    /// The target as a GET shows it, its connections included (that is where the CLI looks for some types).
    #[must_use]
    pub fn target_view(&self, target_type: &TargetType, target: &Resource) -> Value {
        let mut view = target.view();
        let connections: Vec<Value> = self
            .connections_of(&target.id)
            .map(|endpoint| connection_view::view(target_type, &target.id, endpoint))
            .collect();
        view["properties"]["privateEndpointConnections"] = json!(connections);
        view
    }

    /// `privateLinkResources` of a target: its group ids with members and zones; those of a site's slots, too.
    #[must_use]
    pub fn private_link_resources(&self, target: &Resource) -> Vec<Value> {
        let slots = self.children(&target.id, "slots").filter(|child| app_slots::is_slot(&child.id));
        let of_each = std::iter::once(target).chain(slots).flat_map(|owner| group_members::members(self.cloud, owner));
        let members: Vec<GroupMember> = of_each.collect();
        let group_ids = group_members::group_ids(&members).into_iter();
        group_ids.map(|group_id| private_link_resource(target, group_id, &members)).collect()
    }

    /// Names of storage accounts, vaults and the like belong to one resource in all of Azure.
    fn check_names_are_free(&self, id: &ResourceId, body: &Map<String, Value>) -> Result<(), ArmError> {
        let mut body = body.clone();
        if let Some(location) = body.get("location").and_then(Value::as_str).map(normal_location) {
            body.insert("location".into(), json!(location));
        }
        let draft = Resource { id: id.clone(), etag: String::new(), guid: String::new(), body };
        let key = id.key();
        let members = group_members::members(self.cloud, &draft);
        let mut fqdns = members.iter().filter(|member| !member.is_shared).flat_map(|member| &member.fqdns);
        if fqdns.any(|fqdn| Self::paired(&self.public_names, fqdn).any(|owner| *owner != key)) {
            let message = format!("The name '{}' is already taken.", id.name());
            return Err(ArmError::new(409, "NameAlreadyTaken", message));
        }
        Ok(())
    }

    fn publish_names(&mut self, key: &str) {
        if let Some(target) = self.resources.get(key) {
            let names = names(self.cloud, target);
            self.public_names.extend(names.public);
            self.private_names.extend(names.private);
        }
    }

    /// The target's names lead nowhere from now on.
    pub fn withdraw_names(&mut self, target: &Resource) {
        let names = names(self.cloud, target);
        for pair in names.public {
            self.public_names.remove(&pair);
        }
        for pair in names.private {
            self.private_names.remove(&pair);
        }
    }

    /// A private link service can be connected to by an alias instead of its id.
    fn give_alias(&mut self, key: &str) {
        let Some(service) = self.resources.get_mut(key) else { return };
        let guid = Uuid::parse_str(&service.guid).unwrap_or_default();
        let alias = format!("{}.{guid}.{}.azure.privatelinkservice", service.id.name(), service.text("location"));
        if let Some(Value::Object(properties)) = service.body.get_mut("properties") {
            properties.insert("alias".into(), json!(alias));
        }
    }

    /// The target that an endpoint names by id or, for private link services, by alias.
    #[must_use]
    pub fn find_target(&self, id_or_alias: &str) -> Option<&Resource> {
        if let Some(id) = ResourceId::parse(id_or_alias) {
            return self.resources.get(&id.key());
        }
        let is_alias = |target: &&Resource| {
            target.property("alias").as_str().is_some_and(|alias| alias.eq_ignore_ascii_case(id_or_alias))
        };
        self.resources.values().find(is_alias)
    }
}

/// Pairs of name and target key.
struct Names {
    public: Vec<(String, String)>,
    private: Vec<(String, String)>,
}

fn names(cloud: Cloud, target: &Resource) -> Names {
    let key = target.id.key();
    let members = group_members::members(cloud, target);
    let with_key = |name: String| (name, key.clone());
    let private = members.iter().map(GroupMember::private_fqdn).filter(|name| !name.is_empty()).map(with_key);
    Names {
        private: private.collect(),
        public: members.iter().flat_map(|member| member.fqdns.iter().cloned().map(with_key)).collect(),
    }
}

fn private_link_resource(target: &Resource, group_id: &str, members: &[GroupMember]) -> Value {
    let of_group = || members.iter().filter(|member| member.group_id == group_id);
    let required_members: Vec<&str> = of_group().map(|member| member.name.as_str()).collect();
    let mut seen = BTreeSet::new();
    let zones = of_group().map(|member| member.zone.as_str());
    let zones: Vec<&str> = zones.filter(|zone| !zone.is_empty() && seen.insert(*zone)).collect();
    let id = target.id.child("privateLinkResources", group_id);
    json!({
        "id": id.to_string(),
        "name": group_id,
        "type": id.resource_type(),
        "properties": { "groupId": group_id, "requiredMembers": required_members, "requiredZoneNames": zones },
    })
}
