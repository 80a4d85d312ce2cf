//! A target with its connections, while they are settled one after another.

use std::sync::Arc;

use portreeve_decisions::catalogue::{Listing, TargetType, named_target};
use portreeve_decisions::facts::{Connection, ConnectionRequest, ConnectionStatus};
use portreeve_decisions::resource_id::ResourceId;
use time::OffsetDateTime;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::AzureError;
use crate::story::Story;
use crate::target_types::TypeSight;

/// A target as it was listed, and as we have changed it since.
pub(crate) struct ObservedTarget {
    /// What is known of its type.
    pub row: Arc<TargetType>,
    /// Its connections.
    pub connections: Vec<Connection>,
    /// When they were listed.
    pub listed_at: OffsetDateTime,
}

/// A target whose connections are asked for.
pub(crate) struct AskedTarget {
    /// The target, as endpoints name it.
    pub id: ResourceId,
    /// The group ids that are of interest, where the target keeps their connections in several places.
    pub group_ids: Vec<String>,
}

/// What looking at a target gave.
pub(crate) enum TargetSight {
    /// It and its connections.
    Seen(ObservedTarget),
    /// Nothing, because too little is known of its type.
    Unknown(AzureError),
    /// Nothing, because it is not there, or not for us.
    OutOfReach(AzureError),
}

impl AskedTarget {
    /// The target whose connections are listed below a resource.
    pub fn listing(listed_below: &ResourceId) -> Self {
        let (id, group_id) = named_target(listed_below);
        Self { id, group_ids: group_id.into_iter().collect() }
    }

    /// The target of an endpoint's request; none where it names it by alias.
    pub fn of_request(request: &ConnectionRequest) -> Option<Self> {
        Some(Self { id: request.target.clone()?, group_ids: request.group_ids.clone() })
    }
}

impl Azure {
    /// A target with its connections.
    ///
    /// # Errors
    /// Only where asking later may help.
    pub(crate) async fn observe_target(
        &self,
        arm: &Arm,
        story: &Story,
        asked: &AskedTarget,
    ) -> Result<TargetSight, AzureError> {
        let row = match self.target_type(arm, story, &asked.id).await? {
            TypeSight::Known(row) => row,
            TypeSight::Unknown(why) => return Ok(TargetSight::Unknown(why)),
        };
        match self.list_or_learn(arm, story, asked, row).await {
            Ok(target) => Ok(TargetSight::Seen(target)),
            Err(error) if error.is_out_of_reach() => Ok(TargetSight::OutOfReach(error)),
            Err(error) => Err(error),
        }
    }

    async fn list_or_learn(
        &self,
        arm: &Arm,
        story: &Story,
        asked: &AskedTarget,
        row: Arc<TargetType>,
    ) -> Result<ObservedTarget, AzureError> {
        let listed_at = self.now();
        let error = match list(arm, asked, &row).await {
            Ok(connections) => return Ok(ObservedTarget { row, connections, listed_at }),
            Err(error) => error,
        };
        let is_known = self.catalogue.target_type(&asked.id).is_some();
        let another = if is_known && error.is_about_the_version() {
            // Another cloud may lack the version that the catalogue was made for.
            if let Err(why) = self.learn_version(arm, story, &asked.id, Some(&row.api_version)).await {
                story.learned_no_version(&asked.id, &why);
                return Err(error);
            }
            match self.target_type(arm, story, &asked.id).await? {
                TypeSight::Known(row) => Some(row),
                TypeSight::Unknown(why) => return Err(why),
            }
        } else if !is_known && matches!(error.status, Some(404 | 405)) && !error.is_gone() {
            // It may have no list call; then the resource shows them.
            Some(Arc::new(TargetType { listing: Listing::Resource, ..TargetType::clone(&row) }))
        } else {
            None
        };
        let Some(row) = another else { return Err(error) };
        let listed_at = self.now();
        let connections = list(arm, asked, &row).await?;
        Ok(ObservedTarget { row, connections, listed_at })
    }
}

