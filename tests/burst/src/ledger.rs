//! What each connection has come to: its endpoint approved, its record in its own network's zone, its proof passed.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use local_azure::cloud::state::State;
use portreeve_in_memory::addresses_of;

use crate::world::World;

/// What is expected of every connection, and which are still to be proven.
pub(crate) struct Ledger {
    expected: Vec<Expected>,
    /// Keys of connections.
    unproven: Mutex<BTreeSet<String>>,
}

/// One connection's, by keys.
#[derive(Clone)]
pub(crate) struct Expected {
    endpoint: String,
    record_set: String,
}

impl Ledger {
    /// All connections of a burst.
    pub fn of(world: &World) -> Self {
        let expected = (0..world.burst.connections).map(|number| Expected {
            endpoint: world.endpoint_id(number).to_ascii_lowercase(),
            record_set: world.record_set_id(number).to_ascii_lowercase(),
        });
        let unproven = world.azure.cloud.read(|state| {
            let endpoints = state.endpoints.values();
            endpoints.map(|endpoint| endpoint.connection_id().key()).collect()
        });
        Self { expected: expected.collect(), unproven: Mutex::new(unproven) }
    }

    /// Everything that is expected.
    pub fn expected(&self) -> Vec<Expected> {
        self.expected.clone()
    }

    /// Takes note of connections that were proven.
    pub fn note_proven(&self, connections: impl Iterator<Item = String>) {
        let mut unproven = self.unproven();
        for connection in connections {
            unproven.remove(&connection);
        }
    }

    /// The connections that were not proven.
    pub fn unproven(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.unproven.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many connections are not approved, or not recorded as they are.
    pub fn lost(&self, state: &State) -> usize {
        self.expected.iter().filter(|expected| !expected.is_settled(state)).count()
    }
}

impl Expected {
    /// Whether the endpoint is approved, and its record set has exactly its addresses.
    pub fn is_settled(&self, state: &State) -> bool {
        // Most have none yet, so that is asked first.
        let (Some(record_set), Some(endpoint)) =
            (state.resources.get(&self.record_set), state.endpoints.get(&self.endpoint))
        else {
            return false;
        };
        let addresses = endpoint.names().flat_map(|(_, addresses)| addresses);
        let addresses: BTreeSet<String> = addresses.map(|address: IpAddr| address.to_string()).collect();
        endpoint.is_approved() && !addresses.is_empty() && addresses_of(record_set) == addresses
    }
}
