//! Reads connections for people: all that can be listed, or those that one id is about, with their facts.

use portreeve_decisions::allowlist::KnownConnection;
use portreeve_decisions::facts::{Connection, EndpointSight};
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::listing::{ListedConnection, Listing};
use portreeve_decisions::resource_id::ResourceId;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};
use crate::gather::Gatherer;
use crate::observed_target::{AskedTarget, ObservedTarget, TargetSight};
use crate::story::Story;

/// All connections that could be listed.
#[derive(Debug)]
pub struct Connections {
    /// Each once, by endpoint and target.
    pub listed: Vec<ListedConnection>,
    /// The subscriptions that were left out, and why.
    pub left_out: Vec<(String, AzureError)>,
}

impl Azure {
    /// All connections that can be listed, with the facts that the lists tell.
    ///
    /// # Errors
    /// Where the subscriptions cannot be listed at all.
    pub async fn connections(&self, story: &Story) -> Result<Connections, AzureError> {
        let mut listing = Listing::default();
        let left_out = self.list_connections(&self.arm(story), &mut listing).await?;
        let listed = listing.all_connections(self.catalogue);
        Ok(Connections { listed, left_out: left_out.into_iter().collect() })
    }

    /// The connections that an id is about, a connection's own or an endpoint's, with every fact that the allowlist asks
    /// for; and all others to the same targets, which count for limits.
    ///
    /// # Errors
    /// Where the target or, by its own id, the endpoint cannot be read.
    pub async fn connections_beside(
        &self,
        id: &ResourceId,
        in_force: &InForce,
        story: &Story,
    ) -> Result<Vec<ListedConnection>, AzureError> {
        let arm = self.arm(story);
        let targets = match id.parent() {
            Some(target) if target.child("privateEndpointConnections", id.name()).as_ref() == Ok(id) => {
                vec![AskedTarget::listing(&target)]
            }
            _ => targets_of(&arm, id).await?,
        };
        let mut all = Vec::new();
        for target in targets {
            let ObservedTarget { row, connections, .. } = match self.observe_target(&arm, story, &target).await? {
                TargetSight::Seen(target) => target,
                TargetSight::Unknown(why) => {
                    let detail =
                        format!("type {} is not known, so its connections are held: {why}", target.id.resource_type());
                    return Err(AzureError::new(ErrorKind::Refused, format!("read {}", target.id), detail));
                }
                TargetSight::OutOfReach(error) => return Err(error),
            };
            let gatherer = Gatherer { azure: self, arm: &arm, in_force, row: &row };
            for connection in connections {
                let is_meant = connection.id == *id || connection.endpoint == *id;
                all.push(if is_meant { seen(&gatherer, &arm, connection).await? } else { listed(connection) });
            }
        }
        Ok(all)
    }
}

/// The targets that an endpoint asks for.
async fn targets_of(arm: &Arm, endpoint: &ResourceId) -> Result<Vec<AskedTarget>, AzureError> {
    let detail = match arm.private_endpoint(endpoint).await? {
        EndpointSight::Seen(endpoint) => {
            return Ok(endpoint.requests.iter().filter_map(AskedTarget::of_request).collect());
        }
        EndpointSight::Gone => "there is no such private endpoint, and it is no connection's id".to_owned(),
        EndpointSight::Unreadable(why) => format!("{why}; name the connection on the target's side instead"),
    };
    Err(AzureError::new(ErrorKind::NotFound, format!("read {endpoint}"), detail))
}

async fn seen(gatherer: &Gatherer<'_>, arm: &Arm, connection: Connection) -> Result<ListedConnection, AzureError> {
    let sight = arm.private_endpoint(&connection.endpoint).await?;
    let known = gatherer.facts(&connection, &sight).await?;
    let is_named_by_endpoint = sight.seen().is_some_and(|endpoint| endpoint.request_for(&connection.target).is_some());
    Ok(ListedConnection { id: Some(connection.id), status: connection.status, known, is_named_by_endpoint })
}

fn listed(connection: Connection) -> ListedConnection {
    let group_ids = connection.group_ids.filter(|ids| !ids.is_empty());
    let known = KnownConnection { group_ids, ..KnownConnection::new(connection.target, connection.endpoint) };
    ListedConnection { id: Some(connection.id), status: connection.status, known, is_named_by_endpoint: false }
}