async fn list(arm: &Arm, asked: &AskedTarget, row: &TargetType) -> Result<Vec<Connection>, AzureError> {
    let mut connections = Vec::new();
    for resource in row.connected_resources(&asked.id, &asked.group_ids) {
        connections.extend(arm.connections_below(&resource, row).await?);
    }
    Ok(connections)
}

impl ObservedTarget {
    /// Keeps what a connection has become, for the limits that the next one is decided by.
    pub fn note_status(&mut self, changed: &Connection) {
        if let Some(connection) = self.connections.iter_mut().find(|connection| connection.id == changed.id) {
            connection.status = changed.status.clone();
        }
    }

    /// The other connections that are approved, or may be in a moment: `is_being_approved` tells whom we approve.
    pub fn approved_beside(
        &self,
        mine: &Connection,
        is_being_approved: impl Fn(&Connection) -> bool,
    ) -> impl Iterator<Item = &Connection> {
        let others = self.connections.iter().filter(|other| other.id != mine.id);
        // One on its way is Pending until it is there, and may be on its way to be approved.
        others.filter(move |other| match other.status {
            ConnectionStatus::Approved => true,
            ConnectionStatus::Pending => other.is_settling || is_being_approved(other),
            ConnectionStatus::Rejected | ConnectionStatus::Disconnected | ConnectionStatus::Other(_) => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use portreeve_decisions::catalogue::Catalogue;
    use portreeve_decisions::resource_id::ResourceId;

    use super::*;

    const VAULT: &str =
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv";

    fn connection(name: &str, status: ConnectionStatus) -> Connection {
        let endpoint = format!(
            "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe-{name}"
        );
        Connection {
            id: ResourceId::parse(&format!("{VAULT}/privateEndpointConnections/{name}")).unwrap(),
            target: ResourceId::parse(VAULT).unwrap(),
            endpoint: ResourceId::parse(&endpoint).unwrap(),
            status,
            description: String::new(),
            is_settling: false,
            group_ids: None,
        }
    }

    fn target() -> ObservedTarget {
        let row = Catalogue::known().target_type(&ResourceId::parse(VAULT).unwrap()).unwrap();
        let connections = vec![
            connection("a", ConnectionStatus::Approved),
            connection("b", ConnectionStatus::Pending),
            connection("c", ConnectionStatus::Approved),
            connection("d", ConnectionStatus::Rejected),
            connection("e", ConnectionStatus::Disconnected),
        ];
        ObservedTarget { row: row.clone(), connections, listed_at: OffsetDateTime::UNIX_EPOCH }
    }

    fn beside(target: &ObservedTarget, name: &str) -> Vec<String> {
        // Its own status is the caller's, which may be newer than the list's.
        let mine = connection(name, ConnectionStatus::Pending);
        target.approved_beside(&mine, |_| false).map(|other| other.id.name().to_owned()).collect()
    }

    #[test]
    fn a_connection_is_beside_the_other_approved_ones_and_not_beside_itself() {
        let target = target();
        for (name, expected) in [("a", vec!["c"]), ("b", vec!["a", "c"]), ("C", vec!["a"])] {
            assert_eq!(beside(&target, name), expected, "{name}");
        }
    }

    #[test]
    fn one_that_is_on_its_way_counts() {
        let mut target = target();
        target.connections[1].is_settling = true;
        assert_eq!(beside(&target, "d"), ["a", "b", "c"]);
        target.connections[1].is_settling = false;
        assert_eq!(beside(&target, "d"), ["a", "c"]);
        let mine = connection("d", ConnectionStatus::Pending);
        assert_eq!(target.approved_beside(&mine, |other| other.id.name() == "b").count(), 3);
    }

    #[test]
    fn what_was_approved_a_moment_ago_counts_for_the_next() {
        let mut target = target();
        target.note_status(&connection("B", ConnectionStatus::Approved));
        assert_eq!(beside(&target, "d"), ["a", "b", "c"]);
        target.note_status(&connection("a", ConnectionStatus::Rejected));
        target.note_status(&connection("nobody", ConnectionStatus::Approved));
        assert_eq!(beside(&target, "d"), ["b", "c"]);
    }
}
