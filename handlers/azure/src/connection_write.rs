//! The body of an approval or rejection, as its type takes it.
//!
//! The first one is as small as providers and policies let it be: whole bodies are refused by providers with read-only
//! properties (<https://github.com/Azure/azure-cli/issues/20424>), SQL needs a description
//! (<https://github.com/Azure/azure-cli/issues/20752>), and the deny policies of the Cloud Adoption Framework need the
//! endpoint's id. A provider that wants more gets the connection as it shows it, without what only it may write.

use azure_core::http::Method;
use portreeve_decisions::catalogue::{Approval, TargetType};
use portreeve_decisions::facts::ConnectionStatus;
use portreeve_decisions::plan::ConnectionWrite;
use serde_json::{Map, Value, json};

/// Fields that no provider lets others write. Group ids are read-only in Azure's common types for Private Link; the
/// catalogue names the types that take them.
const READ_ONLY: [&str; 7] = ["id", "name", "type", "systemData", "provisioningState", "groupIds", "groupId"];

/// One write of a connection's state.
pub(crate) struct StateWrite<'a> {
    pub write: &'a ConnectionWrite,
    pub status: &'a ConnectionStatus,
    pub row: &'a TargetType,
}

impl StateWrite<'_> {
    /// How it is sent.
    pub fn method(&self) -> Method {
        if self.row.approval == Approval::Patch { Method::Patch } else { Method::Put }
    }

    /// The smallest body.
    pub fn smallest(&self) -> Value {
        let mut body = json!({ "properties": { "privateLinkServiceConnectionState": self.state(Map::new()) } });
        self.add_ids(&mut body);
        body
    }

    /// The observed body with the new state, without what is read-only.
    pub fn fuller(&self, observed: Value) -> Value {
        // serde takes a list for a struct, too; there is nothing in one to be kept.
        let mut body = if observed["properties"].is_object() { observed } else { Value::Null };
        let mut state = Map::new();
        if let Some(members) = body.as_object_mut() {
            members.retain(|name, _| self.is_writable(name));
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                properties.retain(|name, _| self.is_writable(name));
                if let Some(Value::Object(observed)) = properties.remove("privateLinkServiceConnectionState") {
                    state = observed;
                }
                // It may be the whole endpoint, of which nothing but the id is ours to say.
                properties.remove("privateEndpoint");
            }
        }
        state.retain(|name, _| self.is_writable(name));
        body["properties"]["privateLinkServiceConnectionState"] = self.state(state);
        self.add_ids(&mut body);
        body
    }

    fn is_writable(&self, field: &str) -> bool {
        let names = |fields: &[String]| fields.iter().any(|name| name.eq_ignore_ascii_case(field));
        names(&self.row.writable_fields) || !(READ_ONLY.contains(&field) || names(&self.row.read_only_fields))
    }

    /// The state with these observed members.
    fn state(&self, mut members: Map<String, Value>) -> Value {
        members.insert("status".into(), json!(self.status.as_str()));
        if self.row.approval != Approval::PutWithoutDescription {
            members.insert("description".into(), json!(self.write.description));
        }
        Value::Object(members)
    }

    fn add_ids(&self, body: &mut Value) {
        match self.row.approval {
            Approval::Put | Approval::PutWithoutDescription => {}
            Approval::PutWithId => {
                body["id"] = json!(self.write.connection);
                return;
            }
            Approval::PutWithIdAndName => {
                body["id"] = json!(self.write.connection);
                body["name"] = json!(self.write.connection.name());
            }
            Approval::Patch | Approval::None => return,
        }
        body["properties"]["privateEndpoint"] = json!({ "id": self.write.endpoint });
    }
}

#[cfg(test)]
mod tests;
