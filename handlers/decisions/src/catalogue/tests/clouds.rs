//! The zones of the two other clouds.

use super::*;

/// Type, group id, name, record's name and zone.
type CloudCase = (&'static str, &'static str, &'static str, &'static str);

fn check_all(cloud: Cloud, cases: &[CloudCase]) {
    for (resource_type, group_id, fqdn, expected) in cases {
        check(cloud, resource_type, &[(group_id, fqdn, expected)]);
    }
}

#[test]
fn azure_government_has_its_own_zones() {
    check_all(
        Cloud::Government,
        &[
            (
                "Microsoft.KeyVault/vaults",
                "vault",
                "kv.vault.usgovcloudapi.net",
                "kv in privatelink.vaultcore.usgovcloudapi.net",
            ),
            (
                "Microsoft.Storage/storageAccounts",
                "blob",
                "st.blob.core.usgovcloudapi.net",
                "st in privatelink.blob.core.usgovcloudapi.net",
            ),
            (
                "Microsoft.Storage/storageAccounts",
                "web",
                "st.z2.web.core.usgovcloudapi.net",
                "st.z2 in privatelink.web.core.usgovcloudapi.net",
            ),
            (
                "Microsoft.Sql/servers",
                "sqlServer",
                "db.database.usgovcloudapi.net",
                "db in privatelink.database.usgovcloudapi.net",
            ),
            (
                "Microsoft.Sql/managedInstances",
                "managedInstance",
                "mi.a1b2.database.usgovcloudapi.net",
                "mi in privatelink.a1b2.database.usgovcloudapi.net",
            ),
            (
                "Microsoft.RecoveryServices/vaults",
                "AzureBackup",
                "v1.ugv.backup.windowsazure.us",
                "v1 in privatelink.ugv.backup.windowsazure.us",
            ),
            ("Microsoft.RecoveryServices/vaults", "AzureBackup", "v1.zz9.backup.windowsazure.us", "nowhere"),
            (
                "Microsoft.CognitiveServices/accounts",
                "account",
                "ai.cognitiveservices.azure.us",
                "ai in privatelink.cognitiveservices.azure.us",
            ),
            (
                "Microsoft.ContainerRegistry/registries",
                "registry",
                "reg.usgovvirginia.data.azurecr.us",
                "reg.usgovvirginia.data in privatelink.azurecr.us",
            ),
            (
                "Microsoft.Search/searchServices",
                "searchService",
                "s.search.azure.us",
                "s in privatelink.search.azure.us",
            ),
            ("Microsoft.DataFactory/factories", "portal", "adf.azure.us", "@ in privatelink.adf.azure.us"),
            (
                "Microsoft.Databricks/workspaces",
                "databricks_ui_api",
                "adb-1.2.databricks.azure.us",
                "adb-1.2 in privatelink.databricks.azure.us",
            ),
            (
                "Microsoft.Devices/iotHubs",
                "iotHub",
                "ihsu.servicebus.usgovcloudapi.net",
                "ihsu in privatelink.servicebus.usgovcloudapi.net",
            ),
            (
                "Microsoft.DocumentDB/databaseAccounts",
                "MongoDB",
                "db.mongo.cosmos.azure.us",
                "db in privatelink.mongo.cosmos.azure.us",
            ),
            (
                "Microsoft.HealthcareApis/workspaces",
                "healthcareworkspace",
                "ws-f.fhir.azurehealthcareapis.us",
                "ws-f in privatelink.fhir.azurehealthcareapis.us",
            ),
            (
                "Microsoft.Insights/privateLinkScopes",
                "azuremonitor",
                "w.adx.monitor.azure.us",
                "w in privatelink.adx.monitor.azure.us",
            ),
            ("Microsoft.Web/sites", "sites", "app.scm.azurewebsites.us", "app.scm in privatelink.azurewebsites.us"),
            (
                "Microsoft.Purview/accounts",
                "portal",
                "web.purview.azure.us",
                "web in privatelink.purviewstudio.azure.us",
            ),
            ("Microsoft.KeyVault/vaults", "vault", "kv.vault.azure.net", "nowhere"),
            // Security Private Link is for the public cloud alone.
            ("Microsoft.Security/privateLinks", "containers", "api.cloud.defender.microsoft.com", "nowhere"),
        ],
    );
    let api = placed(Cloud::Government, "Microsoft.Insights/privateLinkScopes", &[], "api.monitor.azure.us").unwrap();
    assert!(api.is_shared);
}

