//! The record sets that an endpoint's zone group owns: an A and an AAAA record set for each name, as the endpoint has
//! addresses.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{private_endpoint::PrivateEndpoint, resource_id::ResourceId};

/// Seconds; what every zone-group record has in exported templates.
const TTL_SECONDS: u32 = 10;

/// One record set that a group is for.
#[derive(Clone, Debug)]
pub struct GroupRecord {
    /// The zone, as the group names it.
    pub zone: ResourceId,
    name: String,
    address: IpAddr,
}

impl GroupRecord {
    /// The record set.
    #[must_use]
    pub fn id(&self) -> ResourceId {
        self.zone.child(self.record_type(), &self.name)
    }

    /// What is written into the zone.
    #[must_use]
    pub fn properties(&self, creator: &str) -> Value {
        let mut properties = json!({ "ttl": TTL_SECONDS, "metadata": { "creator": creator } });
        match self.address {
            IpAddr::V4(address) => properties["aRecords"] = json!([{ "ipv4Address": address }]),
            IpAddr::V6(address) => properties["aaaaRecords"] = json!([{ "ipv6Address": address }]),
        }
        properties
    }

    /// What the group shows.
    #[must_use]
    pub fn view(&self) -> Value {
        json!({
            "recordType": self.record_type(),
            "recordSetName": self.name,
            "fqdn": format!("{}.{}", self.name, self.zone.name()),
            "ttl": TTL_SECONDS,
            "ipAddresses": [self.address],
            "provisioningState": "Succeeded",
        })
    }

    fn record_type(&self) -> &'static str {
        if self.address.is_ipv4() { "A" } else { "AAAA" }
    }
}

/// Every record set that the group is for: one for each member with a zone in it, and each family of address.
#[must_use]
pub fn group_records(endpoint: &PrivateEndpoint) -> Vec<GroupRecord> {
    let zones = endpoint.zone_group.as_ref().map(|group| group.zones.as_slice()).unwrap_or_default();
    let mut records = Vec::new();
    for entry in &endpoint.addresses {
        let zone = zones.iter().find(|(_, zone)| zone.name().eq_ignore_ascii_case(&entry.member.zone));
        if let Some((_, zone)) = zone {
            let name = &entry.member.record;
            records.extend(entry.shown().map(|address| GroupRecord {
                zone: zone.clone(),
                name: name.clone(),
                address,
            }));
        }
    }
    records
}

/// What Azure writes into the metadata of a record that a zone group owns.
#[must_use]
pub fn creator(endpoint: &PrivateEndpoint) -> String {
    format!("created by private endpoint {} with resource guid {}", endpoint.id.name(), endpoint.guid)
}
