//! Finds, among everything listed, what is not as it should be: the work that no event told of.
//!
//! It looks at lists, so it costs pages and not endpoints. What it finds is queued and reconciled like any event; a
//! wrong guess here costs a few reads.

use std::collections::BTreeSet;

use time::Date;

use crate::allowlist::{Allowlist, Effect};
use crate::catalogue::{Catalogue, Cloud};
use crate::decide::{ConnectionFacts, decide};
use crate::dns::{
    ObservedName, RecordOwner, RecordSet, RecordSetRef, RecordSight, RecordStep, Zone, ZoneChoice, choose_zone,
    plan_record,
};
use crate::event::Subject;
use crate::facts::{ConnectionRequest, ConnectionStatus, Endpoint};
use crate::resource_id::ResourceId;

/// Everything that was listed.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// All endpoints of the subscriptions that could be listed.
    pub endpoints: Vec<Endpoint>,
    /// Those subscriptions' GUIDs, in lower case. An endpoint is missed only where it should have been listed.
    pub subscriptions: BTreeSet<String>,
    /// The configured zones.
    pub zones: Vec<Zone>,
    /// All A record sets in them.
    pub records: Vec<(RecordSetRef, RecordSet)>,
}

/// What to reconcile, each once and in order.
#[must_use]
pub fn subjects(
    listing: &Listing,
    allowlist: &Allowlist,
    catalogue: &Catalogue,
    cloud: Cloud,
    today: Date,
) -> BTreeSet<Subject> {
    let unsettled = listing.endpoints.iter().filter(|endpoint| {
        endpoint
            .requests
            .iter()
            .any(|request| needs_work(endpoint, request, listing, allowlist, catalogue, cloud, today))
    });
    let unsettled = unsettled.map(|endpoint| endpoint.id.clone());
    unsettled.chain(orphans(listing)).map(Subject::Endpoint).collect()
}

fn needs_work(
    endpoint: &Endpoint,
    request: &ConnectionRequest,
    listing: &Listing,
    allowlist: &Allowlist,
    catalogue: &Catalogue,
    cloud: Cloud,
    today: Date,
) -> bool {
    let Some(target) = &request.target else { return false };
    let group_ids = endpoint.group_ids_for(target);
    let facts = ConnectionFacts { target, group_ids: Some(&group_ids), endpoint: &endpoint.id };
    let effect = decide(allowlist, facts, today).effect;
    match request.status {
        ConnectionStatus::Pending => effect != Effect::Hold,
        ConnectionStatus::Approved => {
            effect == Effect::Approve && lacks_a_record(endpoint, target, &group_ids, listing, catalogue, cloud)
        }
        ConnectionStatus::Rejected | ConnectionStatus::Disconnected | ConnectionStatus::Other(_) => false,
    }
}

fn lacks_a_record(
    endpoint: &Endpoint,
    target: &ResourceId,
    group_ids: &[String],
    listing: &Listing,
    catalogue: &Catalogue,
    cloud: Cloud,
) -> bool {
    endpoint.names.iter().any(|name| {
        let placement = catalogue.placement(cloud, target, group_ids, &name.fqdn);
        let network = endpoint.virtual_network.as_ref();
        let zone =
            placement.as_ref().map_or(ZoneChoice::Missing, |placement| choose_zone(placement, &listing.zones, network));
        let mut observed =
            ObservedName { name: name.clone(), placement, zone, record: RecordSight::Absent, owner_is_gone: false };
        if let Some(record) = observed.record_set().and_then(|wanted| record_of(&wanted, listing)) {
            observed.owner_is_gone = matches!(&record.owner, RecordOwner::Endpoint(owner) if is_missed(owner, listing));
            observed.record = RecordSight::Present(record.clone());
        }
        matches!(plan_record(&observed, &endpoint.id), RecordStep::Create(..) | RecordStep::Replace(..))
    })
}

fn record_of<'a>(wanted: &RecordSetRef, listing: &'a Listing) -> Option<&'a RecordSet> {
    let found = listing
        .records
        .iter()
        .find(|(record_set, _)| record_set.zone == wanted.zone && record_set.name.eq_ignore_ascii_case(&wanted.name));
    found.map(|(_, record)| record)
}

/// Endpoints that own records and were not listed where they should have been.
fn orphans(listing: &Listing) -> impl Iterator<Item = ResourceId> {
    listing.records.iter().filter_map(|(_, record)| match &record.owner {
        RecordOwner::Endpoint(owner) if is_missed(owner, listing) => Some(owner.clone()),
        RecordOwner::Endpoint(_) | RecordOwner::ZoneGroup(_) | RecordOwner::Somebody => None,
    })
}

fn is_missed(owner: &ResourceId, listing: &Listing) -> bool {
    listing.subscriptions.contains(&owner.subscription().to_ascii_lowercase())
        && !listing.endpoints.iter().any(|endpoint| endpoint.id == *owner)
}

#[cfg(test)]
mod tests;
