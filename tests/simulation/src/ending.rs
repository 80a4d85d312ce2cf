//! What must be true in the end: everything listed is approved, named and proven, and nothing is left of what is gone.

use local_azure::cloud::private_endpoint::{ConnectionStatus, PrivateEndpoint};
use local_azure::cloud::state::State;

use crate::allowlists::{Version, Word};
use crate::oracle::{Oracle, word};
use crate::places::has_place;
use crate::records::{Owner, Record, record_at, records_of};
use crate::world::{World, short};

impl Oracle {
    /// What must be true once the weather is fair and everything has come to rest.
    pub fn judge_end(&mut self, world: &World, version: &Version) {
        world.azure.cloud.read(|state| {
            for endpoint in state.endpoints.values() {
                // Where the target went while the endpoint was being made, there is nothing left to connect to.
                let has_target = state.resources.contains_key(&endpoint.target.key());
                let is_listed = match word(version, &endpoint.id) {
                    Word::Approve => true,
                    // Nobody but a sweep comes back to those who wait.
                    Word::ApproveUpTo(limit) => world.scenario.has_sweeps && has_place(state, endpoint, limit),
                    _ => false,
                };
                if has_target && is_listed {
                    self.judge_listed(state, endpoint);
                }
            }
            for (key, resource) in &state.resources {
                let Some(record) = record_at(state, key) else { continue };
                if let Owner::Endpoint(owner) = record.owner
                    && !state.endpoints.contains_key(&owner)
                {
                    self.violated(format!(
                        "{} is still there, and its endpoint is gone",
                        short(&resource.id.to_string())
                    ));
                }
            }
        });
    }

    fn judge_listed(&mut self, state: &State, endpoint: &PrivateEndpoint) {
        let id = &endpoint.id;
        match endpoint.connection.status {
            ConnectionStatus::Pending => return self.violated(format!("{id} is listed and not approved")),
            // By hand, by an earlier version, or with its target: for good in each case.
            ConnectionStatus::Rejected | ConnectionStatus::Disconnected => return,
            ConnectionStatus::Approved => {}
        }
        if endpoint.zone_group.is_some() {
            return;
        }
        let mut has_all_names = true;
        for (key, fqdn, wanted) in records_of(endpoint) {
            match record_at(state, &key) {
                None => self.violated(format!("{fqdn} of {id} has no record")),
                // Theirs to keep, whatever it says.
                Some(Record { owner: Owner::Other, .. }) => has_all_names = false,
                Some(Record { owner: Owner::Endpoint(owner), addresses, .. }) if owner == id.key() => {
                    if addresses != wanted {
                        self.violated(format!("{fqdn} leads to {addresses:?}, and {id} has {wanted:?}"));
                    }
                }
                // Another endpoint of the same target came first; whether that one lives is asked below.
                Some(_) => has_all_names = false,
            }
        }
        let connection = endpoint.connection_id().key();
        if has_all_names && !self.proven.contains(&connection) {
            self.unproven.insert(connection);
        }
    }

    /// Whether everything that must be proven was. A proof may have been given up, or its connection held at the time: then
    /// the sweeps of a day come to it.
    pub fn is_all_proven(&self) -> bool {
        self.unproven.is_subset(&self.proven)
    }

    /// What must be true after a day of sweeps, or where none run.
    pub fn judge_proofs(&mut self) {
        for connection in self.unproven.difference(&self.proven).cloned().collect::<Vec<_>>() {
            self.violated(format!("{} was never proven", short(&connection)));
        }
    }
}
