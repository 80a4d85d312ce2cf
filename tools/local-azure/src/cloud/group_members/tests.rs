//! The names behind the group ids of targets of every kind.

use serde_json::{Value, json};

use super::{group_ids, is_offered, members, rows};
use crate::{
    azure_cloud::Cloud,
    cloud::{
        resource::Resource,
        resource_id::ResourceId,
        target_types::{self, PRIVATE_LINK_SERVICES, TargetType},
    },
};

const CLOUDS: [Cloud; 3] = [Cloud::Public, Cloud::Government, Cloud::China];

fn target(resource_type: &str, body: &Value) -> Resource {
    let path = resource_type.replacen("sites/slots", "sites/site/slots", 1);
    let id = format!("/subscriptions/s/resourceGroups/rg/providers/{path}/acct");
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
            members(Cloud::Public, &target(resource_type, &body)).into_iter().flat_map(|member| member.fqdns).collect();
        assert_eq!(observed, expected, "{resource_type}");
    }
}

#[test]
fn every_target_type_is_in_some_cloud_and_has_group_ids_there() {
    for target_type in target_types::all() {
        let name = &target_type.resource_type;
        let clouds: Vec<Cloud> = CLOUDS.into_iter().filter(|cloud| is_offered(*cloud, target_type)).collect();
        assert!(clouds.contains(&Cloud::Public), "{name}");
        for cloud in clouds {
            let members = members(cloud, &target(name, &json!({ "location": "eastus" })));
            assert!(!members.is_empty(), "{name}");
            assert_eq!(group_ids(&members).is_empty(), name == PRIVATE_LINK_SERVICES, "{name}");
        }
    }
    for row in rows() {
        let row_type = TargetType::find(&row.resource_type).map(|found| found.resource_type.as_str());
        assert_eq!(row_type, Some(row.resource_type.as_str()), "the table's own letter case");
        assert!(["yes", "no"].contains(&row.shared.as_str()), "{row:?}");
        assert_eq!(row.public_suffix.is_empty(), row.zone.is_empty(), "{row:?}");
    }
}

#[test]
fn every_name_is_a_record_with_a_suffix_and_no_placeholder_is_left() {
    for cloud in CLOUDS {
        for row in rows().iter().filter(|row| row.cloud.contains(&cloud)) {
            let kind = row.resource_kind.split(';').next().unwrap_or_default();
            let body = json!({ "location": "eastus", "kind": kind });
            for member in members(cloud, &target(&row.resource_type, &body)) {
                let texts = [&member.group_id, &member.name, &member.record, &member.public_suffix, &member.zone];
                assert!(texts.iter().all(|text| !text.contains(['{', '}'])), "{member:?}");
                for fqdn in &member.fqdns {
                    let expected = if member.record == "@" {
                        member.public_suffix.clone()
                    } else {
                        format!("{}.{}", member.record, member.public_suffix)
                    };
                    assert_eq!(*fqdn, expected.to_ascii_lowercase());
                    assert!(fqdn.split('.').all(|label| (1..=63).contains(&label.len())), "{fqdn}");
                    assert!(fqdn.len() <= 253 && member.private_fqdn().len() <= 253, "{fqdn}");
                }
            }
        }
    }
}

/// Cloud, type, body, and of each member how its name begins and its zone.
type NamesInCloud = (Cloud, &'static str, Value, &'static [(&'static str, &'static str)]);

