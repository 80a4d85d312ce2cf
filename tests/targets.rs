//! Every target type and group id of the catalogue's first rows: pending, approved, named, proven.

use std::time::Duration;

use platform::{Platform, allowlist};
use serde_json::{Value, json};

/// One endpoint's story: target type, its name and properties, the group id, and the records expected as zone and name.
struct Case {
    resource_type: &'static str,
    target: &'static str,
    properties: Value,
    group_id: &'static str,
    records: Vec<(&'static str, &'static str)>,
}

fn case(
    resource_type: &'static str,
    target: &'static str,
    properties: Value,
    group_id: &'static str,
    records: &[(&'static str, &'static str)],
) -> Case {
    Case { resource_type, target, properties, group_id, records: records.to_vec() }
}

fn cases() -> Vec<Case> {
    let storage = |target, group_id, zone, name| {
        case("Microsoft.Storage/storageAccounts", target, json!({ "kind": "StorageV2" }), group_id, &[(zone, name)])
    };
    let cosmos = |target, group_id, zone, names: [&'static str; 2]| {
        let records = names.map(|name| (zone, name));
        case("Microsoft.DocumentDB/databaseAccounts", target, json!({}), group_id, &records)
    };
    let foundry = json!({ "kind": "AIServices", "customSubDomainName": "foundry1" });
    vec![
        case(
            "Microsoft.Security/privateLinks",
            "defender1",
            json!({}),
            "containers",
            &[("privatelink.cloud.defender.microsoft.com", "api")],
        ),
        case(
            "Microsoft.CognitiveServices/accounts",
            "foundry1",
            foundry,
            "account",
            &[
                ("privatelink.cognitiveservices.azure.com", "foundry1"),
                ("privatelink.openai.azure.com", "foundry1"),
                ("privatelink.services.ai.azure.com", "foundry1"),
            ],
        ),
        storage("stblob", "blob", "privatelink.blob.core.windows.net", "stblob"),
        storage("stblob2", "blob_secondary", "privatelink.blob.core.windows.net", "stblob2-secondary"),
        storage("sttable", "table", "privatelink.table.core.windows.net", "sttable"),
        storage("sttable2", "table_secondary", "privatelink.table.core.windows.net", "sttable2-secondary"),
        storage("stqueue", "queue", "privatelink.queue.core.windows.net", "stqueue"),
        storage("stqueue2", "queue_secondary", "privatelink.queue.core.windows.net", "stqueue2-secondary"),
        storage("stfile", "file", "privatelink.file.core.windows.net", "stfile"),
        storage("stfile2", "file_secondary", "privatelink.file.core.windows.net", "stfile2-secondary"),
        storage("stweb", "web", "privatelink.web.core.windows.net", "stweb.z6"),
        storage("stweb2", "web_secondary", "privatelink.web.core.windows.net", "stweb2-secondary.z6"),
        storage("stdfs", "dfs", "privatelink.dfs.core.windows.net", "stdfs"),
        storage("stdfs2", "dfs_secondary", "privatelink.dfs.core.windows.net", "stdfs2-secondary"),
        cosmos("cosql", "Sql", "privatelink.documents.azure.com", ["cosql", "cosql-westeurope"]),
        cosmos("comongo", "MongoDB", "privatelink.mongo.cosmos.azure.com", ["comongo", "comongo-westeurope"]),
        cosmos("cocass", "Cassandra", "privatelink.cassandra.cosmos.azure.com", ["cocass", "cocass-westeurope"]),
        cosmos("cogrem", "Gremlin", "privatelink.gremlin.cosmos.azure.com", ["cogrem", "cogrem-westeurope"]),
        cosmos("cotable", "Table", "privatelink.table.cosmos.azure.com", ["cotable", "cotable-westeurope"]),
        cosmos("coana", "Analytical", "privatelink.analytics.cosmos.azure.com", ["coana", "coana-westeurope"]),
        case("Microsoft.Sql/servers", "sql1", json!({}), "sqlServer", &[("privatelink.database.windows.net", "sql1")]),
        case("Microsoft.KeyVault/vaults", "kv1", json!({}), "vault", &[("privatelink.vaultcore.azure.net", "kv1")]),
        case(
            "Microsoft.ContainerRegistry/registries",
            "acr1",
            json!({}),
            "registry",
            &[("privatelink.azurecr.io", "acr1"), ("privatelink.azurecr.io", "acr1.westeurope.data")],
        ),
        case("Microsoft.Network/privateLinkServices", "pls1", json!({}), "", &[]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_target_and_group_id_is_approved_named_and_proven() {
    let everything = "{ id: everything, effect: approve, target: { name: \"*\" } }";
    let platform = Platform::start(&allowlist(&[everything])).await.unwrap().with_surroundings().await.unwrap();
    let cases = cases();
    let mut zones: Vec<&str> = cases.iter().flat_map(|case| case.records.iter().map(|(zone, _)| *zone)).collect();
    zones.sort_unstable();
    zones.dedup();
    for zone in zones {
        platform.zone(zone).await.unwrap();
    }
    let mut endpoints = Vec::new();
    for case in &cases {
        let target = platform.target(case.resource_type, case.target, case.properties.clone()).await.unwrap();
        let group_ids: Vec<&str> = Some(case.group_id).into_iter().filter(|id| !id.is_empty()).collect();
        endpoints.push(platform.endpoint(&format!("pe-{}", case.target), &target, &group_ids).await.unwrap());
    }
    platform.at_rest(Duration::from_secs(20)).await;

    for (case, endpoint) in cases.iter().zip(&endpoints) {
        let who = format!("{} {}", case.resource_type, case.group_id);
        assert_eq!(platform.status(endpoint).await.unwrap(), "Approved", "{who}");
        for (zone, name) in &case.records {
            assert_eq!(platform.addresses(zone, name).await.unwrap().len(), 1, "{who}: {name} in {zone}");
        }
        assert_eq!(platform.verdicts(endpoint).last().map(String::as_str), Some("passed"), "{who}");
    }
    for endpoint in &endpoints {
        assert_eq!(platform.writes_after_another_event(endpoint).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn defender_gets_its_record_in_the_public_zone_where_that_is_the_only_one() {
    let rule = "{ id: defender, effect: approve, target: { type: Microsoft.Security/privateLinks } }";
    let platform = Platform::start(&allowlist(&[rule])).await.unwrap().with_surroundings().await.unwrap();
    platform.zone("cloud.defender.microsoft.com").await.unwrap();
    let target = platform.target("Microsoft.Security/privateLinks", "defender", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-defender", &target, &["containers"]).await.unwrap();
    platform.at_rest(Duration::from_secs(20)).await;
    assert_eq!(platform.addresses("cloud.defender.microsoft.com", "api").await.unwrap().len(), 1);
    assert_eq!(platform.verdicts(&endpoint).last().map(String::as_str), Some("passed"));
}
