use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn target(resource_type: &str) -> ResourceId {
    ResourceId::parse(&format!(
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/{resource_type}/it"
    ))
    .unwrap()
}

/// Where a name's record belongs, as `name in zone`.
fn place(cloud: Cloud, resource_type: &str, group_ids: &[&str], fqdn: &str) -> String {
    let group_ids: Vec<String> = group_ids.iter().map(|&id| id.to_owned()).collect();
    match Catalogue::known().placement(cloud, &target(resource_type), &group_ids, fqdn) {
        Some(placement) => format!("{} in {}", placement.record_name, placement.private_zone),
        None => "nowhere".to_owned(),
    }
}

fn check(cloud: Cloud, resource_type: &str, cases: &[(&str, &str, &str)]) {
    for (group_id, fqdn, expected) in cases {
        assert_eq!(place(cloud, resource_type, &[group_id], fqdn), *expected, "{group_id} {fqdn}");
    }
}

#[test]
fn every_type_and_zone_row_fits_the_others() {
    let catalogue = Catalogue::known();
    let mut types = BTreeSet::new();
    for row in &catalogue.target_types {
        assert!(types.insert(row.resource_type.to_ascii_lowercase()), "{} twice", row.resource_type);
        assert!(time::Date::parse(&row.api_version, time::macros::format_description!("[year]-[month]-[day]")).is_ok());
        assert!(!row.source.is_empty());
        assert_eq!(catalogue.target_type(&target(&row.resource_type)).unwrap().resource_type, row.resource_type);
    }
    let mut suffixes = BTreeSet::new();
    for row in &catalogue.zones {
        let of_type = catalogue.target_type(&target(&row.resource_type)).expect(&row.resource_type);
        for id in &row.group_ids {
            assert!(of_type.group_ids.contains(id), "{id} is no group id of {}", row.resource_type);
            // Otherwise it would hang on the order of the rows where a name goes.
            let key = (format!("{:?}", row.cloud), row.resource_type.clone(), id.clone(), row.public_suffix.clone());
            assert!(suffixes.insert(key), "{id} {} twice", row.public_suffix);
        }
        assert!(!row.group_ids.is_empty() && row.port > 0);
        // Zones are compared without folding case, and a suffix with a leading dot would never match.
        for zone in [&row.public_suffix, &row.private_zone] {
            assert!(
                zone.split('.').count() >= 2
                    && zone.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b)),
                "{zone}"
            );
            assert!(zone.split('.').all(|label| !label.is_empty()), "{zone}");
        }
        assert!(row.private_zone.starts_with("privatelink."), "{}", row.private_zone);
    }
}

#[test]
fn every_group_id_has_a_public_zone_unless_its_names_are_its_owners() {
    let catalogue = Catalogue::known();
    for row in &catalogue.target_types {
        let has_zone = |id: &String| {
            catalogue.zones.iter().any(|zone| {
                zone.cloud == Cloud::Public && zone.resource_type == row.resource_type && zone.group_ids.contains(id)
            })
        };
        let lacking: Vec<&String> = row.group_ids.iter().filter(|id| !has_zone(id)).collect();
        assert!(lacking.is_empty(), "{} lacks zones for {lacking:?}", row.resource_type);
        assert_eq!(row.group_ids.is_empty(), row.resource_type == "Microsoft.Network/privateLinkServices");
    }
}

