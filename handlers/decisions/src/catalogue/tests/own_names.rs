//! Whose a name can be: a requester writes the names of its endpoint, and a zone is shared by many.

use super::*;

/// Type, group id, the target's name, a name, and whether it could be the target's.
type OwnCase = (&'static str, &'static str, &'static str, &'static str, bool);

fn check_own(cases: &[OwnCase]) {
    for (resource_type, group_id, target_name, fqdn, expected) in cases {
        let placement = placed(Cloud::Public, resource_type, &[group_id], fqdn).unwrap_or_else(|| panic!("{fqdn}"));
        assert_eq!(placement.is_name_of(target_name), *expected, "{resource_type} {target_name} {fqdn}");
    }
}

#[test]
fn a_name_is_its_targets_where_it_begins_as_the_type_says() {
    let (vault, storage) = ("Microsoft.KeyVault/vaults", "Microsoft.Storage/storageAccounts");
    let (synapse, cosmos) = ("Microsoft.Synapse/workspaces", "Microsoft.DocumentDB/databaseAccounts");
    let (registry, site) = ("Microsoft.ContainerRegistry/registries", "Microsoft.Web/sites");
    check_own(&[
        (vault, "vault", "kv", "kv.vault.azure.net", true),
        (vault, "vault", "kv", "kv.privatelink.vaultcore.azure.net", true),
        (vault, "vault", "KV", "kv.vault.azure.net", true),
        (vault, "vault", "kv", "KV.vault.azure.net", true),
        (vault, "vault", "kv", "prod.vault.azure.net", false),
        (vault, "vault", "kv", "kv2.vault.azure.net", false),
        (vault, "vault", "kv", "kv-prod.vault.azure.net", false),
        (vault, "vault", "kv", "prod.kv.vault.azure.net", false),
        (storage, "blob", "st", "st.blob.core.windows.net", true),
        (storage, "blob", "st", "st-secondary.blob.core.windows.net", true),
        (storage, "blob", "st", "st-tertiary.blob.core.windows.net", false),
        (storage, "blob", "st", "stprod.blob.core.windows.net", false),
        (storage, "web", "st", "st.z6.web.core.windows.net", true),
        (storage, "web", "st", "other.z6.web.core.windows.net", false),
        (synapse, "Sql", "ws", "ws.sql.azuresynapse.net", true),
        (synapse, "SqlOnDemand", "ws", "ws-ondemand.sql.azuresynapse.net", true),
        (synapse, "SqlOnDemand", "ws", "ws-prod.sql.azuresynapse.net", false),
        (synapse, "SqlOnDemand", "ws", "prod-ondemand.sql.azuresynapse.net", false),
        (cosmos, "Sql", "db", "db.documents.azure.com", true),
        (cosmos, "Sql", "db", "db-westeurope.documents.azure.com", true),
        (cosmos, "Sql", "db", "dbprod.documents.azure.com", false),
        (cosmos, "Sql", "db", "prod-westeurope.documents.azure.com", false),
        (registry, "registry", "reg", "reg.azurecr.io", true),
        (registry, "registry", "reg", "reg.westeurope.data.azurecr.io", true),
        (registry, "registry", "reg", "reg-a1b2c3.azurecr.io", true),
        (registry, "registry", "reg", "reg-a1b2c3.westeurope.data.azurecr.io", true),
        (registry, "registry", "reg", "registry.azurecr.io", false),
        (site, "sites", "app", "app.scm.azurewebsites.net", true),
        (site, "sites-blue", "app", "app-blue.azurewebsites.net", true),
        (site, "sites", "app", "application.azurewebsites.net", false),
        ("Microsoft.Sql/servers", "sqlServer", "db", "db.database.windows.net", true),
        ("Microsoft.Sql/servers", "sqlServer", "db", "prod.database.windows.net", false),
        // The names of these follow from no rule that is published, so any of the type's suffix will do.
        ("Microsoft.Devices/iotHubs", "iotHub", "hub", "ihsuprod.servicebus.windows.net", true),
        ("Microsoft.EventGrid/topics", "topic", "t", "anything.westeurope-1.eventgrid.azure.net", true),
        ("Microsoft.DataFactory/factories", "portal", "f", "adf.azure.com", true),
    ]);
}

#[test]
fn a_wildcard_goes_only_where_names_begin_with_one() {
    let cases = [
        ("Microsoft.Web/sites", "sites", "*.scm.azurewebsites.net"),
        ("Microsoft.Web/sites", "sites", "*.azurewebsites.net"),
        ("Microsoft.Storage/storageAccounts", "web", "*.z6.web.core.windows.net"),
        ("Microsoft.DataFactory/factories", "dataFactory", "*.westeurope.datafactory.azure.net"),
        ("Microsoft.ContainerRegistry/registries", "registry", "*.westeurope.data.azurecr.io"),
        ("Microsoft.KeyVault/vaults", "vault", "*.privatelink.vaultcore.azure.net"),
        ("Microsoft.MachineLearningServices/workspaces", "amlworkspace", "*.api.azureml.ms"),
        ("Microsoft.MachineLearningServices/workspaces", "amlworkspace", "*.westeurope.api.azureml.ms"),
        ("Microsoft.MachineLearningServices/workspaces", "amlworkspace", "*.inference.westeurope.api.azureml.ms"),
        ("Microsoft.MachineLearningServices/workspaces", "amlworkspace", "*.g1.westeurope.notebooks.azure.net"),
    ];
    for (resource_type, group_id, fqdn) in cases {
        assert_eq!(home(Cloud::Public, resource_type, &[group_id], fqdn), "nowhere", "{fqdn}");
    }
    let guid = "5f3b9c1e-0000-4000-8000-1234567890ab";
    for suffix in ["api.azureml.ms", "privatelink.api.azureml.ms"] {
        let fqdn = format!("*.{guid}.inference.westeurope.{suffix}");
        let expected = format!("*.{guid}.inference.westeurope in privatelink.api.azureml.ms");
        assert_eq!(
            home(Cloud::Public, "Microsoft.MachineLearningServices/workspaces", &["amlworkspace"], &fqdn),
            expected
        );
    }
}

#[test]
fn a_name_below_a_wildcard_is_asked_for() {
    let asked = |resource_type: &str, group_id: &str, fqdn: &str| {
        placed(Cloud::Public, resource_type, &[group_id], fqdn).unwrap().name_to_ask(fqdn)
    };
    let apps = |fqdn: &str| asked("Microsoft.App/managedEnvironments", "managedEnvironments", fqdn);
    let below = "portreeve.happy.westeurope.azurecontainerapps.io";
    assert_eq!(apps("happy.westeurope.azurecontainerapps.io"), below);
    assert_eq!(apps("*.happy.westeurope.azurecontainerapps.io"), below);
    assert_eq!(
        asked(
            "Microsoft.MachineLearningServices/workspaces",
            "amlworkspace",
            "*.g1.inference.westeurope.api.azureml.ms"
        ),
        "portreeve.g1.inference.westeurope.api.azureml.ms"
    );
    assert_eq!(asked("Microsoft.KeyVault/vaults", "vault", "kv.vault.azure.net"), "kv.vault.azure.net");
    assert_eq!(asked("Microsoft.DataFactory/factories", "portal", "adf.azure.com"), "adf.azure.com");
}
