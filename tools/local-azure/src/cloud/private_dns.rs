//! Private DNS zones and their links to virtual networks.

use serde_json::{Map, Value, json};

use super::{
    arm_error::ArmError,
    precondition::Precondition,
    resource::{self, Resource},
    resource_id::ResourceId,
    state::State,
};

impl State {
    /// Begins to create or update a zone. Azure answers 202 and the zone appears when the operation ends; the condition
    /// must still hold then.
    pub fn put_zone(
        &mut self,
        id: &ResourceId,
        precondition: &Precondition,
        body: Map<String, Value>,
    ) -> Result<String, ArmError> {
        self.group_of(id)?;
        precondition.check(id, self.resources.get(&id.key()))?;
        if !body.get("location").and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case("global")) {
            let message = "The location of a private DNS zone must be 'global'.";
            return Err(ArmError::bad_request("LocationNotAvailableForResourceType", message));
        }
        let (id, precondition) = (id.clone(), precondition.clone());
        Ok(self.begin(Some(id.to_string()), move |state| {
            precondition.check(&id, state.resources.get(&id.key()))?;
            state.put_resource(&id, body)?;
            state.zone_names.insert((id.name().to_ascii_lowercase(), id.key()));
            Ok(())
        }))
    }

    /// Begins to create or update a link between a zone and a network that exists.
    pub fn put_link(
        &mut self,
        id: &ResourceId,
        precondition: &Precondition,
        body: Map<String, Value>,
    ) -> Result<String, ArmError> {
        let zone = id.parent().ok_or_else(|| ArmError::resource_not_found(id))?;
        self.resource(&zone)?;
        precondition.check(id, self.resources.get(&id.key()))?;
        let mut properties = resource::properties(&body)?;
        let network = properties.get("virtualNetwork").and_then(|network| network["id"].as_str()).unwrap_or_default();
        let is_there = |network: &ResourceId| self.resources.contains_key(&network.key());
        let network =
            ResourceId::parse(network).filter(is_there).ok_or_else(|| ArmError::invalid_reference(network, id))?;
        self.check_only_link(id, &zone, &network)?;
        properties.insert("virtualNetworkLinkState".into(), json!("Completed"));
        let mut body = body;
        body.insert("properties".into(), Value::Object(properties));
        let (id, precondition) = (id.clone(), precondition.clone());
        Ok(self.begin(Some(id.to_string()), move |state| {
            state.resource(&zone)?;
            precondition.check(&id, state.resources.get(&id.key()))?;
            state.check_only_link(&id, &zone, &network)?;
            state.check_only_zone_of_its_name(&zone, &network)?;
            state.put_resource(&id, body).map(|_| ())
        }))
    }

    /// A zone has one link to a network at most, whatever the link's name (ansible-collections/azure#813).
    fn check_only_link(&self, id: &ResourceId, zone: &ResourceId, network: &ResourceId) -> Result<(), ArmError> {
        if self.links(zone, network).all(|link| link.id.key() == id.key()) {
            return Ok(());
        }
        let message = format!("Private zone '{}' is already linked to the virtual network '{network}'.", zone.name());
        Err(ArmError::new(409, "Conflict", message))
    }

    /// A network is linked to one zone of a name at most. Azure finds that only when the operation is under way
    /// (azure-aks-docs#212 and the Terraform provider's reports have the words).
    fn check_only_zone_of_its_name(&self, zone: &ResourceId, network: &ResourceId) -> Result<(), ArmError> {
        let name = zone.name().to_ascii_lowercase();
        let mut others = Self::paired(&self.zone_names, &name).filter(|key| **key != zone.key());
        let is_linked =
            |key: &String| self.resources.get(key).is_some_and(|other| self.links(&other.id, network).next().is_some());
        if !others.any(is_linked) {
            return Ok(());
        }
        let message = format!(
            "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network with '{name}' and '{name}' zones."
        );
        Err(ArmError::bad_request("BadRequest", message))
    }

    /// The links between a zone and a network.
    fn links(&self, zone: &ResourceId, network: &ResourceId) -> impl Iterator<Item = &Resource> {
        let key = network.key();
        self.children(zone, "virtualNetworkLinks").filter(move |link| {
            let linked = link.property("virtualNetwork")["id"].as_str().and_then(ResourceId::parse);
            linked.is_some_and(|linked| linked.key() == key)
        })
    }

    /// Begins to delete a zone or a link. `None` where there is none. A zone with links is refused.
    pub fn delete_zone_or_link(
        &mut self,
        id: &ResourceId,
        precondition: &Precondition,
    ) -> Result<Option<String>, ArmError> {
        self.group_of(id)?;
        let key = id.key();
        let Some(found) = self.resources.get(&key) else { return Ok(None) };
        precondition.check(id, Some(found))?;
        if self.children(id, "virtualNetworkLinks").next().is_some() {
            let message = format!("Can not delete resource {id} before nested resources are deleted.");
            return Err(ArmError::new(409, "CannotDeleteResource", message));
        }
        Ok(Some(self.begin(None, move |state| {
            state.remove_resource(&key);
            Ok(())
        })))
    }

    /// The zone with its counters, as ARM shows it.
    #[must_use]
    pub fn zone_view(&self, zone: &Resource) -> Value {
        let mut view = zone.view();
        let links = self.children(&zone.id, "virtualNetworkLinks").count();
        let sets = self.children(&zone.id, "A").count() + self.children(&zone.id, "AAAA").count();
        let properties = &mut view["properties"];
        // The SOA record set, which every zone has, is counted too.
        properties["numberOfRecordSets"] = json!(sets + 1);
        properties["maxNumberOfRecordSets"] = json!(25000);
        properties["numberOfVirtualNetworkLinks"] = json!(links);
        properties["maxNumberOfVirtualNetworkLinks"] = json!(1000);
        properties["numberOfVirtualNetworkLinksWithRegistration"] = json!(0);
        properties["maxNumberOfVirtualNetworkLinksWithRegistration"] = json!(100);
        properties["internalId"] = json!(zone.guid);
        view
    }

    /// The zone named `name` that is linked to the network with this id, or to any.
    #[must_use]
    pub fn linked_zone(&self, name: &str, network: Option<&str>) -> Option<&Resource> {
        let is_to_it = |link: &Resource| {
            let linked = link.property("virtualNetwork")["id"].as_str().unwrap_or_default();
            network.is_none_or(|network| network.eq_ignore_ascii_case(linked))
        };
        Self::paired(&self.zone_names, name)
            .filter_map(|key| self.resources.get(key))
            .find(|zone| self.children(&zone.id, "virtualNetworkLinks").any(is_to_it))
    }
}
