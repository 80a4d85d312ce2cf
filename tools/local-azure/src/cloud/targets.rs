//! Targets: what endpoints connect to. Their public names exist as soon as they do.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    arm_error::ArmError, connection_view, group_members, resource::Resource, resource_id::ResourceId, state::State,
    target_types::TargetType,
};

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
        if target_type.names_are_unique {
            self.check_names_are_free(id, &body)?;
        }
        let before = self.resources.get(&id.key()).cloned();
        let is_new = self.put_resource(id, body)?;
        if let Some(before) = before {
            self.withdraw_names(&before);
        }
        self.publish_names(&id.key());
        if target_type.resource_type == "Microsoft.Network/privateLinkServices" {
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

    /// `privateLinkResources` of a target: its group ids with members and zones.
    #[must_use]
    pub fn private_link_resources(target: &Resource) -> Vec<Value> {
        let members = group_members::members(target);
        let mut group_ids: Vec<&str> = members.iter().map(|member| member.group_id.as_str()).collect();
        group_ids.dedup();
        group_ids.retain(|group_id| !group_id.is_empty());
        group_ids.into_iter().map(|group_id| private_link_resource(target, group_id, &members)).collect()
    }

    /// Names of storage accounts, vaults and the like belong to one resource in all of Azure.
    fn check_names_are_free(&self, id: &ResourceId, body: &Map<String, Value>) -> Result<(), ArmError> {
        let draft = Resource { id: id.clone(), etag: String::new(), guid: String::new(), body: body.clone() };
        let key = id.key();
        let members = group_members::members(&draft);
        let mut fqdns = members.iter().flat_map(|member| &member.fqdns);
        if fqdns.any(|fqdn| Self::paired(&self.public_names, fqdn).any(|owner| *owner != key)) {
            let message = format!("The name '{}' is already taken.", id.name());
            return Err(ArmError::new(409, "NameAlreadyTaken", message));
        }
        Ok(())
    }

    fn publish_names(&mut self, key: &str) {
        if let Some(target) = self.resources.get(key) {
            self.public_names.extend(public_names(target));
        }
    }

    /// The target's names lead nowhere from now on.
    pub fn withdraw_names(&mut self, target: &Resource) {
        for pair in public_names(target) {
            self.public_names.remove(&pair);
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

/// Pairs of public name and target key.
fn public_names(target: &Resource) -> impl Iterator<Item = (String, String)> + use<> {
    let key = target.id.key();
    let fqdns = group_members::members(target).into_iter().flat_map(|member| member.fqdns);
    fqdns.map(move |fqdn| (fqdn, key.clone()))
}

fn private_link_resource(target: &Resource, group_id: &str, members: &[group_members::GroupMember]) -> Value {
    let of_group = || members.iter().filter(|member| member.group_id == group_id);
    let required_members: Vec<&str> = of_group().map(|member| member.name.as_str()).collect();
    let mut zones: Vec<&str> = of_group().map(|member| member.zone.as_str()).collect();
    zones.dedup();
    let id = target.id.child("privateLinkResources", group_id);
    json!({
        "id": id.to_string(),
        "name": group_id,
        "type": id.resource_type(),
        "properties": { "groupId": group_id, "requiredMembers": required_members, "requiredZoneNames": zones },
    })
}
