//! Finds, among everything listed, what is not as it should be: the work that no event told of.
//!
//! | listed | what is found |
//! |---|---|
//! | Pending, and a rule decides it | it is reconciled |
//! | Approved as the rules say, and a record of ours is missing or wrong | it is reconciled |
//! | Approved as the rules say, and its turn to be proven again | it is reconciled, which ends in a proof |
//! | a record of ours whose endpoint is not listed, though it should be | the endpoint is reconciled |
//! | Approved, and no rule says so now | it is reported, with the rule that has expired, and left as it is |
//! | Disconnected | it is reported: only its owner can make it anew |
//!
//! It looks at lists, so it costs pages and not endpoints. What it finds is queued and reconciled like any event; a
//! wrong guess here costs a few reads.

mod turn;

use std::collections::{BTreeMap, BTreeSet};

use time::{Date, OffsetDateTime};

use crate::allowlist::{Allowlist, DnsOptions, Effect, OnChange};
use crate::catalogue::{Catalogue, Cloud, Placement};
use crate::decide::{ConnectionFacts, decide, expired_rule, might_act};
use crate::dns::{
    ObservedName, RecordOwner, RecordSet, RecordSetRef, RecordSight, RecordStep, RecordType, ZoneChoice, choose_zone,
    plan_records,
};
use crate::event::Subject;
use crate::facts::{ConnectionStatus, Endpoint, EndpointName};
use crate::listing::{ListedConnection, Listing, for_each_with_facts};
use crate::resource_id::ResourceId;

/// What a sweep finds. All but the last two is work.
#[derive(Debug, Default)]
pub struct Findings {
    /// Connections that are Pending and that the rules decide.
    pub pending: BTreeSet<Subject>,
    /// Endpoints of which a record of ours is missing or wrong.
    pub records: BTreeSet<Subject>,
    /// Endpoints that are gone and have records of ours.
    pub orphans: BTreeSet<Subject>,
    /// Endpoints whose turn it is to be proven again.
    pub proofs: BTreeSet<Subject>,
    /// Connections that carry traffic though the rules do not approve them now.
    pub not_approved: Vec<NotApproved>,
    /// Connections that the target's side removed.
    pub disconnected: Vec<Reported>,
}

/// A connection that is only reported.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Reported {
    /// Its id, where its target tells it.
    pub connection: Option<ResourceId>,
    /// What is connected to.
    pub target: ResourceId,
    /// The private endpoint.
    pub endpoint: ResourceId,
}

/// A connection that is approved, and would not be by the rules that are in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NotApproved {
    /// Which.
    pub of: Reported,
    /// What the rules say now.
    pub effect: Effect,
    /// The approve rule that matches and has expired, where there is one.
    pub expired_rule: Option<String>,
}

impl Findings {
    /// What is to be done for things to be as they should be.
    #[must_use]
    pub fn undone(&self) -> BTreeSet<Subject> {
        let all = [&self.pending, &self.records, &self.orphans];
        all.into_iter().flatten().cloned().collect()
    }

    /// All that is to be reconciled, each once and in order.
    #[must_use]
    pub fn queue(&self) -> BTreeSet<Subject> {
        let mut queue = self.undone();
        queue.extend(self.proofs.iter().cloned());
        queue
    }
}

/// Looks over everything listed, at this time.
///
/// A connection that is Pending and was not decided by its own event is decided by what the allowlist says now. Unless
/// the file says otherwise, that approves it and never rejects it, because rejecting is final: see [`OnChange`], and
/// [`is_from_sweep`](crate::job::ReconcileJob::is_from_sweep) for what is found out only when it is reconciled.
#[must_use]
pub fn find(
    listing: &Listing,
    allowlist: &Allowlist,
    catalogue: &Catalogue,
    cloud: Cloud,
    now: OffsetDateTime,
) -> Findings {
    let endpoints = listing.endpoints.iter().map(|endpoint| (&endpoint.id, endpoint)).collect();
    let records = listing.records.iter().map(|(record_set, record)| (key_of(record_set), record)).collect();
    let sweep = Sweep { listing, allowlist, dns: &allowlist.dns, catalogue, cloud, endpoints, records, now };
    let mut findings = Findings { orphans: sweep.orphans().map(Subject::Endpoint).collect(), ..Findings::default() };
    for_each_with_facts(&listing.all_connections(catalogue), |connection, facts| {
        sweep.look_at(connection, facts, &mut findings);
    });
    findings
}

impl ListedConnection {
    /// What is reconciled for it: its endpoint, or for one that nobody listed, a managed one or another tenant's, and for one
    /// that names its target by alias, the target.
    pub(crate) fn subject(&self) -> Subject {
        if self.is_named_by_endpoint {
            Subject::Endpoint(self.known.endpoint.clone())
        } else {
            Subject::Target(self.known.target.clone())
        }
    }

    fn reported(&self) -> Reported {
        let (target, endpoint) = (self.known.target.clone(), self.known.endpoint.clone());
        Reported { connection: self.id.clone(), target, endpoint }
    }
}

/// One look over everything listed. The indexes keep it from comparing each endpoint with each record.
struct Sweep<'a> {
    listing: &'a Listing,
    allowlist: &'a Allowlist,
    dns: &'a DnsOptions,
    catalogue: &'a Catalogue,
    cloud: Cloud,
    endpoints: BTreeMap<&'a ResourceId, &'a Endpoint>,
    records: BTreeMap<RecordSetRef, &'a RecordSet>,
    now: OffsetDateTime,
}

impl Sweep<'_> {
    fn look_at(&self, connection: &ListedConnection, facts: ConnectionFacts<'_>, findings: &mut Findings) {
        match connection.status {
            ConnectionStatus::Pending => {
                if self.is_decided(connection, facts) {
                    findings.pending.insert(connection.subject());
                }
            }
            ConnectionStatus::Approved => self.look_at_approved(connection, facts, findings),
            ConnectionStatus::Disconnected => findings.disconnected.push(connection.reported()),
            ConnectionStatus::Rejected | ConnectionStatus::Other(_) => {}
        }
    }

    fn is_decided(&self, connection: &ListedConnection, facts: ConnectionFacts<'_>) -> bool {
        let row = self.catalogue.target_type(&connection.known.target);
        if row.is_some_and(|row| !row.can_be_approved()) {
            return false;
        }
        let may_decide = match self.allowlist.on_change {
            None => decide(self.allowlist, facts, self.today()).effect != Effect::Reject,
            Some(OnChange::Report) => false,
            Some(OnChange::Reconcile) => true,
        };
        may_decide && might_act(self.allowlist, facts, self.today())
    }

    fn look_at_approved(&self, connection: &ListedConnection, facts: ConnectionFacts<'_>, findings: &mut Findings) {
        let effect = decide(self.allowlist, facts, self.today()).effect;
        // What is held for want of facts may be approved once they are read.
        if effect == Effect::Reject || !might_act(self.allowlist, facts, self.today()) {
            let expired_rule = expired_rule(self.allowlist, facts, self.today()).map(|rule| rule.id.to_string());
            findings.not_approved.push(NotApproved { of: connection.reported(), effect, expired_rule });
            return;
        }
        if self.listing.are_records_whole && self.lacks_a_record(connection) {
            findings.records.insert(connection.subject());
        }
        let can_be_proven = self.allowlist.validation.is_enabled && connection.is_named_by_endpoint;
        if can_be_proven && turn::is_now(&connection.known.endpoint, &connection.known.target, self.now) {
            findings.proofs.insert(connection.subject());
        }
    }

    fn today(&self) -> Date {
        self.now.date()
    }

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
