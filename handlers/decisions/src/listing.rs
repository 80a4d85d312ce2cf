//! Everything that was listed at once, and what it tells of each connection.

use std::collections::BTreeMap;

use crate::allowlist::KnownConnection;
use crate::catalogue::{Catalogue, GroupIds};
use crate::decide::{Approved, ConnectionFacts, known_group_ids};
use crate::dns::{RecordSet, RecordSetRef, Zone};
use crate::facts::{Connection, ConnectionStatus, Endpoint};
use crate::resource_id::ResourceId;

/// Everything that was listed.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// All endpoints of the subscriptions that could be listed.
    pub endpoints: Vec<Endpoint>,
    /// Those subscriptions' GUIDs, in lower case, and their tenants. An endpoint is missed only where it should have been
    /// listed.
    pub subscriptions: BTreeMap<String, Option<String>>,
    /// The connections that targets list: all, or those of which the endpoints do not tell enough.
    pub connections: Vec<Connection>,
    /// The regions of targets.
    pub target_locations: BTreeMap<ResourceId, String>,
    /// The configured zones.
    pub zones: Vec<Zone>,
    /// All A and AAAA record sets in them.
    pub records: Vec<(RecordSetRef, RecordSet)>,
    /// Whether those are all; otherwise none counts as missing.
    pub are_records_whole: bool,
}

/// One connection, from whichever side tells of it.
#[derive(Clone, Debug)]
pub struct ListedConnection {
    /// Its id, where its target lists it.
    pub id: Option<ResourceId>,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// What is known of it.
    pub known: KnownConnection,
    /// Whether its endpoint is listed and names the target. One that names it by alias does not lead here.
    pub is_named_by_endpoint: bool,
}

/// A connection on its target's side and its endpoint, as far as they are listed.
type Sides<'a> = (Option<&'a Connection>, Option<&'a Endpoint>);

impl Listing {
    /// Each connection once, by endpoint and target: one that its target lists, and its endpoint's request for it, are the
    /// same.
    #[must_use]
    pub fn all_connections(&self, catalogue: &Catalogue) -> Vec<ListedConnection> {
        let listed: BTreeMap<&ResourceId, &Endpoint> =
            self.endpoints.iter().map(|endpoint| (&endpoint.id, endpoint)).collect();
        let mut sides: BTreeMap<(&ResourceId, &ResourceId), Sides<'_>> = BTreeMap::new();
        for endpoint in &self.endpoints {
            for target in endpoint.requests.iter().filter_map(|request| request.target.as_ref()) {
                sides.insert((&endpoint.id, target), (None, Some(endpoint)));
            }
        }
        for connection in &self.connections {
            let endpoint = listed.get(&connection.endpoint).copied();
            let (known, _) = sides.entry((&connection.endpoint, &connection.target)).or_insert((None, endpoint));
            // A target may go on listing what an endpoint that was made anew has left there.
            if known.is_none_or(|known| known.status.is_over() && !connection.status.is_over()) {
                *known = Some(connection);
            }
        }
        let all = sides.into_iter().filter_map(|((endpoint, target), (connection, listed))| {
            self.connection(catalogue, target, endpoint, connection, listed)
        });
        all.collect()
    }

    fn connection(
        &self,
        catalogue: &Catalogue,
        target: &ResourceId,
        endpoint: &ResourceId,
        connection: Option<&Connection>,
        listed: Option<&Endpoint>,
    ) -> Option<ListedConnection> {
        // What an unknown type's group ids are is learned when the connection is reconciled.
        let of_type = catalogue.target_type(target).map_or(&GroupIds::Unpublished, |row| &row.group_ids);
        let asked = listed.and_then(|endpoint| endpoint.request_for(target));
        let lives = asked.is_some_and(|request| !request.status.is_over());
        let connection = connection.filter(|connection| !(lives && connection.status.is_over()));
        let status = connection.map(|connection| &connection.status).or(asked.map(|request| &request.status))?.clone();
        let group_ids = match connection {
            Some(connection) => known_group_ids(of_type, listed, connection),
            None => {
                let asked = listed.map(|endpoint| endpoint.group_ids_for(target));
                asked.filter(|ids| !ids.is_empty() || *of_type == GroupIds::None)
            }
        };
        let addresses = listed.map(Endpoint::addresses).filter(|addresses| !addresses.is_empty());
        let known = KnownConnection {
            target_location: self.target_locations.get(target).cloned(),
            group_ids,
            tenant: self.subscriptions.get(&endpoint.subscription().to_ascii_lowercase()).cloned().flatten(),
            endpoint_location: listed.and_then(|endpoint| endpoint.location.clone()),
            virtual_network: listed.and_then(|endpoint| endpoint.virtual_network.clone()),
            address: addresses,
            message: message(connection, listed, target),
            ..KnownConnection::new(target.clone(), endpoint.clone())
        };
        let id = connection.map(|connection| connection.id.clone());
        Some(ListedConnection { id, status, known, is_named_by_endpoint: asked.is_some() })
    }
}

/// The requester's message: the endpoint tells it; the connection does only until it is decided, because its description
/// is the decider's afterwards.
#[must_use]
pub fn message(connection: Option<&Connection>, endpoint: Option<&Endpoint>, target: &ResourceId) -> Option<String> {
    match (endpoint.and_then(|endpoint| endpoint.request_for(target)), connection) {
        (Some(request), _) => Some(request.message.clone().unwrap_or_default()),
        (None, Some(connection)) if connection.status == ConnectionStatus::Pending => {
            Some(connection.description.clone())
        }
        (None, _) => None,
    }
}

/// Calls `visit` for each connection with its facts, the target's other approved connections included.
pub fn for_each_with_facts(
    connections: &[ListedConnection],
    mut visit: impl FnMut(&ListedConnection, ConnectionFacts<'_>),
) {
    let (approved_ones, others): (Vec<_>, Vec<_>) =
        connections.iter().partition(|connection| connection.status == ConnectionStatus::Approved);
    // Only what is not approved yet is counted against those that are.
    let mut approved: BTreeMap<&ResourceId, Vec<ConnectionFacts<'_>>> =
        others.iter().map(|connection| (&connection.known.target, Vec::new())).collect();
    for connection in approved_ones {
        if let Some(of_target) = approved.get_mut(&connection.known.target) {
            of_target.push(connection.known.facts());
        }
    }
    for connection in connections {
        let others = approved.get(&connection.known.target).map(Vec::as_slice).unwrap_or_default();
        // A limit is about new ones: what is approved is not counted against itself.
        let approved = match connection.status {
            ConnectionStatus::Approved => Approved::Count(0),
            _ => Approved::Listed(others),
        };
        visit(connection, ConnectionFacts { approved, ..connection.known.facts() });
    }
}