#[test]
fn azure_in_china_has_its_own_zones() {
    check_all(
        Cloud::China,
        &[
            ("Microsoft.KeyVault/vaults", "vault", "kv.vault.azure.cn", "kv in privatelink.vaultcore.azure.cn"),
            (
                "Microsoft.Storage/storageAccounts",
                "dfs",
                "st.dfs.core.chinacloudapi.cn",
                "st in privatelink.dfs.core.chinacloudapi.cn",
            ),
            (
                "Microsoft.Sql/servers",
                "sqlServer",
                "db.database.chinacloudapi.cn",
                "db in privatelink.database.chinacloudapi.cn",
            ),
            (
                "Microsoft.Kusto/clusters",
                "cluster",
                "adx.chinaeast2.kusto.windows.cn",
                "adx in privatelink.chinaeast2.kusto.windows.cn",
            ),
            (
                "Microsoft.Batch/batchAccounts",
                "nodeManagement",
                "b.chinaeast2.service.batch.chinacloudapi.cn",
                "b.chinaeast2.service in privatelink.batch.chinacloudapi.cn",
            ),
            (
                "Microsoft.Cache/redis",
                "redisCache",
                "r.redis.cache.chinacloudapi.cn",
                "r in privatelink.redis.cache.chinacloudapi.cn",
            ),
            ("Microsoft.DataFactory/factories", "portal", "adf.azure.cn", "@ in privatelink.adf.azure.cn"),
            (
                "Microsoft.DesktopVirtualization/workspaces",
                "global",
                "rdweb.wvd.azure.cn",
                "rdweb in privatelink-global.wvd.azure.cn",
            ),
            ("Microsoft.Devices/iotHubs", "iotHub", "ih.azure-devices.cn", "ih in privatelink.azure-devices.cn"),
            (
                "Microsoft.DocumentDB/databaseAccounts",
                "Sql",
                "db.documents.azure.cn",
                "db in privatelink.documents.azure.cn",
            ),
            (
                "Microsoft.EventHub/namespaces",
                "namespace",
                "eh.servicebus.chinacloudapi.cn",
                "eh in privatelink.servicebus.chinacloudapi.cn",
            ),
            (
                "Microsoft.MachineLearningServices/workspaces",
                "amlworkspace",
                "g1.workspace.chinaeast2.api.ml.azure.cn",
                "g1.workspace.chinaeast2 in privatelink.api.ml.azure.cn",
            ),
            ("Microsoft.SignalRService/signalR", "signalr", "s.signalr.azure.cn", "s in privatelink.signalr.azure.cn"),
            (
                "Microsoft.StorageSync/storageSyncServices",
                "afs",
                "s1.chinaeast2.afs.azure.cn",
                "s1.chinaeast2 in privatelink.afs.azure.cn",
            ),
            (
                "Microsoft.Web/sites",
                "sites-blue",
                "app-blue.chinacloudsites.cn",
                "app-blue in privatelink.chinacloudsites.cn",
            ),
            ("Microsoft.Storage/storageAccounts", "dfs", "st.dfs.core.windows.net", "nowhere"),
            ("Microsoft.Security/privateLinks", "containers", "api.cloud.defender.microsoft.com", "nowhere"),
        ],
    );
}

#[test]
fn a_cloud_is_read_as_it_is_written() {
    for cloud in Cloud::ALL {
        assert_eq!(Cloud::parse(cloud.as_str()), Ok(cloud));
        assert_eq!(Cloud::parse(&cloud.as_str().to_uppercase()), Ok(cloud));
    }
    assert_eq!(Cloud::parse("moon"), Err("a cloud; write public, government or china"));
}
