//! A target with its connections, while they are settled one after another.

use portreeve_decisions::catalogue::TargetType;
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

    /// The other connections that are approved.
    pub fn approved_beside(&self, mine: &Connection) -> impl Iterator<Item = &Connection> {
        let others = self.connections.iter().filter(|other| other.id != mine.id);
        // One on its way is Pending until it is there, and may be on its way to be approved.
        others.filter(|other| match other.status {
            ConnectionStatus::Approved => true,
            ConnectionStatus::Pending => other.is_settling(),
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
            provisioning_state: None,
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
        ObservedTarget { row, connections }
    }

    fn beside(target: &ObservedTarget, name: &str) -> Vec<String> {
        // Its own status is the caller's, which may be newer than the list's.
        let mine = connection(name, ConnectionStatus::Pending);
        target.approved_beside(&mine).map(|other| other.id.name().to_owned()).collect()
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
        target.connections[1].provisioning_state = Some("Updating".to_owned());
        assert_eq!(beside(&target, "d"), ["a", "b", "c"]);
        target.connections[1].provisioning_state = Some("Succeeded".to_owned());
        assert_eq!(beside(&target, "d"), ["a", "c"]);
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
