//! What another allowlist changes for the connections there are: whose decision becomes another, and what follows.
//!
//! What is now to be done is queued as a sweep by the new allowlist queues it; everything else is reported. Nothing here
//! revokes: a reconcile leaves an approved connection as it is, whatever the allowlist says.

use std::collections::BTreeSet;

use time::Date;

use crate::catalogue::Catalogue;
use crate::decide::Decision;
use crate::event::Subject;
use crate::facts::ConnectionStatus;
use crate::in_force::InForce;
use crate::listing::{Listing, for_each_with_facts};
use crate::resource_id::ResourceId;

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
    /// Whether a reconcile of it is queued; otherwise it is only reported.
    pub is_queued: bool,
}

/// The connections whose decision has become another, by endpoint and target. `queue` is what a sweep by the allowlist
/// that is in force now finds.
#[must_use]
pub fn changes(
    listing: &Listing,
    catalogue: &Catalogue,
    former: &InForce,
    in_force: &InForce,
    queue: &BTreeSet<Subject>,
    today: Date,
) -> Vec<DecisionChange> {
    let mut changes = Vec::new();
    for_each_with_facts(&listing.all_connections(catalogue), |connection, facts| {
        let (from, to) = (former.decide(facts, today), in_force.decide(facts, today));
        let is_followed = connection.status != ConnectionStatus::Pending || in_force.sweeps_may(to.effect);
        if (from.effect, from.rule()) != (to.effect, to.rule()) {
            changes.push(DecisionChange {
                connection: connection.id.clone(),
                target: connection.known.target.clone(),
                endpoint: connection.known.endpoint.clone(),
                status: connection.status.clone(),
                from,
                to,
                is_queued: is_followed && queue.contains(&connection.subject()),
            });
        }
    });
    changes
}

#[cfg(test)]
mod tests;
