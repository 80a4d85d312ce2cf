//! Record sets as the oracle sees them: whose each is, and which an endpoint is to have.

use std::collections::BTreeSet;
use std::net::IpAddr;

use local_azure::cloud::private_endpoint::PrivateEndpoint;
use local_azure::cloud::state::State;
use portreeve_in_memory::addresses_of;
use serde_json::Value;

use crate::world::zone_id;

/// A record set and whose it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Record {
    etag: String,
    pub owner: Owner,
    pub addresses: BTreeSet<String>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Owner {
    /// Ours, for the endpoint with this key.
    Endpoint(String),
    Other,
}

/// The records that an approved endpoint is to have: their keys, names and addresses.
pub(crate) fn records_of(endpoint: &PrivateEndpoint) -> Vec<(String, String, BTreeSet<String>)> {
    let record = |fqdn: &str, addresses: Vec<IpAddr>| {
        let (first_label, _) = fqdn.split_once('.')?;
        let mut entries = endpoint.addresses.iter();
        let entry = entries.find(|entry| entry.member.reported_fqdns().any(|name| name == fqdn))?;
        let zone = zone_id(&entry.member.zone).to_ascii_lowercase();
        let addresses = addresses.iter().map(ToString::to_string).collect();
        Some((format!("{zone}/a/{first_label}").to_ascii_lowercase(), fqdn.to_owned(), addresses))
    };
    endpoint.names().filter_map(|(fqdn, addresses)| record(fqdn, addresses)).collect()
}

pub(crate) fn record_at(state: &State, path: &str) -> Option<Record> {
    let is_record = path.contains("/privatednszones/") && path.contains("/a/");
    let resource = is_record.then(|| state.resources.get(path))??;
    let metadata = resource.property("metadata");
    let is_ours = metadata.get("managedBy").and_then(Value::as_str) == Some("portreeve");
    let owner = match metadata.get("privateEndpoint").and_then(Value::as_str) {
        Some(endpoint) if is_ours => Owner::Endpoint(endpoint.to_ascii_lowercase()),
        _ => Owner::Other,
    };
    Some(Record { etag: resource.etag.clone(), owner, addresses: addresses_of(resource) })
}
