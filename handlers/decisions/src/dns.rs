//! Decides what happens to the record set of one name of an endpoint: A for its IPv4 addresses, AAAA for its IPv6 ones.
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
//! | the same, but made by us and linked to nothing yet | link it, if the file says that missing ones are made |
//!
//! Some names belong to several resources, such as those of Azure Monitor. They follow the same table, so the endpoint that
//! came first keeps them; a conflict about one says that it is shared.

use std::fmt;
use std::net::IpAddr;

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
    /// Whether its tags say that we made it, and no record is in it yet: its link may still be to come.
    pub is_new: bool,
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

    /// Making a zone ends with its link; whoever makes it may die in between.
    fn is_half_made(&self) -> bool {
        self.is_new && self.linked_networks.is_empty()
    }
}

/// The zone that a name's record goes to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ZoneChoice {
    /// This one, with the record's name in it.
    Found(Zone, String),
    /// There is none by the name among the configured ones.
    Missing,
    /// There is one, but it is not linked as its scope asks for.
    NotLinked(ResourceId),
    /// There is none, or none but one that is half made, and it is to be made.
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
/// The places are tried in their own order, which is that of resolvers. Only where there is no `privatelink` zone does one
/// for the public name take the record, as the how-to for Defender makes it
/// (<https://learn.microsoft.com/azure/defender-for-cloud/configure-private-endpoints>).
#[must_use]
pub fn choose_zone(
    placement: &Placement,
    zones: &[Zone],
    network: Option<&ResourceId>,
    options: &DnsOptions,
) -> ZoneChoice {
    let mut not_linked = None;
    for place in &placement.places {
        let mut named = zones.iter().filter(|zone| zone.name == place.zone).peekable();
        let first = named.peek().copied();
        if let Some(zone) = named.find(|zone| zone.serves(network)) {
            return ZoneChoice::Found(zone.clone(), place.record_name.clone());
        }
        // Where the network does not see a zone, its resolver goes on to the next place; so do we, but never past the
        // name's own zone, which somebody has yet to link.
        not_linked = not_linked.or(first);
        if not_linked.is_some() && *place == *placement.home() {
            break;
        }
    }
    let new_zone = options.new_zone(&placement.home().zone).zip(network);
    match (not_linked, new_zone) {
        (Some(found), Some((zone, _))) if found.id != zone || !found.is_half_made() => {
            ZoneChoice::NotLinked(found.id.clone())
        }
        (_, Some((zone, network))) => ZoneChoice::ToCreate(NewZone { zone, network: network.clone() }),
        (Some(found), None) => ZoneChoice::NotLinked(found.id.clone()),
        (None, None) => ZoneChoice::Missing,
    }
}

/// The record types for addresses.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RecordType {
    /// IPv4.
    A,
    /// IPv6.
    Aaaa,
}

impl RecordType {
    /// The type for an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::A,
            IpAddr::V6(_) => Self::Aaaa,
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
        })
    }
}

/// Which record set: a zone, and a type and name in it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RecordSetRef {
    /// The zone's id.
    pub zone: ResourceId,
    /// Its type.
    pub record_type: RecordType,
    /// The name relative to the zone; several labels are possible.
    pub name: String,
}

/// A record set as read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordSet {
    /// What makes a write conditional on nobody having written since.
    pub etag: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
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

/// One name of the endpoint and one type of record, with everything that the record depends on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ObservedName {
    /// The name, and those of the endpoint's addresses for it that a record of this type takes.
    pub name: EndpointName,
    /// The type of the record.
    pub record_type: RecordType,
    /// Where its record belongs, or `None` where it fits no zone of its type.
    pub placement: Option<Placement>,
    /// Whether it is a name that the target could have, see [`Placement::is_name_of`].
    pub is_targets: bool,
    /// The zone chosen for it.
    pub zone: ZoneChoice,
    /// The record set there.
    pub record: RecordSight,
    /// Whether the other endpoint that the record is ours for is gone; false unless that was asked and answered.
    pub owner_is_gone: bool,
}

impl ObservedName {
    /// The name's addresses by the records that they need: one of each type that there are addresses for, and an A record
    /// for a name without any.
    #[must_use]
    pub fn by_record_type(name: &EndpointName) -> Vec<(RecordType, EndpointName)> {
        let of_type = |record_type: RecordType| {
            let addresses = name.addresses.iter().copied().filter(|address| RecordType::of(*address) == record_type);
            (record_type, EndpointName { fqdn: name.fqdn.clone(), addresses: addresses.collect() })
        };
        let (v4, v6) = (of_type(RecordType::A), of_type(RecordType::Aaaa));
        match (v4.1.addresses.is_empty(), v6.1.addresses.is_empty()) {
            (_, true) => vec![v4],
            (true, false) => vec![v6],
            (false, false) => vec![v4, v6],
        }
    }

