//! Finds, among everything listed, what is not as it should be: the work that no event told of.
//!
//! It looks at lists, so it costs pages and not endpoints. What it finds is queued and reconciled like any event; a
//! wrong guess here costs a few reads.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use crate::allowlist::Allowlist;
use crate::catalogue::{Catalogue, Cloud};
use crate::decide::{ConnectionFacts, known_group_ids, might_act};
use crate::dns::{
    ObservedName, RecordOwner, RecordSet, RecordSetRef, RecordSight, RecordStep, Zone, ZoneChoice, choose_zone,
    plan_records,
};
use crate::event::Subject;
use crate::facts::{Connection, ConnectionRequest, ConnectionStatus, Endpoint, EndpointName};
use crate::resource_id::ResourceId;

/// Everything that was listed.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// All endpoints of the subscriptions that could be listed.
    pub endpoints: Vec<Endpoint>,
    /// Those subscriptions' GUIDs, in lower case. An endpoint is missed only where it should have been listed.
    pub subscriptions: BTreeSet<String>,
    /// The connections that targets of those subscriptions list.
    pub connections: Vec<Connection>,
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
    let sweep = Sweep {
        listing,
        allowlist,
        catalogue,
        cloud,
        today,
        listed: listing.endpoints.iter().map(|endpoint| &endpoint.id).collect(),
        records: listing.records.iter().map(|(record_set, record)| (key_of(record_set), record)).collect(),
    };
    let unsettled = listing.endpoints.iter().filter(|endpoint| sweep.needs_work(endpoint));
    let unsettled = unsettled.map(|endpoint| endpoint.id.clone());
    let unlisted = sweep.targets_of_unlisted_endpoints().map(Subject::Target);
    unsettled.chain(sweep.orphans()).map(Subject::Endpoint).chain(unlisted).collect()
}

/// One look over everything listed. The indexes keep it from comparing each endpoint with each record.
struct Sweep<'a> {
    listing: &'a Listing,
    allowlist: &'a Allowlist,
    catalogue: &'a Catalogue,
    cloud: Cloud,
    today: Date,
    listed: BTreeSet<&'a ResourceId>,
    records: BTreeMap<RecordSetRef, &'a RecordSet>,
}

impl Sweep<'_> {
    fn needs_work(&self, endpoint: &Endpoint) -> bool {
        endpoint.requests.iter().any(|request| self.request_needs_work(endpoint, request))
    }

    /// Targets with a connection to decide whose endpoint is none of those listed: a managed one, or another tenant's.
    fn targets_of_unlisted_endpoints(&self) -> impl Iterator<Item = ResourceId> {
        let pending = self.listing.connections.iter().filter(|connection| {
            connection.status == ConnectionStatus::Pending && !self.listed.contains(&connection.endpoint)
        });
        pending.filter(|connection| self.would_decide(connection)).map(|connection| connection.target.clone())
    }

    fn would_decide(&self, connection: &Connection) -> bool {
        let Some(row) = self.catalogue.target_type(&connection.target) else { return false };
        let group_ids = known_group_ids(row, None, connection);
        let (target, endpoint) = (&connection.target, &connection.endpoint);
        let facts = ConnectionFacts { group_ids: group_ids.as_deref(), ..ConnectionFacts::new(target, endpoint) };
        might_act(self.allowlist, facts, self.today)
    }

    fn request_needs_work(&self, endpoint: &Endpoint, request: &ConnectionRequest) -> bool {
        let Some(target) = &request.target else { return false };
        let group_ids = endpoint.group_ids_for(target);
        let facts = ConnectionFacts {
            group_ids: Some(&group_ids),
            virtual_network: endpoint.virtual_network.as_ref(),
            ..ConnectionFacts::new(target, &endpoint.id)
        };
        let acts = might_act(self.allowlist, facts, self.today);
        match request.status {
            ConnectionStatus::Pending => acts,
            ConnectionStatus::Approved => acts && self.lacks_a_record(endpoint, target, &group_ids),
            ConnectionStatus::Rejected | ConnectionStatus::Disconnected | ConnectionStatus::Other(_) => false,
        }
    }

    fn lacks_a_record(&self, endpoint: &Endpoint, target: &ResourceId, group_ids: &[String]) -> bool {
        let network = endpoint.virtual_network.as_ref();
        let names = endpoint.names.iter().map(|name| self.observe(name, target, group_ids, network));
        let steps = plan_records(&names.collect::<Vec<_>>(), &endpoint.id);
        steps.iter().any(|(_, step)| match step {
            RecordStep::Create(..) | RecordStep::Replace(..) => true,
            RecordStep::Keep | RecordStep::Report(_) => false,
        })
    }

    fn observe(
        &self,
        name: &EndpointName,
        target: &ResourceId,
        group_ids: &[String],
        network: Option<&ResourceId>,
    ) -> ObservedName {
        let placement = self.catalogue.placement(self.cloud, target, group_ids, &name.fqdn);
        let zones = &self.listing.zones;
        let zone = placement.as_ref().map_or(ZoneChoice::Missing, |placement| choose_zone(placement, zones, network));
        let mut observed =
            ObservedName { name: name.clone(), placement, zone, record: RecordSight::Absent, owner_is_gone: false };
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
        self.listing.subscriptions.contains(&owner.subscription().to_ascii_lowercase()) && !self.listed.contains(owner)
    }
}

/// Names in DNS have no letter case.
fn key_of(record_set: &RecordSetRef) -> RecordSetRef {
    RecordSetRef { zone: record_set.zone.clone(), name: record_set.name.to_ascii_lowercase() }
}

#[cfg(test)]
mod tests;
