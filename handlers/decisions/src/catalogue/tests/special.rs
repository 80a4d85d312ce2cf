//! Names whose record is not just the name before a fixed suffix.

use super::*;

#[test]
fn a_region_in_the_name_is_the_region_of_the_zone() {
    check(
        Cloud::Public,
        "Microsoft.Kusto/clusters",
        &[
            ("cluster", "adx.westeurope.kusto.windows.net", "adx in privatelink.westeurope.kusto.windows.net"),
            (
                "cluster",
                "ingest-adx.northeurope.kusto.windows.net",
                "ingest-adx in privatelink.northeurope.kusto.windows.net",
            ),
            (
                "cluster",
                "adx.privatelink.westeurope.kusto.windows.net",
                "adx in privatelink.westeurope.kusto.windows.net",
            ),
            ("cluster", "adx.kusto.windows.net", "nowhere"),
            ("cluster", "westeurope.kusto.windows.net", "nowhere"),
            ("cluster", "adx.privatelink.kusto.windows.net", "nowhere"),
            ("cluster", "adx.west-europe.kusto.windows.net", "nowhere"),
            ("cluster", "adx.2.kusto.windows.net", "nowhere"),
            ("cluster", "adx..kusto.windows.net", "nowhere"),
            ("cluster", "adxst.blob.core.windows.net", "adxst in privatelink.blob.core.windows.net"),
            ("cluster", "adxst.queue.core.windows.net", "adxst in privatelink.queue.core.windows.net"),
            ("cluster", "adxst.table.core.windows.net", "adxst in privatelink.table.core.windows.net"),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.Monitor/accounts",
        &[
            (
                "prometheusMetrics",
                "ws-a1b2.westeurope.prometheus.monitor.azure.com",
                "ws-a1b2 in privatelink.westeurope.prometheus.monitor.azure.com",
            ),
            ("prometheusMetrics", "ws-a1b2.prometheus.monitor.azure.com", "nowhere"),
        ],
    );
}

#[test]
fn a_region_code_is_one_that_is_known() {
    check(
        Cloud::Public,
        "Microsoft.RecoveryServices/vaults",
        &[
            ("AzureBackup", "v1-fc1.we.backup.windowsazure.com", "v1-fc1 in privatelink.we.backup.windowsazure.com"),
            (
                "AzureBackup",
                "v1-fc1.privatelink.ne.backup.windowsazure.com",
                "v1-fc1 in privatelink.ne.backup.windowsazure.com",
            ),
            ("AzureBackup", "v1-fc1.zz9.backup.windowsazure.com", "nowhere"),
            ("AzureBackup", "v1-fc1.westeurope.backup.windowsazure.com", "nowhere"),
            ("AzureBackup", "v1-fc1.backup.windowsazure.com", "nowhere"),
            ("AzureBackup", "podst.blob.core.windows.net", "podst in privatelink.blob.core.windows.net"),
            ("AzureBackup", "podst.queue.core.windows.net", "podst in privatelink.queue.core.windows.net"),
            ("AzureBackup_secondary", "v1.ne.backup.windowsazure.com", "v1 in privatelink.ne.backup.windowsazure.com"),
            (
                "AzureSiteRecovery",
                "v1-rcm1.we.siterecovery.windowsazure.com",
                "v1-rcm1.we in privatelink.siterecovery.windowsazure.com",
            ),
            ("AzureSiteRecovery", "v1.we.backup.windowsazure.com", "nowhere"),
        ],
    );
}

#[test]
fn a_managed_instance_has_the_prefix_of_its_own_network() {
    check(
        Cloud::Public,
        "Microsoft.Sql/managedInstances",
        &[
            ("managedInstance", "mi.a1b2c3.database.windows.net", "mi in privatelink.a1b2c3.database.windows.net"),
            (
                "managedInstance",
                "mi.privatelink.a1b2c3.database.windows.net",
                "mi in privatelink.a1b2c3.database.windows.net",
            ),
            ("managedInstance", "mi.database.windows.net", "nowhere"),
            ("managedInstance", "mi.privatelink.database.windows.net", "nowhere"),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.Sql/servers",
        &[("sqlServer", "db.database.windows.net", "db in privatelink.database.windows.net")],
    );
}

#[test]
fn a_partition_is_a_number_and_no_word() {
    check(
        Cloud::Public,
        "Microsoft.Web/staticSites",
        &[
            ("staticSites", "site-0a1b.2.azurestaticapps.net", "site-0a1b in privatelink.2.azurestaticapps.net"),
            ("staticSites", "site-0a1b.azurestaticapps.net", "site-0a1b in privatelink.azurestaticapps.net"),
            (
                "staticSites",
                "preview.westeurope.2.azurestaticapps.net",
                "preview.westeurope in privatelink.2.azurestaticapps.net",
            ),
            ("staticSites", "site.privatelink.12.azurestaticapps.net", "site in privatelink.12.azurestaticapps.net"),
            ("staticSites", "site.word.azurestaticapps.net", "site.word in privatelink.azurestaticapps.net"),
            ("staticSites", "site.2a.azurestaticapps.net", "site.2a in privatelink.azurestaticapps.net"),
            ("staticSites", "site.-2.azurestaticapps.net", "site.-2 in privatelink.azurestaticapps.net"),
            ("staticSites", "site..azurestaticapps.net", "nowhere"),
        ],
    );
}

#[test]
fn a_private_cluster_is_looked_for_in_its_subzone_and_never_makes_one() {
    let aks = "Microsoft.ContainerService/managedClusters";
    let places = |fqdn: &str| {
        let placement = placed(Cloud::Public, aks, &["management"], fqdn).unwrap();
        (placement.places.iter().map(shown).collect::<Vec<_>>(), placement.home)
    };
    let (in_zone, home) = places("c-1.abc.privatelink.westeurope.azmk8s.io");
    assert_eq!(in_zone, ["c-1 in abc.privatelink.westeurope.azmk8s.io", "c-1.abc in privatelink.westeurope.azmk8s.io"]);
    assert_eq!(home, 1);
    let (in_zone, home) = places("c-1.privatelink.westeurope.azmk8s.io");
    assert_eq!((in_zone, home), (vec!["c-1 in privatelink.westeurope.azmk8s.io".to_owned()], 0));
    // A name in the public form is in no subzone.
    let (in_zone, home) = places("c-1.hcp.westeurope.azmk8s.io");
    assert_eq!(in_zone, ["c-1.hcp in privatelink.westeurope.azmk8s.io", "c-1.hcp in westeurope.azmk8s.io"]);
    assert_eq!(home, 0);
    assert_eq!(placed(Cloud::Public, aks, &[], "abc.privatelink.azmk8s.io"), None);
}

#[test]
fn a_record_name_can_have_several_labels() {
    check(
        Cloud::Public,
        "Microsoft.ContainerRegistry/registries",
        &[
            ("registry", "reg.azurecr.io", "reg in privatelink.azurecr.io"),
            ("registry", "reg.westeurope.data.azurecr.io", "reg.westeurope.data in privatelink.azurecr.io"),
            ("registry", "reg.westeurope.data.privatelink.azurecr.io", "reg.westeurope.data in privatelink.azurecr.io"),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.DataFactory/factories",
        &[(
            "dataFactory",
            "adf1.westeurope.datafactory.azure.net",
            "adf1.westeurope in privatelink.datafactory.azure.net",
        )],
    );
    check(
        Cloud::Public,
        "Microsoft.Batch/batchAccounts",
        &[
            ("batchAccount", "b.westeurope.batch.azure.com", "b.westeurope in privatelink.batch.azure.com"),
            (
                "nodeManagement",
                "b1.westeurope.service.batch.azure.com",
                "b1.westeurope.service in privatelink.batch.azure.com",
            ),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.Automation/automationAccounts",
        &[
            ("Webhook", "a1.webhook.we.azure-automation.net", "a1.webhook.we in privatelink.azure-automation.net"),
            (
                "DSCAndHybridWorker",
                "a1.agentsvc.we.azure-automation.net",
                "a1.agentsvc.we in privatelink.azure-automation.net",
            ),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.Synapse/workspaces",
        &[("SqlOnDemand", "ws-ondemand.sql.azuresynapse.net", "ws-ondemand in privatelink.sql.azuresynapse.net")],
    );
    check(
        Cloud::Public,
        "Microsoft.EventGrid/namespaces",
        &[
            ("topic", "ns.westeurope-1.eventgrid.azure.net", "ns.westeurope-1 in privatelink.eventgrid.azure.net"),
            (
                "topicSpace",
                "ns.westeurope-1.ts.eventgrid.azure.net",
                "ns.westeurope-1 in privatelink.ts.eventgrid.azure.net",
            ),
        ],
    );
}

#[test]
fn the_zone_itself_is_a_name_only_where_the_portal_of_data_factory_is() {
    check(
        Cloud::Public,
        "Microsoft.DataFactory/factories",
        &[
            ("portal", "adf.azure.com", "@ in privatelink.adf.azure.com"),
            ("portal", "privatelink.adf.azure.com", "@ in privatelink.adf.azure.com"),
            ("dataFactory", "adf.azure.com", "nowhere"),
            ("dataFactory", "datafactory.azure.net", "nowhere"),
        ],
    );
    let portal = placed(Cloud::Public, "Microsoft.DataFactory/factories", &["portal"], "adf.azure.com").unwrap();
    assert!(portal.is_shared);
    assert_eq!(portal.home().fqdn(), "privatelink.adf.azure.com");
    for of_type in Catalogue::known().target_types() {
        for zone in of_type.zones.iter().filter(|zone| !zone.has("apex")) {
            for apex in [&zone.public_suffix, &zone.private_zone] {
                let placement = of_type.placement(zone.cloud, &zone.group_ids, &filled(apex));
                assert!(placement.is_none_or(|placement| placement.home().record_name != "@"), "{apex}");
            }
        }
    }
}

#[test]
fn an_environment_of_container_apps_has_a_record_for_all_its_apps() {
    let zone = "privatelink.westeurope.azurecontainerapps.io";
    let cases = [
        ("happy-1a2b.westeurope.azurecontainerapps.io", "*.happy-1a2b"),
        ("*.happy-1a2b.westeurope.azurecontainerapps.io", "*.happy-1a2b"),
        ("happy-1a2b.privatelink.westeurope.azurecontainerapps.io", "*.happy-1a2b"),
        ("*.happy-1a2b.privatelink.westeurope.azurecontainerapps.io", "*.happy-1a2b"),
    ];
    for (fqdn, record_name) in cases {
        let found = home(Cloud::Public, "Microsoft.App/managedEnvironments", &["managedEnvironments"], fqdn);
        assert_eq!(found, format!("{record_name} in {zone}"), "{fqdn}");
    }
    check(
        Cloud::Public,
        "Microsoft.App/managedEnvironments",
        &[
            ("managedEnvironments", "happy.azurecontainerapps.io", "nowhere"),
            ("managedEnvironments", "*.westeurope.azurecontainerapps.io", "nowhere"),
            ("managedEnvironments", "a.*.westeurope.azurecontainerapps.io", "nowhere"),
        ],
    );
}

#[test]
fn names_in_the_private_form_are_read_as_such() {
    check(
        Cloud::Public,
        "Microsoft.MachineLearningServices/workspaces",
        &[
            (
                "amlworkspace",
                "g1.workspace.westeurope.api.azureml.ms",
                "g1.workspace.westeurope in privatelink.api.azureml.ms",
            ),
            (
                "amlworkspace",
                "*.g1.inference.westeurope.api.azureml.ms",
                "*.g1.inference.westeurope in privatelink.api.azureml.ms",
            ),
            (
                "amlworkspace",
                "ml-ws-g1.westeurope.notebooks.azure.net",
                "ml-ws-g1.westeurope in privatelink.notebooks.azure.net",
            ),
            (
                "amlworkspace",
                "ml-ws-g1.westeurope.privatelink.notebooks.azure.net",
                "ml-ws-g1.westeurope in privatelink.notebooks.azure.net",
            ),
            // Nobody has published a zone for these.
            ("amlworkspace", "vm1.westeurope.instances.azureml.ms", "nowhere"),
        ],
    );
    // The mark of another zone's private form is no part of a record's name.
    check(
        Cloud::Public,
        "Microsoft.HealthcareApis/workspaces",
        &[("healthcareworkspace", "ws.privatelink.fhir.azurehealthcareapis.com", "nowhere")],
    );
    check(Cloud::Public, "Microsoft.KeyVault/vaults", &[("vault", "kv.privatelink.vault.azure.net", "nowhere")]);
    // A name of one's own may begin with the word.
    check(
        Cloud::Public,
        "Microsoft.KeyVault/vaults",
        &[("vault", "privatelinked.vault.azure.net", "privatelinked in privatelink.vaultcore.azure.net")],
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
        "Microsoft.ElasticSan/elasticSans",
        &[
            ("vg1", "es-a1.z12.blob.storage.azure.net", "es-a1.z12 in privatelink.blob.core.windows.net"),
            ("any-name", "es-a1.z12.blob.storage.azure.net", "es-a1.z12 in privatelink.blob.core.windows.net"),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.HealthcareApis/workspaces",
        &[
            (
                "healthcareworkspace",
                "ws.workspace.azurehealthcareapis.com",
                "ws.workspace in privatelink.azurehealthcareapis.com",
            ),
            (
                "healthcareworkspace",
                "ws-f.fhir.azurehealthcareapis.com",
                "ws-f.fhir in privatelink.azurehealthcareapis.com",
            ),
            (
                "healthcareworkspace",
                "ws-d.dicom.azurehealthcareapis.com",
                "ws-d in privatelink.dicom.azurehealthcareapis.com",
            ),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.Cache/redisEnterprise",
        &[
            (
                "redisEnterprise",
                "r.westeurope.redisenterprise.cache.azure.net",
                "r.westeurope in privatelink.redisenterprise.cache.azure.net",
            ),
            ("redisEnterprise", "r.westeurope.redis.azure.net", "r.westeurope in privatelink.redis.azure.net"),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.Purview/accounts",
        &[
            ("account", "pv.purview.azure.com", "pv in privatelink.purview.azure.com"),
            ("portal", "web.purview.azure.com", "web in privatelink.purviewstudio.azure.com"),
            ("portal", "web.privatelink.purviewstudio.azure.com", "web in privatelink.purviewstudio.azure.com"),
            ("platform", "t-api.purview-service.microsoft.com", "t-api in privatelink.purview-service.microsoft.com"),
        ],
    );
}

#[test]
fn a_web_app_has_a_second_name_and_its_slots_have_both() {
    for group_id in ["sites", "sites-blue", "SITES-Blue"] {
        let cases = [
            ("app.azurewebsites.net", "app"),
            ("app.scm.azurewebsites.net", "app.scm"),
            ("app-blue.azurewebsites.net", "app-blue"),
            ("app-blue.scm.privatelink.azurewebsites.net", "app-blue.scm"),
            ("app-a1b2.westeurope-01.azurewebsites.net", "app-a1b2.westeurope-01"),
        ];
        for (fqdn, record_name) in cases {
            let found = home(Cloud::Public, "Microsoft.Web/sites", &[group_id], fqdn);
            assert_eq!(found, format!("{record_name} in privatelink.azurewebsites.net"), "{group_id} {fqdn}");
        }
    }
    assert_eq!(home(Cloud::Public, "Microsoft.Web/sites", &["sites-"], "app.azurewebsites.net"), "nowhere");
    assert_eq!(
        home(Cloud::Public, "Microsoft.Web/sites/slots", &["sites-blue"], "app-blue.azurewebsites.net"),
        "app-blue in privatelink.azurewebsites.net"
    );
}

/// Type, group id, name, and whether other resources have it too.
type SharedCase = (&'static str, &'static str, &'static str, bool);

#[test]
fn shared_names_are_told_from_ones_own() {
    let insights = "Microsoft.Insights/privateLinkScopes";
    let databricks = "Microsoft.Databricks/workspaces";
    let defender = "Microsoft.Security/privateLinks";
    let desktops = "Microsoft.DesktopVirtualization/workspaces";
    let cases: [SharedCase; 36] = [
        (insights, "azuremonitor", "api.monitor.azure.com", true),
        (insights, "azuremonitor", "live.monitor.azure.com", true),
        (insights, "azuremonitor", "profiler.monitor.azure.com", true),
        (insights, "azuremonitor", "snapshot.monitor.azure.com", true),
        (insights, "azuremonitor", "diagservices-query.monitor.azure.com", true),
        (insights, "azuremonitor", "global.in.ai.monitor.azure.com", true),
        (insights, "azuremonitor", "api.privatelink.monitor.azure.com", true),
        (insights, "azuremonitor", "westeurope-5.in.ai.monitor.azure.com", true),
        (insights, "azuremonitor", "westeurope.handler.control.monitor.azure.com", true),
        (insights, "azuremonitor", "a.b.in.ai.monitor.azure.com", false),
        (insights, "azuremonitor", "ai.monitor.azure.com", false),
        (defender, "containers", "api.cloud.defender.microsoft.com", true),
        (defender, "containers", "westeurope.data.cloud.defender.microsoft.com", true),
        (defender, "containers", "apis.cloud.defender.microsoft.com", false),
        ("Microsoft.HybridCompute/privateLinkScopes", "hybridcompute", "gbl.his.arc.azure.com", true),
        ("Microsoft.Synapse/privateLinkHubs", "Web", "web.azuresynapse.net", true),
        ("Microsoft.Synapse/workspaces", "Dev", "web.dev.azuresynapse.net", false),
        ("Microsoft.PowerBI/privateLinkServicesForPowerBI", "tenant", "t-api.analysis.windows.net", true),
        ("Microsoft.Purview/accounts", "platform", "t-api.purview-service.microsoft.com", true),
        (insights, "azuremonitor", "scadvisorcontentpl.blob.core.windows.net", true),
        (insights, "azuremonitor", "dce-a1b2.westeurope-1.ingest.monitor.azure.com", false),
        (insights, "azuremonitor", "g1.oms.opinsights.azure.com", false),
        (insights, "azuremonitor", "g1.ods.opinsights.azure.com", false),
        (insights, "azuremonitor", "g1.agentsvc.azure-automation.net", false),
        ("Microsoft.DataFactory/factories", "portal", "adf.azure.com", true),
        ("Microsoft.DataFactory/factories", "dataFactory", "f.westeurope.datafactory.azure.net", false),
        (databricks, "browser_authentication", "westeurope.pl-auth.azuredatabricks.net", true),
        (databricks, "databricks_ui_api", "adb-123.4.azuredatabricks.net", false),
        (desktops, "global", "rdweb.wvd.microsoft.com", true),
        (desktops, "feed", "g1.rdweb.wvd.microsoft.com", false),
        ("Microsoft.DesktopVirtualization/hostPools", "connection", "g1.rdgateway.wvd.microsoft.com", false),
        ("Microsoft.Authorization/resourceManagementPrivateLinks", "ResourceManagement", "management.azure.com", true),
        ("Microsoft.Purview/accounts", "portal", "web.purview.azure.com", true),
        ("Microsoft.Purview/accounts", "account", "pv.purview.azure.com", false),
        ("Microsoft.Storage/storageAccounts", "blob", "api.blob.core.windows.net", false),
        ("Microsoft.KeyVault/vaults", "vault", "live.vault.azure.net", false),
    ];
    for (resource_type, group_id, fqdn, is_shared) in cases {
        let placement = placed(Cloud::Public, resource_type, &[group_id], fqdn).unwrap_or_else(|| panic!("{fqdn}"));
        assert_eq!(placement.is_shared, is_shared, "{fqdn}");
    }
    check(
        Cloud::Public,
        desktops,
        &[
            ("global", "rdweb.wvd.microsoft.com", "rdweb in privatelink-global.wvd.microsoft.com"),
            ("global", "rdweb.privatelink-global.wvd.microsoft.com", "rdweb in privatelink-global.wvd.microsoft.com"),
            ("feed", "g1.rdweb.wvd.microsoft.com", "g1.rdweb in privatelink.wvd.microsoft.com"),
            ("feed", "rdweb.privatelink-global.wvd.microsoft.com", "nowhere"),
        ],
    );
    check(
        Cloud::Public,
        "Microsoft.Authorization/resourceManagementPrivateLinks",
        &[("ResourceManagement", "management.azure.com", "management in privatelink.azure.com")],
    );
}
