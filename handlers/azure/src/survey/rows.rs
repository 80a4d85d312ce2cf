//! The rows of a survey's queries, and the facts that each tells.

use std::sync::Arc;

use portreeve_decisions::catalogue::{Catalogue, TargetType};
use portreeve_decisions::dns::{RecordSet, RecordSetRef};
use portreeve_decisions::facts::{Connection, Endpoint};
use portreeve_decisions::resource_id::ResourceId;
use serde::Deserialize;

use crate::error::AzureError;
use crate::location::location_name;
use crate::private_dns_zone::{MANAGED_BY, RecordSetProperties, record_set_of, record_type_named};
use crate::private_endpoint::{EndpointBody, Properties, endpoint_of};
use crate::private_endpoint_connection::{ConnectionBody, connection_in};

/// A row of [`ENDPOINTS`](super::queries::ENDPOINTS).
#[derive(Deserialize)]
#[serde(from = "EndpointColumns")]
pub(super) struct EndpointRow {
    pub endpoint: Endpoint,
    pub target_location: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EndpointColumns {
    id: ResourceId,
    location: Option<String>,
    target_location: Option<String>,
    #[serde(flatten)]
    properties: Properties,
}

impl From<EndpointColumns> for EndpointRow {
    fn from(columns: EndpointColumns) -> Self {
        let EndpointColumns { id, location, target_location, properties } = columns;
        let endpoint = endpoint_of(EndpointBody { id, location, properties });
        Self { endpoint, target_location: target_location.as_deref().and_then(location_name) }
    }
}

/// A row of [`connections`](super::queries::connections).
#[derive(Deserialize)]
pub(super) struct ConnectionRow {
    id: ResourceId,
    location: Option<String>,
    connection: ConnectionBody,
}

impl ConnectionRow {
    /// The connection, and the region of its target.
    pub fn read(self, catalogue: &Catalogue) -> Result<(Connection, Option<String>), AzureError> {
        let connection = connection_in(&self.id, self.connection, &type_of(&self.id, catalogue))?;
        Ok((connection, self.location.as_deref().and_then(location_name)))
    }
}

/// A type that the catalogue lacks is learned when its connection is reconciled. Until then nothing is read of it that
/// hangs on its type or version.
fn type_of(target: &ResourceId, catalogue: &Catalogue) -> Arc<TargetType> {
    let unknown = || Arc::new(catalogue.unknown_type(&target.resource_type(), ""));
    catalogue.target_type(target).cloned().unwrap_or_else(unknown)
}

/// A row of [`zones`](super::queries::zones): a zone, or a link with the network that it leads to.
#[derive(Deserialize)]
pub(super) struct ZoneRow {
    pub id: ResourceId,
    network: Option<String>,
    #[serde(rename = "managedBy")]
    managed_by: Option<String>,
    #[serde(rename = "recordSets")]
    record_sets: Option<u64>,
}

impl ZoneRow {
    /// The network, where the row is a link's.
    pub fn network(&self) -> Option<ResourceId> {
        ResourceId::parse(self.network.as_deref()?).ok()
    }

    /// Whether we made it, by its tags, and no record but its SOA is in it yet.
    pub fn is_new(&self) -> bool {
        self.managed_by.as_deref() == Some(MANAGED_BY.1) && self.record_sets == Some(1)
    }
}

/// A row of [`records`](super::queries::records).
#[derive(Deserialize)]
#[serde(try_from = "RecordColumns")]
pub(super) struct RecordRow {
    pub record_set: RecordSetRef,
    pub record: RecordSet,
}

#[derive(Deserialize)]
struct RecordColumns {
    id: ResourceId,
    #[serde(rename = "type")]
    resource_type: String,
    #[serde(flatten)]
    properties: RecordSetProperties,
}

impl TryFrom<RecordColumns> for RecordRow {
    type Error = String;

    fn try_from(columns: RecordColumns) -> Result<Self, String> {
        let RecordColumns { id, resource_type, properties } = columns;
        let zone = id.parent().ok_or_else(|| format!("{id} is in no zone"))?;
        let record_type = record_type_named(&resource_type).ok_or_else(|| format!("{resource_type} is no record's"))?;
        // Nothing is written by what is listed, so it needs no etag.
        let record = record_set_of(properties, String::new());
        if record.addresses.is_empty() {
            return Err(format!("{id} has no address"));
        }
        Ok(Self { record_set: RecordSetRef { zone, record_type, name: id.name().to_owned() }, record })
    }
}
