//! `Microsoft.Network/privateDnsZones`: zones with their links, and A record sets with their owners.

mod creation;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use futures::{StreamExt, TryStreamExt, future, stream};
use portreeve_decisions::allowlist::{LinkRule, ZoneScope};
use portreeve_decisions::dns::{RecordOwner, RecordSet, RecordSetRef, RecordSight, RecordType, Zone};
use portreeve_decisions::resource_id::ResourceId;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arm::{Arm, Condition};
use crate::error::{AzureError, ErrorKind};

/// The first stable api-version whose links tell their resolution policy; current in every cloud.
const DNS_API_VERSION: &str = "2024-06-01";
/// A hub has dozens of zones, and each has its own list of links: few enough at once not to use up ARM's patience.
const LINK_LISTS_AT_ONCE: usize = 8;
/// Public Azure DNS takes no more (<https://github.com/MicrosoftDocs/feedback/issues/1111>), so private zones are not asked
/// for more. They give 100 where nobody asks (<https://learn.microsoft.com/rest/api/dns/privatedns/record-sets/list>).
const RECORD_SETS_EACH_PAGE: usize = 1000;
/// The metadata that makes a record set ours, and the key under which it names its endpoint.
pub(crate) const MANAGED_BY: (&str, &str) = ("managedBy", "portreeve");
const ENDPOINT_KEY: &str = "privateEndpoint";
/// The metadata that Azure's zone groups write.
const ZONE_GROUP_KEY: &str = "creator";

