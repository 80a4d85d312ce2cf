//! What another allowlist changes for the connections there are: whose decision becomes another, and what follows.
//!
//! | The decision becomes | Default | `report` | `reconcile` |
//! |---|---|---|---|
//! | approve | what is to be done is queued | reported | queued |
//! | reject, of a Pending connection | reported | reported | queued |
//! | hold, or another decision about one that is decided | reported | reported | reported |
//!
//! Nothing here revokes: a reconcile leaves an approved connection as it is, whatever the allowlist says.

use std::collections::{BTreeMap, BTreeSet};

use time::Date;

use crate::allowlist::Effect;
use crate::catalogue::Catalogue;
use crate::decide::{ConnectionFacts, Decision, known_group_ids};
use crate::event::Subject;
use crate::facts::{Connection, ConnectionStatus, Endpoint};
use crate::in_force::InForce;
use crate::resource_id::ResourceId;
use crate::sweep::Listing;

/// What the allowlist's author wants to follow from a change of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnChange {
    /// What is now approved is reconciled; what would now be refused is reported.
    #[default]
    Default,
    /// Everything is reported, and nothing is done by the change itself.
    Report,
    /// What is now approved or rejected is reconciled.
    Reconcile,
}

/// One connection whose decision has become another.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DecisionChange {
    /// The connection, where its target lists it.
    pub connection: Option<ResourceId>,
    /// What is connected to.
    pub target: ResourceId,
    /// The private endpoint.
    pub endpoint: ResourceId,
    /// Where the connection stands.
    pub status: ConnectionStatus,
    /// The decision before.
    pub from: Decision,
    /// The decision now.
    pub to: Decision,
    /// Whether a reconcile of it was queued; otherwise it is only reported.
    pub is_queued: bool,
}

/// All that follows from a change of the allowlist.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Consequences {
    /// What to reconcile.
    pub queue: BTreeSet<Subject>,
    /// The connections whose decision has become another, by endpoint and target.
    pub changes: Vec<DecisionChange>,
}

/// What follows for everything listed. `unsettled` is what a sweep by the new allowlist finds.
#[must_use]
pub fn consequences(
    listing: &Listing,
    former: &InForce,
    in_force: &InForce,
    unsettled: BTreeSet<Subject>,
    on_change: OnChange,
    today: Date,
) -> Consequences {
    let mut changes = Vec::new();
    for pair in pairs(listing).into_values() {
        let Some((from, to)) = pair.decide(former, today).zip(pair.decide(in_force, today)) else { continue };
        if (from.effect, from.rule()) != (to.effect, to.rule()) {
            changes.push((pair, from, to));
        }
    }
    let is_reported_only = |(pair, _, to): &&(Pair<'_>, Decision, Decision)| !is_followed(pair.status, to, on_change);
    // A target is reconciled with all its connections, so one that holds back holds back the whole.
    let held_back: BTreeSet<Subject> = changes
        .iter()
        .filter(is_reported_only)
        .filter(|(pair, _, to)| on_change == OnChange::Report || (pair.is_pending() && to.effect == Effect::Reject))
        .flat_map(|(pair, _, _)| [Subject::Endpoint(pair.endpoint.clone()), Subject::Target(pair.target.clone())])
        .collect();
    let queue: BTreeSet<Subject> = unsettled.difference(&held_back).cloned().collect();
    let changes = changes.into_iter().map(|(pair, from, to)| DecisionChange {
        is_queued: is_followed(pair.status, &to, on_change) && queue.contains(&pair.subject()),
        connection: pair.connection.map(|connection| connection.id.clone()),
        target: pair.target.clone(),
        endpoint: pair.endpoint.clone(),
        status: pair.status.clone(),
        from,
        to,
    });
    Consequences { changes: changes.collect(), queue }
}

fn is_followed(status: &ConnectionStatus, to: &Decision, on_change: OnChange) -> bool {
    match (on_change, to.effect) {
        (OnChange::Report, _) | (_, Effect::Hold) => false,
        (OnChange::Default | OnChange::Reconcile, Effect::Approve) => true,
        (OnChange::Default, Effect::Reject) => false,
        (OnChange::Reconcile, Effect::Reject) => *status == ConnectionStatus::Pending,
    }
}

/// An endpoint and a target that it is connected to, from whichever side tells of it.
struct Pair<'a> {
    endpoint: &'a ResourceId,
    target: &'a ResourceId,
    status: &'a ConnectionStatus,
    connection: Option<&'a Connection>,
    listed: Option<&'a Endpoint>,
}

/// Each pair once: a connection that its target lists, and its endpoint's request for it, are one.
fn pairs(listing: &Listing) -> BTreeMap<(&ResourceId, &ResourceId), Pair<'_>> {
    let listed: BTreeMap<&ResourceId, &Endpoint> =
        listing.endpoints.iter().map(|endpoint| (&endpoint.id, endpoint)).collect();
    let mut pairs = BTreeMap::new();
    for endpoint in &listing.endpoints {
        for request in &endpoint.requests {
            let Some(target) = &request.target else { continue };
            let (status, connection, listed) = (&request.status, None, Some(endpoint));
            let pair = Pair { endpoint: &endpoint.id, target, status, connection, listed };
            pairs.insert((&endpoint.id, target), pair);
        }
    }
    for connection in &listing.connections {
        let Connection { endpoint, target, status, .. } = connection;
        let listed = listed.get(endpoint).copied();
        let pair = Pair { endpoint, target, status, connection: Some(connection), listed };
        pairs.insert((endpoint, target), pair);
    }
    pairs
}

impl Pair<'_> {
    fn is_pending(&self) -> bool {
        *self.status == ConnectionStatus::Pending
    }

    /// What a sweep would have reconciled for it.
    fn subject(&self) -> Subject {
        match self.listed {
            Some(endpoint) => Subject::Endpoint(endpoint.id.clone()),
            None => Subject::Target(self.target.clone()),
        }
    }

    /// The decision about it; none where the target's type is unknown to us, as no rule is asked then.
    fn decide(&self, in_force: &InForce, today: Date) -> Option<Decision> {
        let row = Catalogue::known().target_type(self.target)?;
        let group_ids = match (self.connection, self.listed) {
            (Some(connection), listed) => known_group_ids(row, listed, connection),
            (None, listed) => listed.map(|endpoint| endpoint.group_ids_for(self.target)),
        };
        let facts = ConnectionFacts { target: self.target, group_ids: group_ids.as_deref(), endpoint: self.endpoint };
        Some(in_force.decide(facts, today))
    }
}

#[cfg(test)]
mod tests;
