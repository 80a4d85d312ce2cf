//! The names behind the group ids of targets of every kind.

use serde_json::{Value, json};

use super::{group_ids, members};
use crate::cloud::{
    resource::Resource,
    resource_id::ResourceId,
    target_types::{self, TargetType},
};

fn target(resource_type: &str, body: &Value) -> Resource {
    let id = format!("/subscriptions/s/resourceGroups/rg/providers/{resource_type}/acct");
    Resource {
        id: ResourceId::parse(&id).expect("an id"),
        etag: String::new(),
        guid: String::new(),
        body: body.as_object().expect("an object").clone(),
    }
}

#[test]
fn a_target_answers_to_the_names_of_its_type_kind_and_location() {
    let table: [(&str, Value, &[&str]); 6] = [
        (
            "Microsoft.CognitiveServices/accounts",
            json!({"kind": "AIServices", "properties": {"customSubDomainName": "sub"}}),
            &["sub.cognitiveservices.azure.com", "sub.openai.azure.com", "sub.services.ai.azure.com"],
        ),
        (
            "Microsoft.CognitiveServices/accounts",
            json!({"kind": "TextAnalytics", "properties": {"customSubDomainName": "sub"}}),
            &["sub.cognitiveservices.azure.com"],
        ),
        (
            "Microsoft.ContainerRegistry/registries",
            json!({"location": "westus2"}),
            &["acct.westus2.data.azurecr.io", "acct.azurecr.io"],
        ),
        ("Microsoft.KeyVault/vaults", json!({}), &["acct.vault.azure.net"]),
        (
            "Microsoft.Security/privateLinks",
            json!({"location": "eastus"}),
            &["api.cloud.defender.microsoft.com", "eastus.data.cloud.defender.microsoft.com"],
        ),
        ("Microsoft.Network/privateLinkServices", json!({"properties": {"fqdns": ["Own.example"]}}), &["own.example"]),
    ];
    for (resource_type, body, expected) in table {
        let observed: Vec<String> =
            members(&target(resource_type, &body)).into_iter().flat_map(|member| member.fqdns).collect();
        assert_eq!(observed, expected, "{resource_type}");
    }
}

#[test]
fn every_target_type_but_private_link_services_has_group_ids() {
    for target_type in target_types::all() {
        let is_service = target_type.resource_type == "Microsoft.Network/privateLinkServices";
        assert_eq!(group_ids(target_type).is_empty(), is_service, "{}", target_type.resource_type);
    }
    assert_eq!(group_ids(TargetType::find("microsoft.storage/STORAGEACCOUNTS").expect("a row")).len(), 12);
}