#[derive(Deserialize)]
struct RecordSetBody {
    name: String,
    /// Without one a write could not be conditional, so a record set without one is not understood.
    etag: String,
    properties: RecordSetProperties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordSetProperties {
    a_records: Option<Vec<ARecord>>,
    aaaa_records: Option<Vec<AaaaRecord>>,
    metadata: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct ARecord {
    #[serde(rename = "ipv4Address")]
    address: Ipv4Addr,
}

#[derive(Deserialize)]
struct AaaaRecord {
    #[serde(rename = "ipv6Address")]
    address: Ipv6Addr,
}

impl Arm {
    /// The zones of one configured resource group, with the networks that each is linked to.
    pub async fn zones_in(&self, scope: &ZoneScope) -> Result<Vec<Zone>, AzureError> {
        let group = format!("/subscriptions/{}/resourceGroups/{}", scope.subscription, scope.resource_group);
        let bodies =
            self.list(&format!("{group}/providers/Microsoft.Network/privateDnsZones"), DNS_API_VERSION).await?;
        let ids = bodies.iter().filter_map(|body| Some((id_at(body, "/id")?, is_new(body))));
        let zones: Vec<_> = ids.map(|(id, is_new)| self.zone(id, is_new, scope.link)).collect();
        let zones = stream::iter(zones).buffered(LINK_LISTS_AT_ONCE);
        zones.try_filter_map(|zone| future::ready(Ok(zone))).try_collect().await
    }

    /// A listed zone with its links, or `None` where it was deleted since: that must not hide the others of its group.
    async fn zone(&self, id: ResourceId, is_new: bool, link: LinkRule) -> Result<Option<Zone>, AzureError> {
        let links = match self.list(&format!("{id}/virtualNetworkLinks"), DNS_API_VERSION).await {
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(None),
            links => links?,
        };
        let linked_networks = links.iter().filter_map(|link| id_at(link, "/properties/virtualNetwork/id")).collect();
        Ok(Some(Zone { name: id.name().to_ascii_lowercase(), id, linked_networks, is_new, link }))
    }

    /// Looks at a record set. That there is none is an answer too.
    pub async fn record_set(&self, record_set: &RecordSetRef) -> Result<RecordSight, AzureError> {
        match self.get(&id_of(record_set)?, DNS_API_VERSION).await {
            Ok(body) => Ok(RecordSight::Present(read(body)?.1)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(RecordSight::Absent),
            Err(error) => Err(error),
        }
    }

    /// All A and AAAA record sets of a zone. One that cannot be understood is left out, and said.
    pub async fn record_sets_in(&self, zone: &ResourceId) -> Result<Vec<(RecordSetRef, RecordSet)>, AzureError> {
        let list = format!("{zone}/ALL?$top={RECORD_SETS_EACH_PAGE}");
        let read_one = |body| {
            let record_type = record_type_of(&body)?;
            match read(body) {
                Ok((name, record)) => Some((RecordSetRef { zone: zone.clone(), record_type, name }, record)),
                Err(error) => {
                    tracing::warn!(event = "not_understood", %zone, error = %error, "a record set was left out");
                    None
                }
            }
        };
        self.list_of(&list, DNS_API_VERSION, read_one).await
    }

    /// Writes a record set with its owner, under a condition.
    pub async fn write_record_set(
        &self,
        record_set: &RecordSetRef,
        addresses: &[IpAddr],
        owner: &ResourceId,
        ttl_seconds: u32,
        condition: Condition<'_>,
    ) -> Result<(), AzureError> {
        let (list, member) = match record_set.record_type {
            RecordType::A => ("aRecords", "ipv4Address"),
            RecordType::Aaaa => ("aaaaRecords", "ipv6Address"),
        };
        let records: Vec<Value> = addresses.iter().map(|address| json!({ member: address })).collect();
        let body = json!({ "properties": {
            "ttl": ttl_seconds,
            "metadata": { MANAGED_BY.0: MANAGED_BY.1, ENDPOINT_KEY: owner.key() },
            list: records,
        }});
        self.put(&id_of(record_set)?, DNS_API_VERSION, &body, condition).await.map(|_| ())
    }

    /// Deletes a record set that has not changed. One that is gone already is fine, whatever code says so: listings are
    /// shared, so somebody else may have deleted it.
    pub async fn delete_record_set(&self, record_set: &RecordSetRef, etag: &str) -> Result<(), AzureError> {
        match self.delete(&id_of(record_set)?, DNS_API_VERSION, Condition::Unchanged(etag)).await {
            Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
            deleted => deleted,
        }
    }
}

/// Whether we made a zone, by its tags, and no record but its SOA is in it yet.
fn is_new(zone: &Value) -> bool {
    zone["tags"][MANAGED_BY.0] == MANAGED_BY.1 && zone["properties"]["numberOfRecordSets"] == 1
}

/// The type of a listed record set, where it is one of ours: `Microsoft.Network/privateDnsZones/A`.
fn record_type_of(body: &Value) -> Option<RecordType> {
    record_type_named(body.get("type")?.as_str()?)
}

/// The type of a record set by its resource's.
pub(crate) fn record_type_named(resource_type: &str) -> Option<RecordType> {
    let (_, word) = resource_type.rsplit_once('/')?;
    [RecordType::A, RecordType::Aaaa].into_iter().find(|known| word.eq_ignore_ascii_case(&known.to_string()))
}

fn id_of(record_set: &RecordSetRef) -> Result<ResourceId, AzureError> {
    let id = record_set.zone.child(&record_set.record_type.to_string(), &record_set.name);
    id.map_err(|error| AzureError::new(ErrorKind::Refused, format!("name {record_set}"), error.to_string()))
}

fn id_at(body: &Value, pointer: &str) -> Option<ResourceId> {
    ResourceId::parse(body.pointer(pointer)?.as_str()?).ok()
}

fn read(body: Value) -> Result<(String, RecordSet), AzureError> {
    let body: RecordSetBody =
        serde_json::from_value(body).map_err(|error| AzureError::not_understood("read a record set", &error))?;
    if body.etag.is_empty() {
        return Err(AzureError::new(ErrorKind::Refused, format!("read record set {}", body.name), "it has no etag"));
    }
    Ok((body.name, record_set_of(body.properties, body.etag)))
}

/// The record set that these properties describe.
pub(crate) fn record_set_of(properties: RecordSetProperties, etag: String) -> RecordSet {
    let v4 = properties.a_records.iter().flatten().map(|record| IpAddr::V4(record.address));
    let v6 = properties.aaaa_records.iter().flatten().map(|record| IpAddr::V6(record.address));
    let addresses = v4.chain(v6).collect();
    RecordSet { etag, addresses, owner: owner_of(&properties.metadata.unwrap_or_default()) }
}

/// Metadata keys keep no promise about letter case, so none is asked of them.
fn owner_of(metadata: &BTreeMap<String, String>) -> RecordOwner {
    let value =
        |key: &str| metadata.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str());
    let is_ours = value(MANAGED_BY.0) == Some(MANAGED_BY.1);
    match (value(ENDPOINT_KEY).map(ResourceId::parse), value(ZONE_GROUP_KEY)) {
        (Some(Ok(endpoint)), None) if is_ours => RecordOwner::Endpoint(endpoint),
        (_, Some(creator)) => RecordOwner::ZoneGroup(creator.to_owned()),
        (_, None) => RecordOwner::Somebody,
    }
}

#[cfg(test)]
mod tests;