#[test]
fn defender_has_an_api_and_regional_data_names() {
    check(
        Cloud::Public,
        "Microsoft.Security/privateLinks",
        &[
            ("containers", "api.cloud.defender.microsoft.com", "api in privatelink.cloud.defender.microsoft.com"),
            (
                "containers",
                "x.westeurope.data.cloud.defender.microsoft.com",
                "x.westeurope.data in privatelink.cloud.defender.microsoft.com",
            ),
            (
                "containers",
                "api.privatelink.cloud.defender.microsoft.com",
                "api in privatelink.cloud.defender.microsoft.com",
            ),
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
fn storage_has_a_zone_for_each_service_and_shares_it_with_the_secondary() {
    for service in ["blob", "table", "queue", "file", "web", "dfs"] {
        let zone = format!("privatelink.{service}.core.windows.net");
        check(
            Cloud::Public,
            "Microsoft.Storage/storageAccounts",
            &[
                (service, &format!("st.{service}.core.windows.net"), &format!("st in {zone}")),
                (
                    &format!("{service}_secondary"),
                    &format!("st-secondary.{service}.core.windows.net"),
                    &format!("st-secondary in {zone}"),
                ),
            ],
        );
    }
    check(
        Cloud::Public,
        "Microsoft.Storage/storageAccounts",
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
fn names_that_do_not_become_private_by_a_prefix_alone_find_their_zone() {
    check(
        Cloud::Public,
        "Microsoft.KeyVault/vaults",
        &[
            ("vault", "kv.vault.azure.net", "kv in privatelink.vaultcore.azure.net"),
            ("vault", "kv.vaultcore.azure.net", "kv in privatelink.vaultcore.azure.net"),
            ("vault", "kv.privatelink.vaultcore.azure.net", "kv in privatelink.vaultcore.azure.net"),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.ContainerRegistry/registries",
        &[
            ("registry", "reg.azurecr.io", "reg in privatelink.azurecr.io"),
            ("registry", "reg.westus2.data.azurecr.io", "reg.westus2.data in privatelink.azurecr.io"),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.Sql/servers",
        &[("sqlServer", "db.database.windows.net", "db in privatelink.database.windows.net")],
    );
}

#[test]
fn each_cloud_has_its_own_zones() {
    check(
        Cloud::Government,
        "Microsoft.KeyVault/vaults",
        &[
            ("vault", "kv.vault.usgovcloudapi.net", "kv in privatelink.vaultcore.usgovcloudapi.net"),
            ("vault", "kv.vault.azure.net", "nowhere"),
        ],
    );
    check(
        Cloud::Government,
        "Microsoft.Storage/storageAccounts",
        &[("blob", "st.blob.core.usgovcloudapi.net", "st in privatelink.blob.core.usgovcloudapi.net")],
    );
    check(
        Cloud::China,
        "Microsoft.Sql/servers",
        &[("sqlServer", "db.database.chinacloudapi.cn", "db in privatelink.database.chinacloudapi.cn")],
    );
    // Security Private Link is for the public cloud alone.
    check(
        Cloud::Government,
        "Microsoft.Security/privateLinks",
        &[("containers", "api.cloud.defender.microsoft.com", "nowhere")],
    );
    check(
        Cloud::China,
        "Microsoft.Security/privateLinks",
        &[("containers", "api.cloud.defender.microsoft.com", "nowhere")],
    );
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
            ("blob", ".blob.core.windows.net", "nowhere"),
            ("blob", "stblob.core.windows.net", "nowhere"),
            ("blob", "a..b.blob.core.windows.net", "nowhere"),
            ("blob", "a/../b.blob.core.windows.net", "nowhere"),
            ("blob", "a%2f.blob.core.windows.net", "nowhere"),
            ("blob", "", "nowhere"),
        ],
    );
    check(Cloud::Public, "Microsoft.Network/privateLinkServices", &[("", "x.blob.core.windows.net", "nowhere")]);
    check(Cloud::Public, "Contoso.Unknown/things", &[("blob", "x.blob.core.windows.net", "nowhere")]);
}

#[test]
fn group_ids_restrict_the_zones_and_unknown_ones_do_not() {
    let storage = "Microsoft.Storage/storageAccounts";
    let blob = "st.blob.core.windows.net";
    assert_eq!(place(Cloud::Public, storage, &["file"], blob), "nowhere");
    assert_eq!(place(Cloud::Public, storage, &["file", "blob"], blob), "st in privatelink.blob.core.windows.net");
    assert_eq!(place(Cloud::Public, storage, &[], blob), "st in privatelink.blob.core.windows.net");
}

#[test]
fn a_placement_tells_the_public_zone_and_the_port() {
    let placed = |resource_type: &str, fqdn: &str| {
        let placement = Catalogue::known().placement(Cloud::Public, &target(resource_type), &[], fqdn).unwrap();
        (placement.public_zone, placement.port)
    };
    let vaults = placed("microsoft.keyvault/VAULTS", "kv.vault.azure.net");
    assert_eq!(vaults, ("vault.azure.net".to_owned(), 443));
    assert_eq!(placed("Microsoft.Sql/servers", "db.database.windows.net").1, 1433);
    assert_eq!(placed("Microsoft.Storage/storageAccounts", "st.file.core.windows.net").1, 445);
}

proptest! {
    #[test]
    fn a_record_name_and_its_zone_make_the_name_again(
        row in 0..Catalogue::known().zones.len(), name in "[a-z0-9]{1,8}(\\.[a-z0-9-]{1,5}){0,2}", is_private in any::<bool>()
    ) {
        let row = &Catalogue::known().zones[row];
        let suffix = if is_private { &row.private_zone } else { &row.public_suffix };
        let fqdn = format!("{name}.{suffix}");
        let target = target(&row.resource_type);
        let placement = Catalogue::known().placement(row.cloud, &target, &row.group_ids, &fqdn).unwrap();
        prop_assert_eq!(&placement.private_zone, &row.private_zone);
        let made = [&placement.private_zone, &placement.public_zone].map(|zone| format!("{}.{zone}", placement.record_name));
        prop_assert!(made.contains(&fqdn), "{} is not among {:?}", fqdn, made);
    }
}
