//! What must be true after each exchange. It knows the cloud's own state and what the allowlists were
//! meant to say, and nothing of how the handler works.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use azure_core::http::Request;
use azure_core::http::headers::HeaderName;
use local_azure::cloud::private_endpoint::ConnectionStatus;
use local_azure::cloud::resource_id::ResourceId;
use portreeve_in_memory::proven;
use serde_json::Value;
use tokio::time::Instant;

use crate::allowlists::{Version, Word};
use crate::host::call_began;
use crate::records::{Owner, Record, record_at, records_of};
use crate::scenario::{ENDPOINTS_EACH, TEAMS};
use crate::world::{World, endpoint_id, short};

/// The judge of one history.
#[derive(Default)]
pub(crate) struct Oracle {
    violations: Vec<String>,
    /// When each endpoint was last seen to be gone, by its key.
    gone: BTreeMap<String, Instant>,
    /// Whether the handler may write to ARM at all.
    pub is_closed: bool,
    /// The connections that the handler may have approved, by key, whether or not it shows yet.
    pub granted: BTreeSet<String>,
    /// When a person approved a connection, by key.
    pub by_hand: BTreeMap<String, Instant>,
    /// The connections that were proven, by key.
    pub proven: BTreeSet<String>,
    /// Those that were still to be proven when the history had come to rest.
    pub unproven: BTreeSet<String>,
    busy: Arc<AtomicUsize>,
}

