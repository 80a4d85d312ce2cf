//! Virtual networks and their subnets, which arrive inside the network's body or one by one.

use std::net::Ipv6Addr;

use serde_json::{Map, Value, json};

use super::{
    addresses::AddressRange,
    arm_error::ArmError,
    resource::{self, Resource},
    resource_id::ResourceId,
    state::State,
};

/// Azure's type of a subnet.
const SUBNET_TYPE: &str = "Microsoft.Network/virtualNetworks/subnets";

/// A subnet's id with what was sent for it.
type SubnetBody = (ResourceId, Map<String, Value>);

impl State {
    /// Creates or updates a network with the subnets in its body. Returns whether it is new.
    pub fn put_network(&mut self, id: &ResourceId, mut body: Map<String, Value>) -> Result<bool, ArmError> {
        let mut properties = resource::properties(&body)?;
        let subnets = properties.remove("subnets");
        body.insert("properties".into(), Value::Object(properties));
        if body.get("location").and_then(Value::as_str).is_none() {
            let message = "The location property is required for this definition.";
            return Err(ArmError::bad_request("LocationRequired", message));
        }
        let subnets = self.parse_subnets(id, subnets.as_ref())?;
        let is_new = self.put_resource(id, body)?;
        if let Some(subnets) = subnets {
            self.replace_subnets(id, subnets)?;
        }
        Ok(is_new)
    }

    /// Creates or updates one subnet of an existing network. Returns whether it is new.
    pub fn put_subnet(&mut self, id: &ResourceId, body: Map<String, Value>) -> Result<bool, ArmError> {
        let network = id.parent().ok_or_else(|| ArmError::resource_not_found(id))?;
        self.resource(&network)?;
        prefix(&Value::Object(resource::properties(&body)?)).ok_or_else(|| invalid_prefix(id))?;
        self.put_resource(id, body)
    }

    /// Deletes a network with its subnets, or a subnet. Refused while endpoints are in it.
    pub fn delete_network(&mut self, id: &ResourceId) -> Result<bool, ArmError> {
        let key = id.key();
        let is_within = |subnet: &str| subnet == key || subnet.starts_with(&format!("{key}/"));
        if let Some(subnet) = self.addresses.keys().find(|subnet| is_within(subnet)) {
            let message = format!("Subnet {subnet} is in use and cannot be deleted.");
            return Err(ArmError::bad_request("InUseSubnetCannotBeDeleted", message));
        }
        let is_there = self.resources.contains_key(&key);
        self.remove_resource(&key);
        Ok(is_there)
    }

    /// The network with its subnets inside, as ARM shows it.
    #[must_use]
    pub fn network_view(&self, network: &Resource) -> Value {
        let mut view = network.view();
        let subnets: Vec<Value> =
            self.children(&network.id, "subnets").map(|subnet| self.subnet_view(subnet)).collect();
        view["properties"]["subnets"] = json!(subnets);
        view["properties"]["resourceGuid"] = json!(network.guid);
        view
    }

    /// The subnet with references to the endpoints in it.
    #[must_use]
    pub fn subnet_view(&self, subnet: &Resource) -> Value {
        let mut view = subnet.view();
        let key = subnet.id.key();
        let endpoints: Vec<Value> = self
            .endpoints
            .values()
            .filter(|endpoint| !endpoint.is_foreign && endpoint.subnet.key() == key)
            .map(|endpoint| json!({ "id": endpoint.id.to_string() }))
            .collect();
        if !endpoints.is_empty() {
            view["properties"]["privateEndpoints"] = json!(endpoints);
        }
        view
    }

    /// The range for an endpoint in `subnet`, which must exist in the endpoint's subscription and location.
    pub fn subnet_range(
        &self,
        endpoint: &ResourceId,
        subnet: &ResourceId,
        location: &str,
    ) -> Result<AddressRange, ArmError> {
        let missing = || ArmError::invalid_reference(&subnet.to_string(), endpoint);
        let found = self.resources.get(&subnet.key()).ok_or_else(missing)?;
        let network = subnet.parent().and_then(|network| self.resources.get(&network.key())).ok_or_else(missing)?;
        let is_same_place =
            network.text("location") == location && subnet.subscription().eq_ignore_ascii_case(endpoint.subscription());
        if !is_same_place {
            return Err(missing());
        }
        prefix(found.body.get("properties").unwrap_or(&Value::Null)).ok_or_else(missing)
    }

    fn parse_subnets(
        &self,
        network: &ResourceId,
        subnets: Option<&Value>,
    ) -> Result<Option<Vec<SubnetBody>>, ArmError> {
        let Some(subnets) = subnets.and_then(Value::as_array) else { return Ok(None) };
        subnets.iter().map(|subnet| parse_subnet(network, subnet)).collect::<Result<Vec<_>, _>>().map(Some)
    }

    /// The list in a network's body is complete: a subnet that it leaves out goes.
    fn replace_subnets(&mut self, network: &ResourceId, subnets: Vec<SubnetBody>) -> Result<(), ArmError> {
        let kept: Vec<String> = subnets.iter().map(|(id, _)| id.key()).collect();
        let gone: Vec<ResourceId> = self
            .children(network, "subnets")
            .map(|subnet| subnet.id.clone())
            .filter(|id| !kept.contains(&id.key()))
            .collect();
        for id in gone {
            self.delete_network(&id)?;
        }
        for (id, body) in subnets {
            self.store_resource(&id, body)?;
        }
        Ok(())
    }
}

fn parse_subnet(network: &ResourceId, subnet: &Value) -> Result<SubnetBody, ArmError> {
    let name = subnet["name"].as_str().filter(|name| super::resource_id::is_name(name));
    let name = name.ok_or_else(|| ArmError::bad_request("InvalidRequestFormat", "A subnet has no valid name."))?;
    let id = network.child("subnets", name).with_type(SUBNET_TYPE);
    prefix(&subnet["properties"]).ok_or_else(|| invalid_prefix(&id))?;
    Ok((id, subnet.as_object().cloned().unwrap_or_default()))
}

fn prefix(properties: &Value) -> Option<AddressRange> {
    let list = properties["addressPrefixes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut texts = properties["addressPrefix"].as_str().into_iter().chain(list.iter().filter_map(Value::as_str));
    AddressRange::parse(texts.find(|text| !is_ipv6_prefix(text))?)
}

/// A subnet of both families has a prefix of each; addresses come from the IPv4 one, see `addresses`.
fn is_ipv6_prefix(text: &str) -> bool {
    text.split_once('/').is_some_and(|(network, _)| network.parse::<Ipv6Addr>().is_ok())
}

fn invalid_prefix(id: &ResourceId) -> ArmError {
    let message = format!("The address prefix of {id} is missing or not an IPv4 prefix from /8 to /29.");
    ArmError::bad_request("InvalidAddressPrefixFormat", message)
}
