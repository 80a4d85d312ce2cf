//! Finds, among everything listed, what is not as it should be: the work that no event told of.
//!
//! It looks at lists, so it costs pages and not endpoints. What it finds is queued and reconciled like any event; a
//! wrong guess here costs a few reads.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use crate::allowlist::{Allowlist, DnsOptions, Effect, OnChange};
use crate::catalogue::{Catalogue, Cloud, Placement};
use crate::decide::{decide, might_act};
use crate::dns::{
    ObservedName, RecordOwner, RecordSet, RecordSetRef, RecordSight, RecordStep, RecordType, ZoneChoice, choose_zone,
    plan_records,
};
use crate::event::Subject;
use crate::facts::{ConnectionStatus, Endpoint, EndpointName};
use crate::listing::{ListedConnection, Listing, for_each_with_facts};
use crate::resource_id::ResourceId;

/// What to reconcile, each once and in order.
///
/// A connection that is Pending and was not decided by its own event is decided by what the allowlist says now. Unless
/// the file says otherwise, that approves it and never rejects it, because rejecting is final: see [`OnChange`], and
/// [`is_from_sweep`](crate::job::ReconcileJob::is_from_sweep) for what is found out only when it is reconciled.
#[must_use]
pub fn subjects(
    listing: &Listing,
    allowlist: &Allowlist,
    catalogue: &Catalogue,
    cloud: Cloud,
    today: Date,
) -> BTreeSet<Subject> {
    let endpoints = listing.endpoints.iter().map(|endpoint| (&endpoint.id, endpoint)).collect();
    let records = listing.records.iter().map(|(record_set, record)| (key_of(record_set), record)).collect();
    let sweep = Sweep { listing, dns: &allowlist.dns, catalogue, cloud, endpoints, records };
    let mut wanted: BTreeSet<Subject> = sweep.orphans().map(Subject::Endpoint).collect();
    for_each_with_facts(&listing.all_connections(catalogue), |connection, facts| {
        let effect = decide(allowlist, facts, today).effect;
        let may_decide = match allowlist.on_change {
            None => effect != Effect::Reject,
            Some(OnChange::Report) => false,
            Some(OnChange::Reconcile) => true,
        };
        let row = catalogue.target_type(&connection.known.target);
        let is_wanted = match connection.status {
            ConnectionStatus::Pending if row.is_some_and(|row| !row.can_be_approved()) => false,
            ConnectionStatus::Pending => may_decide && might_act(allowlist, facts, today),
            ConnectionStatus::Approved => {
                effect != Effect::Reject && might_act(allowlist, facts, today) && sweep.lacks_a_record(connection)
            }
            ConnectionStatus::Rejected | ConnectionStatus::Disconnected | ConnectionStatus::Other(_) => false,
        };
        if is_wanted {
            wanted.insert(connection.subject());
        }
    });
    wanted
}

impl ListedConnection {
    /// What is reconciled for it: its endpoint, or for one that nobody listed, a managed one or another tenant's, the
    /// target.
    pub(crate) fn subject(&self) -> Subject {
        if self.is_endpoint_listed {
            Subject::Endpoint(self.known.endpoint.clone())
        } else {
            Subject::Target(self.known.target.clone())
        }
    }
}

/// One look over everything listed. The indexes keep it from comparing each endpoint with each record.
struct Sweep<'a> {
    listing: &'a Listing,
    dns: &'a DnsOptions,
    catalogue: &'a Catalogue,
    cloud: Cloud,
    endpoints: BTreeMap<&'a ResourceId, &'a Endpoint>,
    records: BTreeMap<RecordSetRef, &'a RecordSet>,
}

impl Sweep<'_> {
    fn lacks_a_record(&self, connection: &ListedConnection) -> bool {
        let Some(endpoint) = self.endpoints.get(&connection.known.endpoint) else { return false };
        let group_ids = connection.known.group_ids.as_deref().unwrap_or_default();
        let target = &connection.known.target;
        let network = endpoint.virtual_network.as_ref();
        // The zones of a type that nobody has published are learned when the connection is reconciled.
        let Some(row) = self.catalogue.target_type(target) else { return false };
        // A name that is not the target's gets no record, so it lacks none.
        let place = |name: &EndpointName| row.placement(self.cloud, group_ids, &name.fqdn);
        let names = endpoint.names.iter().flat_map(|name| {
            let placement = place(name).filter(|placement| placement.is_name_of(target.name()));
            let records = ObservedName::by_record_type(name).into_iter();
            records.map(move |(record_type, name)| self.observe(record_type, name, placement.clone(), network))
        });
        let steps = plan_records(&names.collect::<Vec<_>>(), &endpoint.id);
        steps.iter().any(|(_, step)| match step {
            RecordStep::Create(..) | RecordStep::Replace(..) | RecordStep::CreateZone(_) => true,
            RecordStep::Keep | RecordStep::Report(_) => false,
        })
    }

    fn observe(
        &self,
        record_type: RecordType,
        name: EndpointName,
        placement: Option<Placement>,
        network: Option<&ResourceId>,
    ) -> ObservedName {
        let zones = &self.listing.zones;
        let zone = placement
            .as_ref()
            .map_or(ZoneChoice::Missing, |placement| choose_zone(placement, zones, network, self.dns));
        let record = RecordSight::Absent;
        let mut observed =
            ObservedName { name, record_type, placement, is_targets: true, zone, record, owner_is_gone: false };
        let record = observed.record_set().and_then(|wanted| self.records.get(&key_of(&wanted)));
        if let Some(record) = record {
            observed.owner_is_gone = matches!(&record.owner, RecordOwner::Endpoint(owner) if self.misses(owner));
            observed.record = RecordSight::Present((*record).clone());
        }
        observed
    }

    /// Endpoints that own records and were not listed where they should have been.
    fn orphans(&self) -> impl Iterator<Item = ResourceId> {
        self.listing.records.iter().filter_map(|(_, record)| match &record.owner {
            RecordOwner::Endpoint(owner) if self.misses(owner) => Some(owner.clone()),
            RecordOwner::Endpoint(_) | RecordOwner::ZoneGroup(_) | RecordOwner::Somebody => None,
        })
    }

    fn misses(&self, owner: &ResourceId) -> bool {
        let subscription = owner.subscription().to_ascii_lowercase();
        self.listing.subscriptions.contains_key(&subscription) && !self.endpoints.contains_key(owner)
    }
}

/// Names in DNS have no letter case.
fn key_of(record_set: &RecordSetRef) -> RecordSetRef {
    RecordSetRef { name: record_set.name.to_ascii_lowercase(), ..record_set.clone() }
}

#[cfg(test)]
mod tests;