#[test]
fn clouds_have_names_of_their_own() {
    let table: [NamesInCloud; 10] = [
        (
            Cloud::Government,
            "Microsoft.Devices/iotHubs",
            json!({}),
            &[("acct", "privatelink.azure-devices.us"), ("iothub-ns-", "privatelink.servicebus.usgovcloudapi.net")],
        ),
        (
            Cloud::Government,
            "Microsoft.KeyVault/vaults",
            json!({}),
            &[("acct.vault.usgovcloudapi.net", "privatelink.vaultcore.usgovcloudapi.net")],
        ),
        (
            Cloud::China,
            "Microsoft.SignalRService/signalR",
            json!({}),
            &[("acct.signalr.azure.cn", "privatelink.signalr.azure.cn")],
        ),
        (
            Cloud::Public,
            "Microsoft.Storage/storageAccounts",
            json!({ "properties": { "dnsEndpointType": "AzureDnsZone" } }),
            &[("acct.z12.blob.storage.azure.net", "privatelink.blob.storage.azure.net")],
        ),
        (
            Cloud::Public,
            "Microsoft.Cache/redisEnterprise",
            json!({ "location": "eastus", "sku": { "name": "EnterpriseFlash_F300" } }),
            &[("acct.eastus.redisenterprise.cache.azure.net", "privatelink.redisenterprise.cache.azure.net")],
        ),
        (
            Cloud::Public,
            "Microsoft.Cache/redisEnterprise",
            json!({ "location": "eastus", "sku": { "name": "Balanced_B5" } }),
            &[("acct.eastus.redis.azure.net", "privatelink.redis.azure.net")],
        ),
        (
            Cloud::Public,
            "Microsoft.Web/staticSites",
            json!({ "kind": "Unpartitioned" }),
            &[("acct.azurestaticapps.net", "privatelink.azurestaticapps.net")],
        ),
        (
            Cloud::Public,
            "Microsoft.Sql/managedInstances",
            json!({ "properties": { "dnsZone": "abc" } }),
            &[("acct.abc.database.windows.net", "privatelink.abc.database.windows.net")],
        ),
        (
            Cloud::Public,
            "Microsoft.Web/sites/slots",
            json!({}),
            &[
                ("site-acct.azurewebsites.net", "privatelink.azurewebsites.net"),
                ("site-acct.scm.azurewebsites.net", "privatelink.azurewebsites.net"),
            ],
        ),
        (
            Cloud::Public,
            "Microsoft.ElasticSan/elasticSans",
            json!({ "properties": { "volumeGroups": ["one"] } }),
            &[("one-", "privatelink.blob.core.windows.net")],
        ),
    ];
    for (cloud, resource_type, body, expected) in table {
        let members = members(cloud, &target(resource_type, &body));
        for (member, (start, zone)) in members.iter().zip(expected) {
            assert!(member.fqdns[0].starts_with(start) && member.zone == *zone, "{member:?}");
        }
    }
}

#[test]
fn owners_choose_some_group_ids() {
    let frontends = json!([
        { "name": "public" },
        { "name": "private", "properties": { "privateLinkConfiguration": { "id": "x" } } },
    ]);
    let body = json!({ "properties": { "frontendIPConfigurations": frontends } });
    let gateways = members(Cloud::China, &target("Microsoft.Network/applicationGateways", &body));
    assert_eq!(group_ids(&gateways), ["private"]);
    assert!(gateways[0].fqdns.is_empty() && gateways[0].zone.is_empty());
    let storage = members(Cloud::Public, &target("Microsoft.Storage/storageAccounts", &json!({})));
    assert_eq!(group_ids(&storage).len(), 12);
}

#[test]
fn a_name_with_a_wildcard_is_reported_in_either_form() {
    let reported = |properties: Value| {
        let environment =
            target("Microsoft.App/managedEnvironments", &json!({ "location": "eastus", "properties": properties }));
        let members = members(Cloud::Public, &environment);
        // Clients use names below it, however it is reported.
        assert_eq!(members[0].fqdns, ["*.acct.eastus.azurecontainerapps.io"]);
        members[0].reported_fqdns().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(reported(json!({})), ["*.acct.eastus.azurecontainerapps.io"]);
    assert_eq!(reported(json!({ "reportsPlainNames": true })), ["acct.eastus.azurecontainerapps.io"]);
    let vault = target("Microsoft.KeyVault/vaults", &json!({ "properties": { "reportsPlainNames": true } }));
    assert!(members(Cloud::Public, &vault)[0].reported_fqdns().eq(["acct.vault.azure.net"]));
}