/// Somebody works, as long as this lives.
pub(crate) struct Busy(Arc<AtomicUsize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a write of the handler's met.
pub(crate) struct Watch {
    path: String,
    before: Option<Record>,
    condition: Option<String>,
    wanted: Value,
    is_delete: bool,
}

impl Oracle {
    /// Something that must not be was seen.
    pub fn violated(&mut self, what: String) {
        if !self.violations.contains(&what) {
            self.violations.push(what);
        }
    }

    /// Everything that must not be and was seen.
    pub fn violations(&self) -> Vec<String> {
        self.violations.clone()
    }

    /// Counts a piece of work that is under way.
    pub fn begin(&self) -> Busy {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self.busy.clone())
    }

    /// How many pieces of work are under way.
    pub fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    /// Takes note of what a Function said.
    pub fn answered(&mut self, function: &str, status: u16, body: &Value) {
        if !body.is_object() {
            self.violated(format!("{function} answered {status} with {body}, which leaves the host hanging"));
        }
        if function == "ValidationJob" {
            self.proven.extend(proven(body));
        }
    }

    /// Before the handler's write is carried out.
    pub fn before_write(&mut self, world: &World, versions: &[usize], request: &Request, body: &[u8]) -> Watch {
        let path = request.url().path().to_ascii_lowercase();
        let wanted: Value = serde_json::from_slice(body).unwrap_or_default();
        let method = request.method().to_string();
        if self.is_closed {
            self.violated(format!("everything was as it should be, and yet: {method} {}", short(&path)));
        }
        if path.contains("/privateendpointconnections/") && method != "DELETE" {
            self.check_decision(world, versions, &path, &wanted);
        } else if !path.contains("/privatednszones/") || !path.contains("/a/") {
            self.violated(format!("the handler has no business there: {method} {}", short(&path)));
        }
        let header = |name| request.headers().get_optional_str(&HeaderName::from_static(name)).map(str::to_owned);
        let condition = header("if-match").or_else(|| header("if-none-match"));
        let before = world.azure.cloud.read(|state| record_at(state, &path));
        Watch { path, before, condition, wanted, is_delete: method == "DELETE" }
    }

    fn check_decision(&mut self, world: &World, versions: &[usize], path: &str, wanted: &Value) {
        let endpoint = world.azure.cloud.read(|state| {
            let mut endpoints = state.endpoints.values();
            endpoints.find(|endpoint| endpoint.connection_id().key() == *path).cloned()
        });
        let Some(endpoint) = endpoint else { return };
        let status = status_in(wanted);
        let said = |version: &usize| word(&world.scenario.versions[*version], &endpoint.id);
        let words: Vec<Word> = versions.iter().map(said).collect();
        let taken = world.azure.cloud.read(|state| self.certainly_taken(state, &endpoint));
        let is_meant = |word: &Word| match (status, word) {
            ("Approved", Word::Approve) | ("Rejected", Word::ApproveAndReject) => true,
            ("Approved", Word::ApproveUpTo(limit)) => taken < *limit,
            _ => false,
        };
        if !words.iter().any(is_meant) {
            let id = &endpoint.id;
            self.violated(format!(
                "{id} became {status}, though the allowlist says {words:?} and {taken} were approved"
            ));
        }
    }

    /// After the handler's write was carried out.
    pub fn after_write(&mut self, world: &World, watch: Watch, status: u16) {
        let Watch { path, before, condition, wanted, is_delete } = watch;
        if (200..300).contains(&status) && status_in(&wanted) == "Approved" {
            self.granted.insert(path.clone());
        }
        let after = world.azure.cloud.read(|state| record_at(state, &path));
        if !path.contains("/privatednszones/") || before == after {
            return;
        }
        if condition.is_none() {
            self.violated(format!("{} was written without a condition", short(&path)));
        }
        let for_endpoint = wanted["properties"]["metadata"]["privateEndpoint"].as_str().unwrap_or_default();
        let for_endpoint = for_endpoint.to_ascii_lowercase();
        match &before.as_ref().map(|record| &record.owner) {
            Some(Owner::Other) => self.violated(format!("somebody else's record was changed: {}", short(&path))),
            Some(Owner::Endpoint(owner)) if (is_delete || *owner != for_endpoint) && !self.was_gone(owner) => {
                self.violated(format!("{} was taken from {}, which lives", short(&path), short(owner)));
            }
            Some(Owner::Endpoint(_)) | None => {}
        }
        if let Some(record) = after
            && !self.was_gone(&for_endpoint)
        {
            self.check_record(world, &path, &record, &for_endpoint);
        }
    }

    /// Whether a record that was written for an endpoint is the endpoint's to have.
    fn check_record(&mut self, world: &World, path: &str, record: &Record, endpoint: &str) {
        world.azure.cloud.read(|state| {
            let Some(endpoint) = state.endpoints.get(endpoint) else {
                return self.violated(format!("{} was written for nobody", short(path)));
            };
            // What is written has to be proven. One that is written again soon, as it was, is only by the sweeps of a day.
            if world.scenario.has_sweeps {
                self.proven.remove(&endpoint.connection_id().key());
            }
            match endpoint.connection.status {
                ConnectionStatus::Pending => {
                    self.violated(format!("{} was written for {}, which nobody approved", short(path), endpoint.id));
                }
                // It may have become so since it was looked at.
                ConnectionStatus::Rejected | ConnectionStatus::Disconnected => {}
                ConnectionStatus::Approved => {
                    let own = records_of(endpoint).into_iter().find(|(key, _, _)| key == path);
                    if own.is_none_or(|(_, _, addresses)| addresses != record.addresses) {
                        let (id, addresses) = (&endpoint.id, &record.addresses);
                        self.violated(format!("{} with {addresses:?} is not what {id} has", short(path)));
                    }
                }
            }
        });
    }

    /// Whether a call that runs may have seen that an endpoint was gone.
    fn was_gone(&self, endpoint: &str) -> bool {
        self.gone.get(endpoint).is_some_and(|at| *at >= call_began())
    }

    /// Notes which endpoints are gone at this moment, which is one at which a handler may look.
    pub fn note_gone(&mut self, world: &World) {
        let teams = (0..TEAMS.len()).flat_map(|team| (0..ENDPOINTS_EACH).map(move |number| endpoint_id(team, number)));
        let ids = teams.map(|id| id.to_ascii_lowercase());
        let gone: Vec<String> =
            world.azure.cloud.read(|state| ids.filter(|id| !state.endpoints.contains_key(id)).collect());
        self.gone.extend(gone.into_iter().map(|id| (id, Instant::now())));
    }
}

/// The status that a connection's body asks for; none in the bodies of others.
fn status_in(wanted: &Value) -> &str {
    wanted["properties"]["privateLinkServiceConnectionState"]["status"].as_str().unwrap_or_default()
}

pub(crate) fn word(version: &Version, endpoint: &ResourceId) -> Word {
    version.word(endpoint.subscription(), endpoint.resource_group())
}
