//! Decides what happens to the record set of one name of an endpoint.
//!
//! | observed | action |
//! |---|---|
//! | no record set, or not read yet | create, only if there is none |
//! | ours, for this endpoint, same addresses | none |
//! | ours, for this endpoint, other addresses | update, only if unchanged since read |
//! | ours, for another endpoint that is gone | take over, only if unchanged since read |
//! | ours, for another endpoint that lives | none; conflict |
//! | somebody else's, same addresses | none |
//! | somebody else's, other addresses | none; conflict |
//! | zone missing | make it, if the file says so; else none, report |
//! | zone of no use to the endpoint's network | none; report |

use std::net::{IpAddr, Ipv4Addr};

use crate::allowlist::{DnsOptions, LinkRule};
use crate::catalogue::Placement;
use crate::facts::EndpointName;
use crate::resource_id::ResourceId;

/// Seconds that resolvers may keep an answer. Azure's own zone groups write 10, and a short time lets a moved endpoint
/// be found again soon.
pub const RECORD_TTL_SECONDS: u32 = 10;

/// A private DNS zone that the allowlist file lets us write to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Zone {
    /// The zone's id.
    pub id: ResourceId,
    /// Its name in lower case, for example `privatelink.blob.core.windows.net`.
    pub name: String,
    /// The virtual networks that it is linked to.
    pub linked_networks: Vec<ResourceId>,
    /// Which of them makes it of use.
    pub link: LinkRule,
}

impl Zone {
    fn serves(&self, network: Option<&ResourceId>) -> bool {
        match self.link {
            LinkRule::AnyNetwork => !self.linked_networks.is_empty(),
            LinkRule::EndpointNetwork => network.is_some_and(|network| self.linked_networks.contains(network)),
        }
    }
}

/// The zone that a name's record goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ZoneChoice {
    /// This one.
    Found(Zone),
    /// There is none by the name among the configured ones.
    Missing,
    /// There is one, but it is not linked as its scope asks for.
    NotLinked(ResourceId),
    /// There is none, and one is to be made.
    ToCreate(NewZone),
}

/// A zone to be made and linked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewZone {
    /// Its id.
    pub zone: ResourceId,
    /// The virtual network to link it to.
    pub network: ResourceId,
}

/// Chooses among the configured zones, which come in the order of preference.
///
/// The `privatelink` zone wins. Only where there is none does a zone for the public name take the record, as the
/// how-to for Defender makes it (<https://learn.microsoft.com/azure/defender-for-cloud/configure-private-endpoints>).
#[must_use]
pub fn choose_zone(
    placement: &Placement,
    zones: &[Zone],
    network: Option<&ResourceId>,
    options: &DnsOptions,
) -> ZoneChoice {
    for wanted in [&placement.private_zone, &placement.public_zone] {
        let named: Vec<&Zone> = zones.iter().filter(|zone| zone.name == *wanted).collect();
        if let Some(zone) = named.iter().find(|zone| zone.serves(network)) {
            return ZoneChoice::Found((*zone).clone());
        }
        if let Some(zone) = named.first() {
            return ZoneChoice::NotLinked(zone.id.clone());
        }
    }
    match options.new_zone(&placement.private_zone).zip(network) {
        Some((zone, network)) => ZoneChoice::ToCreate(NewZone { zone, network: network.clone() }),
        None => ZoneChoice::Missing,
    }
}

/// Which A record set: a zone and a name in it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RecordSetRef {
    /// The zone's id.
    pub zone: ResourceId,
    /// The name relative to the zone; several labels are possible.
    pub name: String,
}

/// An A record set as read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordSet {
    /// What makes a write conditional on nobody having written since.
    pub etag: String,
    /// Its addresses.
    pub addresses: Vec<Ipv4Addr>,
    /// Whose it is.
    pub owner: RecordOwner,
}

/// Whose a record set is, by its metadata.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordOwner {
    /// Ours, written for this endpoint.
    Endpoint(ResourceId),
    /// A zone group's: Azure wrote it for a private endpoint. The text is Azure's `creator`.
    ZoneGroup(String),
    /// Anybody's.
    Somebody,
}

/// What reading a record set gave.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordSight {
    /// It was not read: the connection was approved a moment ago, so there should be none, and creating one is
    /// conditional anyway.
    NotRead,
    /// There is none.
    Absent,
    /// There is one.
    Present(RecordSet),
}

/// One name of the endpoint with everything that its record depends on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ObservedName {
    /// The name and the endpoint's addresses for it.
    pub name: EndpointName,
    /// Where its record belongs, or `None` where it fits no zone of its type.
    pub placement: Option<Placement>,
    /// The zone chosen for it.
    pub zone: ZoneChoice,
    /// The record set there.
    pub record: RecordSight,
    /// Whether the other endpoint that the record is ours for is gone; false unless that was asked and answered.
    pub owner_is_gone: bool,
}

