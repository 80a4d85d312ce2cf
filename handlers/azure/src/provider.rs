//! What a resource provider tells of its own types: the api-versions that it offers, and a resource's
//! `privateLinkResources`.

use portreeve_decisions::catalogue::learned::PrivateLinkResource;
use portreeve_decisions::resource_id::ResourceId;
use serde::Deserialize;
use serde_json::Value;

use crate::arm::Arm;
use crate::error::AzureError;

/// The api-version for providers: <https://learn.microsoft.com/rest/api/resources/providers/get>.
const PROVIDERS_API_VERSION: &str = "2021-04-01";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Provider {
    resource_types: Vec<ProviderType>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ProviderType {
    resource_type: String,
    api_versions: Vec<String>,
}

impl Arm {
    /// The api-versions that the provider of a type offers for the connections to it; where it lists them with the type
    /// only, those of the type. None at all where it knows no such type.
    pub async fn api_versions_for(&self, subscription: &str, resource_type: &str) -> Result<Vec<String>, AzureError> {
        let (namespace, own) = resource_type.split_once('/').unwrap_or((resource_type, ""));
        let path = format!("/subscriptions/{subscription}/providers/{namespace}");
        let body = self.get_path(&path, PROVIDERS_API_VERSION).await?;
        let provider: Provider = serde_json::from_value(body)
            .map_err(|error| AzureError::not_understood(format!("read provider {namespace}"), &error))?;
        let versions_of = |wanted: &str| {
            let found = provider.resource_types.iter().find(|known| known.resource_type.eq_ignore_ascii_case(wanted));
            found.map(|known| known.api_versions.clone()).filter(|versions| !versions.is_empty())
        };
        let of_connections = versions_of(&format!("{own}/privateEndpointConnections"));
        Ok(of_connections.or_else(|| versions_of(own)).unwrap_or_default())
    }

    /// What a target tells of its group ids and the zones of their names. An entry that cannot be understood is left out.
    pub async fn private_link_resources(
        &self,
        target: &ResourceId,
        api_version: &str,
    ) -> Result<Vec<PrivateLinkResource>, AzureError> {
        let bodies = self.list(&format!("{target}/privateLinkResources"), api_version).await?;
        let understood = |body: &Value| serde_json::from_value(body.get("properties")?.clone()).ok();
        Ok(bodies.iter().filter_map(understood).collect())
    }
}
