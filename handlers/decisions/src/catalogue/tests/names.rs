//! Names that are plain suffixes and zones: one sample for every row, and the ones that people meet most by hand.

use super::*;

#[test]
fn every_group_id_in_every_cloud_finds_each_of_its_zones() {
    let mut found = 0;
    for of_type in Catalogue::known().target_types() {
        for zone in of_type.zones.iter() {
            for group_id in &zone.group_ids {
                let group_id = if group_id == "*" { "volumes".to_owned() } else { group_id.replace('*', "blue") };
                let expected = if zone.has("wildcard") { "*.it" } else { "it" };
                let expected = Place { zone: filled(&zone.private_zone), record_name: expected.to_owned() };
                let template = if zone.has("existing") { &zone.private_zone } else { &zone.public_suffix };
                let fqdn = format!("it.{}", filled(template));
                let placement = of_type.placement(zone.cloud, std::slice::from_ref(&group_id), &fqdn);
                let placement = placement.unwrap_or_else(|| panic!("{group_id} {fqdn} goes nowhere"));
                let place = if zone.has("existing") { &placement.places[0] } else { placement.home() };
                assert_eq!(*place, expected, "{group_id} {fqdn}");
                if !zone.has("existing") {
                    assert_eq!(placement.port, zone.port, "{fqdn}");
                }
                found += 1;
            }
        }
    }
    // Far fewer would mean that rows are skipped.
    assert!(found > 250, "{found}");
}

#[test]
fn a_name_of_another_cloud_goes_nowhere() {
    for of_type in Catalogue::known().target_types() {
        for zone in of_type.zones.iter() {
            let fqdn = format!("it.{}", filled(&zone.public_suffix));
            for cloud in Cloud::ALL.into_iter().filter(|cloud| *cloud != zone.cloud) {
                assert_eq!(of_type.placement(cloud, &[], &fqdn), None, "{fqdn} in {cloud}");
            }
        }
    }
}

#[test]
fn storage_has_a_zone_for_each_service_and_shares_it_with_the_secondary() {
    let storage = "Microsoft.Storage/storageAccounts";
    for service in ["blob", "table", "queue", "file", "web", "dfs"] {
        let secondary = format!("{service}_secondary");
        let cases = [
            (
                service,
                format!("st.{service}.core.windows.net"),
                format!("st in privatelink.{service}.core.windows.net"),
            ),
            (
                &secondary,
                format!("st-secondary.{service}.core.windows.net"),
                format!("st-secondary in privatelink.{service}.core.windows.net"),
            ),
            (
                service,
                format!("st.z12.{service}.storage.azure.net"),
                format!("st.z12 in privatelink.{service}.storage.azure.net"),
            ),
            (service, format!("st.other{service}.core.windows.net"), "nowhere".to_owned()),
        ];
        for (group_id, fqdn, expected) in cases {
            assert_eq!(home(Cloud::Public, storage, &[group_id], &fqdn), expected, "{fqdn}");
        }
    }
    check(
        Cloud::Public,
        storage,
        &[
            ("web", "st.z6.web.core.windows.net", "st.z6 in privatelink.web.core.windows.net"),
            ("WEB", "st.z6.web.core.windows.net", "st.z6 in privatelink.web.core.windows.net"),
        ],
    );
}

#[test]
fn cosmos_has_regional_names_in_the_zone_of_its_interface() {
    check(
        Cloud::Public,
        "Microsoft.DocumentDB/databaseAccounts",
        &[
            ("Sql", "db.documents.azure.com", "db in privatelink.documents.azure.com"),
            ("Sql", "db-westeurope.documents.azure.com", "db-westeurope in privatelink.documents.azure.com"),
            ("MongoDB", "db-westeurope.mongo.cosmos.azure.com", "db-westeurope in privatelink.mongo.cosmos.azure.com"),
            ("Cassandra", "db.cassandra.cosmos.azure.com", "db in privatelink.cassandra.cosmos.azure.com"),
            ("Gremlin", "db.gremlin.cosmos.azure.com", "db in privatelink.gremlin.cosmos.azure.com"),
            ("Table", "db.table.cosmos.azure.com", "db in privatelink.table.cosmos.azure.com"),
            ("Analytical", "db.analytics.cosmos.azure.com", "db in privatelink.analytics.cosmos.azure.com"),
        ],
    );
}

#[test]
fn foundry_has_three_zones() {
    check(
        Cloud::Public,
        "Microsoft.CognitiveServices/accounts",
        &[
            ("account", "ai.cognitiveservices.azure.com", "ai in privatelink.cognitiveservices.azure.com"),
            ("account", "ai.openai.azure.com", "ai in privatelink.openai.azure.com"),
            ("account", "ai.services.ai.azure.com", "ai in privatelink.services.ai.azure.com"),
        ],
    );
}

