//! Connections that somebody wrote down: one, or a list of them, as YAML or JSON.
//!
//! Each has the keys of `connection:` in a test of the allowlist.

use std::path::Path;

use portreeve_decisions::allowlist::KnownConnection;
use serde::de::DeserializeOwned;

use crate::input;
use crate::printable::printable;

/// Reads a file with one connection.
///
/// # Errors
/// A complaint that names the file and the place.
pub fn read_one(path: &Path) -> Result<KnownConnection, String> {
    read(path, "a connection, with the keys of `connection:` in a test")
}

/// Reads a file with a list of connections.
///
/// # Errors
/// A complaint that names the file and the place.
pub fn read_all(path: &Path) -> Result<Vec<KnownConnection>, String> {
    read(path, "a list of connections, each with the keys of `connection:` in a test")
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
