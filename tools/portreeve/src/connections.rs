//! The connections that a command is about: from a file that somebody wrote, or from Azure.
//!
//! A file has one or a list of them, as YAML or JSON, each with the keys of `connection:` in a test of the allowlist.

use std::path::Path;

use portreeve_decisions::allowlist::KnownConnection;
use portreeve_decisions::decide::ConnectionFacts;
use portreeve_decisions::listing::{ListedConnection, for_each_with_facts};
use portreeve_decisions::resource_id::ResourceId;
use serde::de::DeserializeOwned;

use crate::input;
use crate::printable::printable;

/// Connections with all that is known for deciding them.
#[derive(Debug)]
pub enum Connections {
    /// From a file, which also says how many the rule has approved already.
    Written(Vec<KnownConnection>),
    /// From Azure, where the other connections tell that.
    Listed(Vec<ListedConnection>),
}

impl Connections {
    /// Reads a file with one connection.
    ///
    /// # Errors
    /// A complaint that names the file and the place.
    pub fn read_one(path: &Path) -> Result<Self, String> {
        let connection = read(path, "a connection, with the keys of `connection:` in a test")?;
        Ok(Self::Written(vec![connection]))
    }

    /// Reads a file with a list of connections.
    ///
    /// # Errors
    /// A complaint that names the file and the place.
    pub fn read_all(path: &Path) -> Result<Self, String> {
        let connections = read(path, "a list of connections, each with the keys of `connection:` in a test")?;
        Ok(Self::Written(connections))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Written(connections) => connections.len(),
            Self::Listed(connections) => connections.len(),
        }
    }

    /// Calls `visit` for each, with its own id where it is known.
    pub fn for_each(&self, mut visit: impl FnMut(Option<&ResourceId>, &KnownConnection, ConnectionFacts<'_>)) {
        match self {
            Self::Written(connections) => {
                for connection in connections {
                    visit(None, connection, connection.facts());
                }
            }
            Self::Listed(connections) => for_each_with_facts(connections, |connection, facts| {
                visit(connection.id.as_ref(), &connection.known, facts);
            }),
        }
    }
}

fn read<T: DeserializeOwned>(path: &Path, expected: &str) -> Result<T, String> {
    let text = input::read_text(path)?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_events: 16_000_000, max_nodes: 8_000_000, max_anchors: 1_000 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(&text, options).map_err(|error| {
        let words = error.without_snippet().to_string();
        format!("{}: this is not {expected}: {}", input::shown(path), printable(&words))
    })
}
