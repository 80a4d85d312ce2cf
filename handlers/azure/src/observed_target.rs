//! A target with its connections, while they are settled one after another.

use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::decide::ConnectionFacts;
use portreeve_decisions::facts::{Connection, ConnectionStatus};

/// A target as it was listed, and as we have changed it since.
pub(crate) struct ObservedTarget {
    /// What is known of its type.
    pub row: &'static TargetType,
    /// Its connections.
    pub connections: Vec<Connection>,
}

impl ObservedTarget {
    /// Keeps what a connection has become, for the limits that the next one is decided by.
    pub fn note_status(&mut self, changed: &Connection) {
        if let Some(connection) = self.connections.iter_mut().find(|connection| connection.id == changed.id) {
            connection.status = changed.status.clone();
        }
    }

    /// The other connections that are approved, as far as the list tells of them.
    pub fn approved_beside(&self, mine: &Connection) -> Vec<ConnectionFacts<'_>> {
        let others = self.connections.iter().filter(|other| other.id != mine.id);
        // One on its way is Pending until it is there, and may be on its way to be approved.
        let is_approved = |other: &&Connection| match other.status {
            ConnectionStatus::Approved => true,
            ConnectionStatus::Pending => other.is_settling(),
            ConnectionStatus::Rejected | ConnectionStatus::Disconnected | ConnectionStatus::Other(_) => false,
        };
        let approved = others.filter(is_approved);
        let facts = approved.map(|other| ConnectionFacts {
            // A type that repeats no group ids on this side leaves them unknown.
            group_ids: other.group_ids.as_deref().filter(|ids| !ids.is_empty()),
            ..ConnectionFacts::new(&other.target, &other.endpoint)
        });
        facts.collect()
    }
}
