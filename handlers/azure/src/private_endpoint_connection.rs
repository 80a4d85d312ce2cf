//! `…/privateEndpointConnections`: the target's side, turned from ARM's JSON into facts, and its approval.

use portreeve_decisions::catalogue::{ApprovalBody, TargetType};
use portreeve_decisions::facts::{Connection, ConnectionStatus};
use portreeve_decisions::plan::ConnectionWrite;
use portreeve_decisions::resource_id::ResourceId;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arm::{Arm, Condition, Written};
use crate::error::{AzureError, ErrorKind};

#[derive(Deserialize)]
struct ConnectionBody {
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
    /// The singular spelling of Cosmos DB.
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
    /// All connections to a target. One that cannot be understood is left out, and said.
    pub async fn connections_to(&self, target: &ResourceId, row: &TargetType) -> Result<Vec<Connection>, AzureError> {
        let mut connections = Vec::new();
        for body in self.list(&format!("{target}/privateEndpointConnections"), &row.api_version).await? {
            match connection(body) {
                Ok(connection) => connections.push(connection),
                Err(error) => {
                    tracing::warn!(event = "not_understood", %target, error = %error, "a connection was left out");
                }
            }
        }
        Ok(connections)
    }

    /// One connection, or `None` where there is none by this id.
    pub async fn connection(&self, id: &ResourceId, row: &TargetType) -> Result<Option<Connection>, AzureError> {
        match self.get(id, &row.api_version).await {
            Ok(body) => connection(body).map(Some),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Approves or rejects a connection, and returns its provisioning state once ARM has taken the write: `None` where it
    /// is done. A provider that works on without saying how to follow it leaves it `Updating`.
    ///
    /// The body is as small as providers and policies let it be: whole bodies are refused by providers with read-only
    /// properties (<https://github.com/Azure/azure-cli/issues/20424>), SQL needs a description
    /// (<https://github.com/Azure/azure-cli/issues/20752>), and the deny policies of the Cloud Adoption Framework need
    /// the endpoint's id.
    pub async fn write_connection(
        &self,
        write: &ConnectionWrite,
        status: &ConnectionStatus,
        row: &TargetType,
    ) -> Result<Option<String>, AzureError> {
        let mut body = json!({ "properties": {
            "privateEndpoint": { "id": write.endpoint },
            "privateLinkServiceConnectionState": { "status": status.as_str(), "description": write.description },
        }});
        if row.approval == ApprovalBody::Named {
            body["id"] = json!(write.connection);
            body["name"] = json!(write.connection.name());
        }
        let written = self.put(&write.connection, &row.api_version, &body, Condition::None).await?;
        Ok(match written {
            Written::Completed => None,
            Written::Answered(body) => match connection(body) {
                Ok(connection) if connection.status == *status => connection.provisioning_state,
                // Taken, and still on its way: writing it again would not speed it up.
                Ok(_) | Err(_) => Some("Updating".to_owned()),
            },
        })
    }
}

/// The connections that a target's own body repeats; none where it repeats none.
pub(crate) fn connections_in(target: &Value) -> Vec<Connection> {
    let bodies = target.pointer("/properties/privateEndpointConnections").and_then(Value::as_array);
    bodies.into_iter().flatten().filter_map(|body| connection(body.clone()).ok()).collect()
}

fn connection(body: Value) -> Result<Connection, AzureError> {
    let not_understood =
        |detail: String| AzureError::new(ErrorKind::Refused, "read a private endpoint connection", detail);
    let body: ConnectionBody = serde_json::from_value(body).map_err(|error| not_understood(error.to_string()))?;
    let properties = body.properties;
    let endpoint =
        properties.private_endpoint.ok_or_else(|| not_understood(format!("{} names no endpoint", body.id)))?;
    let target = body.id.parent().ok_or_else(|| not_understood(format!("{} is no connection", body.id)))?;
    let state = properties.private_link_service_connection_state;
    Ok(Connection {
        target,
        endpoint: endpoint.id,
        status: ConnectionStatus::parse(&state.status),
        description: state.description.unwrap_or_default(),
        provisioning_state: properties.provisioning_state,
        group_ids: properties.group_ids.or_else(|| properties.group_id.map(|id| vec![id])),
        id: body.id,
    })
}
