//! What a Data Factory with a managed network asks for, and who is on a target's list.

use local_azure::cloud::subscriptions::MICROSOFT_SUBSCRIPTION;
use serde_json::{Value, json};

use crate::{PLATFORM, Platform};

impl Platform {
    /// Makes a Data Factory with a managed network in `rg-data`. Returns its id.
    pub async fn factory(&self, name: &str) -> anyhow::Result<String> {
        let id = format!(
            "/subscriptions/{PLATFORM}/resourceGroups/rg-data/providers/Microsoft.DataFactory/factories/{name}"
        );
        self.arm.put(&id, json!({ "location": "westeurope" })).await?;
        self.arm.put(&format!("{id}/managedVirtualNetworks/default"), json!({ "properties": {} })).await?;
        Ok(id)
    }

    /// Has a factory ask for a target by a managed endpoint. Returns the id that the target's side names.
    pub async fn factory_endpoint(
        &self,
        factory: &str,
        name: &str,
        target: &str,
        group_id: &str,
    ) -> anyhow::Result<String> {
        let managed = format!("{factory}/managedVirtualNetworks/default/managedPrivateEndpoints/{name}");
        let wanted = json!({ "properties": { "privateLinkResourceId": target, "groupId": group_id } });
        self.arm.put(&managed, wanted).await?;
        let of_microsoft = format!("/subscriptions/{MICROSOFT_SUBSCRIPTION}/");
        let ends = format!(".{name}");
        let mut ids = self.listed(target).await?.into_iter().map(|(id, _)| id);
        let id = ids.find(|id| id.starts_with(&of_microsoft) && id.ends_with(&ends));
        id.ok_or_else(|| anyhow::anyhow!("{target} lists no endpoint of Microsoft's that is called {ends}"))
    }

    /// The status that a target's list has for an endpoint, for one that cannot be read itself; empty where it has none.
    pub async fn status_on(&self, target: &str, endpoint: &str) -> anyhow::Result<String> {
        let mut listed = self.listed(target).await?.into_iter();
        Ok(listed.find(|(id, _)| id == endpoint).map(|(_, status)| status).unwrap_or_default())
    }

    /// The endpoints on a target's list, each with its status.
    async fn listed(&self, target: &str) -> anyhow::Result<Vec<(String, String)>> {
        let list = self.arm.get(&format!("{target}/privateEndpointConnections")).await?.body;
        let connections = list["value"].as_array().cloned().unwrap_or_default();
        let text = |connection: &Value, pointer: &str| Some(connection.pointer(pointer)?.as_str()?.to_owned());
        let listed = connections.iter().filter_map(|connection| {
            let id = text(connection, "/properties/privateEndpoint/id")?;
            Some((id, text(connection, "/properties/privateLinkServiceConnectionState/status")?))
        });
        Ok(listed.collect())
    }
}
