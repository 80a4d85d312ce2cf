//! `…/privateEndpointConnections`: the target's side, turned from ARM's JSON into facts, and its approval.

use std::fmt::Display;

use portreeve_decisions::catalogue::{Listing, TargetType, named_target};
use portreeve_decisions::facts::{Connection, ConnectionStatus};
use portreeve_decisions::resource_id::ResourceId;
use serde::Deserialize;
use serde_json::Value;

use crate::arm::{Arm, Condition, Written};
use crate::connection_write::StateWrite;
use crate::error::{AzureError, ErrorKind};

#[derive(Deserialize)]
pub(crate) struct ConnectionBody {
    id: ResourceId,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    private_endpoint: Option<EndpointReference>,
    private_link_service_connection_state: State,
    provisioning_state: Option<String>,
    group_ids: Option<Vec<String>>,
    /// The singular spelling of Cosmos DB, AI Search and Kusto.
    group_id: Option<String>,
}

#[derive(Deserialize)]
struct EndpointReference {
    id: ResourceId,
}

#[derive(Deserialize)]
struct State {
    #[serde(default)]
    status: String,
    description: Option<String>,
}

impl Arm {
    /// All connections that are listed below a resource. One that cannot be understood is left out, and said.
    pub async fn connections_below(
        &self,
        resource: &ResourceId,
        row: &TargetType,
    ) -> Result<Vec<Connection>, AzureError> {
        let bodies = match row.listing {
            Listing::List | Listing::BareList => {
                self.list(&format!("{resource}/privateEndpointConnections"), &row.api_version).await?
            }
            Listing::Resource => bodies_in(self.get(resource, &row.api_version).await?),
        };
        let mut connections = Vec::new();
        for body in bodies {
            // The id becomes the path of an approval, and a type may be anybody's: it has to be where it was listed.
            match connection(body, row).and_then(|connection| connection_below(resource, connection)) {
                Ok(connection) => connections.push(connection),
                Err(error) => {
                    tracing::warn!(event = "not_understood", %resource, error = %error, "a connection was left out");
                }
            }
        }
        Ok(connections)
    }

    /// One connection, or `None` where there is none by this id.
    pub async fn connection(&self, id: &ResourceId, row: &TargetType) -> Result<Option<Connection>, AzureError> {
        match self.get(id, &row.api_version).await {
            Ok(body) => Ok(Some(connection(body, row)?).filter(|connection| connection.id == *id)),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Approves or rejects a connection, and returns once ARM has taken the write. A provider that works on without
    /// saying how to follow it leaves the connection settling.
    ///
    /// The smallest body first; where the provider calls that a bad request and the connection still waits, one try with
    /// the body as the provider shows it.
    pub async fn write_state(&self, state: &StateWrite<'_>) -> Result<IsSettling, AzureError> {
        let refusal = match self.send_state(state, &state.smallest()).await {
            Err(error) if error.status == Some(400) => error,
            taken_or_failed => return taken_or_failed,
        };
        let observed = self.get(&state.write.connection, &state.row.api_version).await?;
        let seen = connection(observed.clone(), state.row)?;
        if seen.id != state.write.connection || seen.endpoint != state.write.endpoint {
            let detail = "the connection is another one than was decided on";
            return Err(AzureError::new(ErrorKind::Conflict, format!("write {}", state.write.connection), detail));
        }
        // The try before that had no answer, and was taken.
        if refusal.may_be_done && seen.status == *state.status {
            return Ok(seen.is_settling);
        }
        let fuller = state.fuller(observed);
        if seen.status != ConnectionStatus::Pending || fuller == state.smallest() {
            return Err(refusal);
        }
        tracing::debug!(event = "retry", error = %refusal, "writing the connection as its provider shows it");
        self.send_state(state, &fuller).await
    }

    async fn send_state(&self, state: &StateWrite<'_>, body: &Value) -> Result<IsSettling, AzureError> {
        let (id, row) = (&state.write.connection, state.row);
        match self.write(state.method(), id, &row.api_version, body, Condition::None).await? {
            Written::Completed => Ok(false),
            Written::Answered(body) => match connection(body, row) {
                Ok(connection) if connection.status == *state.status => Ok(connection.is_settling),
                // Taken, and still on its way: writing it again would not speed it up.
                Ok(_) | Err(_) => Ok(true),
            },
        }
    }
}

/// Whether a write to a connection is still under way.
pub(crate) type IsSettling = bool;

/// A connection that a target's own body repeats.
pub(crate) fn connection_in(
    target: &ResourceId,
    body: ConnectionBody,
    row: &TargetType,
) -> Result<Connection, AzureError> {
    connection_below(target, connection_of(body, row)?)
}

/// The connection, where it is the resource's own.
fn connection_below(resource: &ResourceId, connection: Connection) -> Result<Connection, AzureError> {
    if resource.child("privateEndpointConnections", connection.id.name()).as_ref() == Ok(&connection.id) {
        return Ok(connection);
    }
    let detail = format!("{} is not below the resource that lists it", connection.id);
    Err(AzureError::new(ErrorKind::Refused, format!("list connections of {resource}"), detail))
}

fn bodies_in(mut target: Value) -> Vec<Value> {
    match target.pointer_mut("/properties/privateEndpointConnections").map(Value::take) {
        Some(Value::Array(bodies)) => bodies,
        _ => Vec::new(),
    }
}

fn connection(body: Value, row: &TargetType) -> Result<Connection, AzureError> {
    let body: ConnectionBody = serde_json::from_value(body).map_err(|error| not_understood(&error))?;
    connection_of(body, row)
}

fn not_understood(why: &impl Display) -> AzureError {
    AzureError::not_understood("read a private endpoint connection", why)
}

fn connection_of(body: ConnectionBody, row: &TargetType) -> Result<Connection, AzureError> {
    let properties = body.properties;
    let endpoint =
        properties.private_endpoint.ok_or_else(|| not_understood(&format_args!("{} names no endpoint", body.id)))?;
    let listed_below = body.id.parent().ok_or_else(|| not_understood(&format_args!("{} is no connection", body.id)))?;
    let (target, own_group_id) = named_target(&listed_below);
    let state = properties.private_link_service_connection_state;
    let group_ids = properties.group_ids.or_else(|| properties.group_id.map(|id| vec![id]));
    Ok(Connection {
        target,
        endpoint: endpoint.id,
        status: ConnectionStatus::parse(&state.status),
        description: state.description.unwrap_or_default(),
        is_settling: properties.provisioning_state.is_some_and(|state| row.is_settling(&state)),
        group_ids: group_ids.or_else(|| own_group_id.map(|id| vec![id])),
        id: body.id,
    })
}

#[cfg(test)]
mod tests;