impl ObservedName {
    /// The record set of the name, where there is a zone for it.
    #[must_use]
    pub fn record_set(&self) -> Option<RecordSetRef> {
        match (&self.zone, &self.placement) {
            (ZoneChoice::Found(zone), Some(placement)) => {
                Some(RecordSetRef { zone: zone.id.clone(), name: placement.record_name.clone() })
            }
            (ZoneChoice::Found(_) | ZoneChoice::Missing | ZoneChoice::NotLinked(_) | ZoneChoice::ToCreate(_), _) => {
                None
            }
        }
    }
}

/// What happens to one name's record set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordStep {
    /// It is as it should be.
    Keep,
    /// Create it, if there is none.
    Create(RecordSetRef, Vec<Ipv4Addr>),
    /// Write it anew, if its etag is still this one.
    Replace(RecordSetRef, Vec<Ipv4Addr>, String),
    /// Make the zone first.
    CreateZone(NewZone),
    /// Leave it and report why.
    Report(RecordReport),
}

/// Why a name gets no record from us.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordReport {
    /// The catalogue has no zone for the name.
    NoZoneKnown,
    /// The zone is not among the configured ones.
    ZoneMissing(String),
    /// The zone is linked to no network that its scope asks for.
    ZoneNotLinked(ResourceId),
    /// The endpoint reports no IPv4 address for the name.
    NoAddress,
    /// The record is ours for another endpoint that lives.
    OwnedByEndpoint(RecordSetRef, ResourceId),
    /// The record is somebody else's and leads elsewhere. The text says whose.
    OwnedByOther(RecordSetRef, String),
}

/// Decides the records of all names of an endpoint, each beside the name it is for.
///
/// Several names can lead to one record set (`kv.vault.azure.net` and `kv.vaultcore.azure.net`). It holds the addresses
/// of them all: planned name by name, each would undo the other for ever.
#[must_use]
pub fn plan_records(names: &[ObservedName], endpoint: &ResourceId) -> Vec<(String, RecordStep)> {
    let mut merged: Vec<ObservedName> = Vec::new();
    for observed in names {
        let wanted = observed.record_set();
        match merged.iter_mut().find(|earlier| wanted.is_some() && earlier.record_set() == wanted) {
            Some(earlier) => earlier.name.addresses.extend_from_slice(&observed.name.addresses),
            None => merged.push(observed.clone()),
        }
    }
    merged.iter().map(|observed| (observed.name.fqdn.clone(), plan_record(observed, endpoint))).collect()
}

/// Decides one name's record by the table above. Total: every state of the world has one answer.
#[must_use]
pub fn plan_record(observed: &ObservedName, endpoint: &ResourceId) -> RecordStep {
    let Some(placement) = &observed.placement else {
        return RecordStep::Report(RecordReport::NoZoneKnown);
    };
    let addresses = ipv4(&observed.name.addresses);
    if addresses.is_empty() {
        return RecordStep::Report(RecordReport::NoAddress);
    }
    let record_set = match &observed.zone {
        ZoneChoice::ToCreate(new_zone) => return RecordStep::CreateZone(new_zone.clone()),
        ZoneChoice::Missing => return RecordStep::Report(RecordReport::ZoneMissing(placement.private_zone.clone())),
        ZoneChoice::NotLinked(zone) => return RecordStep::Report(RecordReport::ZoneNotLinked(zone.clone())),
        ZoneChoice::Found(zone) => RecordSetRef { zone: zone.id.clone(), name: placement.record_name.clone() },
    };
    let record = match &observed.record {
        RecordSight::NotRead | RecordSight::Absent => return RecordStep::Create(record_set, addresses),
        RecordSight::Present(record) => record,
    };
    let agrees = sorted(&record.addresses) == addresses;
    match &record.owner {
        RecordOwner::Endpoint(owner) if owner == endpoint && agrees => RecordStep::Keep,
        RecordOwner::Endpoint(owner) if owner == endpoint || observed.owner_is_gone => {
            RecordStep::Replace(record_set, addresses, record.etag.clone())
        }
        RecordOwner::Endpoint(owner) => RecordStep::Report(RecordReport::OwnedByEndpoint(record_set, owner.clone())),
        RecordOwner::ZoneGroup(_) | RecordOwner::Somebody if agrees => RecordStep::Keep,
        RecordOwner::ZoneGroup(creator) => RecordStep::Report(RecordReport::OwnedByOther(record_set, creator.clone())),
        RecordOwner::Somebody => {
            RecordStep::Report(RecordReport::OwnedByOther(record_set, "its metadata names no owner".to_owned()))
        }
    }
}

fn ipv4(addresses: &[IpAddr]) -> Vec<Ipv4Addr> {
    let only: Vec<Ipv4Addr> = addresses
        .iter()
        .filter_map(|address| match address {
            IpAddr::V4(address) => Some(*address),
            IpAddr::V6(_) => None,
        })
        .collect();
    sorted(&only)
}

fn sorted(addresses: &[Ipv4Addr]) -> Vec<Ipv4Addr> {
    let mut sorted = addresses.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

#[cfg(test)]
mod tests;