#[test]
fn defender_has_an_api_and_regional_data_names() {
    let zone = "privatelink.cloud.defender.microsoft.com";
    let cases = [
        ("api.cloud.defender.microsoft.com", "api"),
        ("x.westeurope.data.cloud.defender.microsoft.com", "x.westeurope.data"),
        ("api.privatelink.cloud.defender.microsoft.com", "api"),
    ];
    for (fqdn, record_name) in cases {
        let found = home(Cloud::Public, "Microsoft.Security/privateLinks", &["containers"], fqdn);
        assert_eq!(found, format!("{record_name} in {zone}"));
    }
}

#[test]
fn a_name_that_fits_no_zone_of_its_type_goes_nowhere() {
    check(
        Cloud::Public,
        "Microsoft.Storage/storageAccounts",
        &[
            ("blob", "evil.example", "nowhere"),
            ("blob", "kv.vault.azure.net", "nowhere"),
            ("blob", "blob.core.windows.net", "nowhere"),
            ("blob", "privatelink.blob.core.windows.net", "nowhere"),
            ("blob", ".blob.core.windows.net", "nowhere"),
            ("blob", "stblob.core.windows.net", "nowhere"),
            ("blob", "a..b.blob.core.windows.net", "nowhere"),
            ("blob", "a/../b.blob.core.windows.net", "nowhere"),
            ("blob", "a%2f.blob.core.windows.net", "nowhere"),
            ("blob", "a@b.blob.core.windows.net", "nowhere"),
            ("blob", "st.blob.core.windows.net.", "nowhere"),
            ("blob", "größe.blob.core.windows.net", "nowhere"),
            ("blob", "", "nowhere"),
            ("blob", ".", "nowhere"),
        ],
    );
    // A record that takes every name of the zone is nobody's own.
    check(Cloud::Public, "Microsoft.Storage/storageAccounts", &[("blob", "*.blob.core.windows.net", "nowhere")]);
    check(Cloud::Public, "Microsoft.Network/privateLinkServices", &[("", "x.blob.core.windows.net", "nowhere")]);
}

#[test]
fn names_and_labels_that_no_dns_has_go_nowhere() {
    let storage = |name: &str| {
        home(Cloud::Public, "Microsoft.Storage/storageAccounts", &["blob"], &format!("{name}.blob.core.windows.net"))
    };
    let label = "a".repeat(63);
    assert_eq!(storage(&label), format!("{label} in privatelink.blob.core.windows.net"));
    assert_eq!(storage(&"a".repeat(64)), "nowhere");
    assert_eq!(storage(&[label.as_str(); 4].join(".")), "nowhere");
}

#[test]
fn group_ids_restrict_the_zones_and_unknown_ones_do_not() {
    let storage = "Microsoft.Storage/storageAccounts";
    let blob = |group_ids: &[&str]| home(Cloud::Public, storage, group_ids, "st.blob.core.windows.net");
    assert_eq!(blob(&["file"]), "nowhere");
    assert_eq!(blob(&["file", "blob"]), "st in privatelink.blob.core.windows.net");
    assert_eq!(blob(&["BLOB"]), "st in privatelink.blob.core.windows.net");
    assert_eq!(blob(&[]), "st in privatelink.blob.core.windows.net");
}

#[test]
fn a_placement_tells_the_public_zone_and_the_port() {
    let vault = placed(Cloud::Public, "microsoft.keyvault/VAULTS", &[], "kv.vault.azure.net").unwrap();
    let places: Vec<String> = vault.places.iter().map(shown).collect();
    assert_eq!(places, ["kv in privatelink.vaultcore.azure.net", "kv in vault.azure.net"]);
    // A name in the private form is not asked for in the public zone.
    let private =
        placed(Cloud::Public, "Microsoft.KeyVault/vaults", &[], "kv.privatelink.vaultcore.azure.net").unwrap();
    assert_eq!(private.places.iter().map(shown).collect::<Vec<_>>(), ["kv in privatelink.vaultcore.azure.net"]);
    let port = |resource_type: &str, fqdn: &str| placed(Cloud::Public, resource_type, &[], fqdn).unwrap().port;
    assert_eq!(port("Microsoft.KeyVault/vaults", "kv.vault.azure.net"), Some(443));
    assert_eq!(port("Microsoft.Sql/servers", "db.database.windows.net"), Some(1433));
    assert_eq!(port("Microsoft.Storage/storageAccounts", "st.file.core.windows.net"), Some(445));
    assert_eq!(port("Microsoft.FileShares/fileShares", "st.file.core.windows.net"), None);
}

#[test]
fn a_place_reads_as_the_name_of_its_record() {
    let place = |record_name: &str| Place { zone: "z.example".to_owned(), record_name: record_name.to_owned() }.fqdn();
    assert_eq!(place("@"), "z.example");
    assert_eq!(place("a.b"), "a.b.z.example");
    assert_eq!(place("*.env"), "*.env.z.example");
}
