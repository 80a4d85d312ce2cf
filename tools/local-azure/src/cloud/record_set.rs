//! Record sets of private DNS zones: A and AAAA, written at once, with ETags.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value, json};

use super::{
    arm_error::ArmError,
    precondition::Precondition,
    resource::{self, Resource},
    resource_id::ResourceId,
    state::State,
};

/// A record set holds at most this many records (azure-dns-limits).
const MAX_RECORDS: usize = 20;

/// Whether `resource_type` is that of a private DNS zone.
#[must_use]
pub fn is_zone_type(resource_type: &str) -> bool {
    resource_type.eq_ignore_ascii_case("Microsoft.Network/privateDnsZones")
}

impl State {
    /// Creates or updates a record set under the given conditions. Returns whether it is new.
    pub fn put_record_set(
        &mut self,
        id: &ResourceId,
        precondition: &Precondition,
        body: &Map<String, Value>,
    ) -> Result<bool, ArmError> {
        let zone = id.parent().ok_or_else(|| ArmError::resource_not_found(id))?;
        self.resource(&zone)?;
        let existing = self.resources.get(&id.key());
        precondition.check(id, existing)?;
        let is_new = existing.is_none();
        if !is_record_name(id.name()) {
            let message = format!("The record set {id} has an invalid name.");
            return Err(ArmError::bad_request("BadRequest", message));
        }
        let properties = parse_properties(id, &resource::properties(body)?)?;
        self.store_record_set(id, properties);
        Ok(is_new)
    }

    /// Deletes a record set under the given conditions. Returns whether it was there.
    pub fn delete_record_set(&mut self, id: &ResourceId, precondition: &Precondition) -> Result<bool, ArmError> {
        let zone = id.parent().ok_or_else(|| ArmError::resource_not_found(id))?;
        self.resource(&zone)?;
        let existing = self.resources.get(&id.key());
        precondition.check(id, existing)?;
        let is_there = existing.is_some();
        self.remove_resource(&id.key());
        Ok(is_there)
    }

    /// Writes a record set without conditions and notes the event.
    pub fn store_record_set(&mut self, id: &ResourceId, mut properties: Value) {
        let zone = id.parent().map(|zone| zone.name().to_owned()).unwrap_or_default();
        let fqdn = if id.name() == "@" { format!("{zone}.") } else { format!("{}.{zone}.", id.name()) };
        properties["fqdn"] = json!(fqdn);
        properties["isAutoRegistered"] = json!(false);
        let existing = self.resources.get(&id.key());
        let id = existing.map_or_else(|| self.spelled(id), |existing| existing.id.clone());
        let mut body = Map::new();
        body.insert("properties".into(), properties);
        self.effects.wrote(&id);
        self.resources.insert(id.key(), Resource { id, etag: resource::new_etag(), guid: String::new(), body });
    }
}

/// The SOA record set that every zone has; it can be read and not deleted. Values are the defaults of new zones.
#[must_use]
pub fn soa_view(zone: &Resource) -> Value {
    let id = zone.id.child("SOA", "@");
    json!({
        "id": id.to_string(),
        "name": "@",
        "type": "Microsoft.Network/privateDnsZones/SOA",
        "etag": zone.etag,
        "properties": {
            "fqdn": format!("{}.", zone.id.name()),
            "ttl": 3600,
            "isAutoRegistered": false,
            "soaRecord": {
                "host": "azureprivatedns.net",
                "email": "azureprivatedns-host.microsoft.com",
                "serialNumber": 1,
                "refreshTime": 3600,
                "retryTime": 300,
                "expireTime": 2_419_200,
                "minimumTtl": 10,
            },
        },
    })
}

/// Keeps what a caller may write: `ttl`, `metadata` and the records of the set's own type.
fn parse_properties(id: &ResourceId, properties: &Map<String, Value>) -> Result<Value, ArmError> {
    let ttl = properties.get("ttl").or_else(|| properties.get("TTL")).and_then(Value::as_u64);
    let ttl = ttl.filter(|ttl| (1..=2_147_483_647).contains(ttl)).ok_or_else(|| {
        ArmError::bad_request("BadRequest", "The property 'ttl' is missing or not between 1 and 2147483647.")
    })?;
    let (list, member, is_address) = if id.resource_type().to_ascii_uppercase().ends_with("/AAAA") {
        ("aaaaRecords", "ipv6Address", (|text| text.parse::<Ipv6Addr>().is_ok()) as fn(&str) -> bool)
    } else {
        ("aRecords", "ipv4Address", (|text| text.parse::<Ipv4Addr>().is_ok()) as fn(&str) -> bool)
    };
    let records = properties.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut kept: Vec<Value> = Vec::new();
    for record in records {
        let address = record[member]
            .as_str()
            .filter(|text| is_address(text))
            .ok_or_else(|| ArmError::bad_request("BadRequest", format!("A record of {id} has no valid '{member}'.")))?;
        let record = json!({ member: address });
        if !kept.contains(&record) {
            kept.push(record);
        }
    }
    if kept.len() > MAX_RECORDS {
        return Err(ArmError::bad_request("BadRequest", format!("{id} has more than {MAX_RECORDS} records.")));
    }
    let mut parsed = json!({ "ttl": ttl, list: kept });
    if let Some(metadata) = properties.get("metadata").filter(|metadata| metadata.is_object()) {
        parsed["metadata"] = metadata.clone();
    }
    Ok(parsed)
}

/// `@`, `*` or labels of letters, digits, hyphens and underscores, the first of which may be `*`.
fn is_record_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|character| character.is_ascii_alphanumeric() || "-_".contains(character))
    };
    name == "@" || name.split('.').enumerate().all(|(index, label)| is_label(label) || (index == 0 && label == "*"))
}