    /// The record set of the name, where there is a zone for it.
    #[must_use]
    pub fn record_set(&self) -> Option<RecordSetRef> {
        match &self.zone {
            ZoneChoice::Found(zone, name) => {
                Some(RecordSetRef { zone: zone.id.clone(), record_type: self.record_type, name: name.clone() })
            }
            ZoneChoice::Missing | ZoneChoice::NotLinked(_) | ZoneChoice::ToCreate(_) => None,
        }
    }
}

/// What happens to one name's record set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordStep {
    /// It is as it should be.
    Keep,
    /// Create it, if there is none.
    Create(RecordSetRef, Vec<IpAddr>),
    /// Write it anew, if its etag is still this one.
    Replace(RecordSetRef, Vec<IpAddr>, String),
    /// Make the zone first.
    CreateZone(NewZone),
    /// Leave it and report why.
    Report(RecordReport),
}

impl RecordStep {
    /// The zone that is to be made first.
    pub(crate) fn new_zone(&self) -> Option<&ResourceId> {
        match self {
            Self::CreateZone(new_zone) => Some(&new_zone.zone),
            Self::Keep | Self::Create(..) | Self::Replace(..) | Self::Report(_) => None,
        }
    }
}

/// Why a name gets no record from us.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RecordReport {
    /// The catalogue has no zone for the name.
    NoZoneKnown,
    /// It is no name of the target's.
    NotTheTargets,
    /// The zone is not among the configured ones.
    ZoneMissing(String),
    /// The zone is not among the configured ones, and is one of too many that the endpoint's names ask for.
    TooManyZones(String),
    /// The zone is linked to no network that its scope asks for.
    ZoneNotLinked(ResourceId),
    /// The endpoint reports no address for the name.
    NoAddress,
    /// The record is somebody else's.
    Conflict(Conflict),
}

/// Why a record is left as it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conflict {
    /// Which.
    pub record_set: RecordSetRef,
    /// Whose it is.
    pub owner: ConflictingOwner,
    /// Whether other resources of the type have the very same name.
    pub is_shared_name: bool,
}

/// Who has a record that another endpoint of the name would need.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ConflictingOwner {
    /// It is ours for this endpoint, which lives.
    Endpoint(ResourceId),
    /// It leads elsewhere and is not ours. The text says whose it is.
    Other(String),
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
    if !observed.is_targets {
        return RecordStep::Report(RecordReport::NotTheTargets);
    }
    let addresses = sorted(&observed.name.addresses);
    if addresses.is_empty() {
        return RecordStep::Report(RecordReport::NoAddress);
    }
    let record_set = match (&observed.zone, observed.record_set()) {
        (_, Some(record_set)) => record_set,
        (ZoneChoice::ToCreate(new_zone), _) => return RecordStep::CreateZone(new_zone.clone()),
        (ZoneChoice::NotLinked(zone), _) => return RecordStep::Report(RecordReport::ZoneNotLinked(zone.clone())),
        (ZoneChoice::Missing | ZoneChoice::Found(..), None) => {
            return RecordStep::Report(RecordReport::ZoneMissing(placement.home().zone.clone()));
        }
    };
    let record = match &observed.record {
        RecordSight::NotRead | RecordSight::Absent => return RecordStep::Create(record_set, addresses),
        RecordSight::Present(record) => record,
    };
    let agrees = sorted(&record.addresses) == addresses;
    let owner = match &record.owner {
        RecordOwner::Endpoint(owner) if owner == endpoint && agrees => return RecordStep::Keep,
        RecordOwner::Endpoint(owner) if owner == endpoint || observed.owner_is_gone => {
            return RecordStep::Replace(record_set, addresses, record.etag.clone());
        }
        RecordOwner::Endpoint(owner) => ConflictingOwner::Endpoint(owner.clone()),
        RecordOwner::ZoneGroup(_) | RecordOwner::Somebody if agrees => return RecordStep::Keep,
        RecordOwner::ZoneGroup(creator) => ConflictingOwner::Other(creator.clone()),
        RecordOwner::Somebody => ConflictingOwner::Other("its metadata names no owner".to_owned()),
    };
    let is_shared_name = placement.is_shared;
    RecordStep::Report(RecordReport::Conflict(Conflict { record_set, owner, is_shared_name }))
}

fn sorted(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut sorted = addresses.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

#[cfg(test)]
mod tests;
