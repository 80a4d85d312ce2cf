//! The places that a limit leaves on a target: who shares them, and who has one.

use local_azure::cloud::private_endpoint::{ConnectionStatus, PrivateEndpoint};
use local_azure::cloud::resource_id::ResourceId;
use local_azure::cloud::state::State;

use crate::host::call_began;
use crate::oracle::Oracle;

/// The endpoints that share the places with this one, itself among them: its team's to the same target.
fn sharers<'a>(state: &'a State, endpoint: &'a PrivateEndpoint) -> impl Iterator<Item = &'a PrivateEndpoint> {
    let team = |id: &ResourceId| (id.subscription().to_ascii_lowercase(), id.resource_group().to_ascii_lowercase());
    let shares = move |other: &&PrivateEndpoint| {
        other.target.key() == endpoint.target.key() && team(&other.id) == team(&endpoint.id)
    };
    state.endpoints.values().filter(shares)
}

/// Whether an endpoint has one of so many places, or could have one. Where people or earlier versions approved more, it is
/// open who has them.
pub(crate) fn has_place(state: &State, endpoint: &PrivateEndpoint, limit: usize) -> bool {
    let taken = sharers(state, endpoint).filter(|sharer| sharer.is_approved()).count();
    taken < limit || (taken == limit && endpoint.is_approved())
}

impl Oracle {
    /// How many places a call that runs must have known to be taken by others: not those that a person gave meanwhile.
    pub fn certainly_taken(&self, state: &State, endpoint: &PrivateEndpoint) -> usize {
        let is_taken = |other: &&PrivateEndpoint| {
            let connection = other.connection_id().key();
            let was_there = self.by_hand.get(&connection).is_none_or(|at| *at < call_began());
            match other.connection.status {
                ConnectionStatus::Approved => was_there,
                ConnectionStatus::Pending => self.granted.contains(&connection),
                ConnectionStatus::Rejected | ConnectionStatus::Disconnected => false,
            }
        };
        sharers(state, endpoint).filter(|other| other.id.key() != endpoint.id.key()).filter(is_taken).count()
    }
}
