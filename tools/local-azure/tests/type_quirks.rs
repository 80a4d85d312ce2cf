//! What single types demand, refuse or leave out.

mod arm_client;

use arm_client::{GROUP, TestCloud, decision, endpoint_body, endpoint_id};
use local_azure::Cloud;
use reqwest::Method;
use serde_json::{Value, json};

/// A target with a waiting connection, and that connection as the target's own properties show it.
async fn waiting(cloud: &TestCloud, resource_type: &str, group_ids: &[&str]) -> (String, Value) {
    let name = resource_type.rsplit('/').next().unwrap_or_default();
    let target = cloud.target(resource_type, name, json!({})).await;
    cloud.manual_endpoint(&format!("pe-{name}"), &target, group_ids).await;
    let connection = cloud.get(&target).await.body["properties"]["privateEndpointConnections"][0].clone();
    (target, connection)
}

fn id(connection: &Value) -> &str {
    connection["id"].as_str().expect("an id")
}

#[tokio::test]
async fn some_types_show_their_connections_only_themselves() {
    let cloud = TestCloud::with_network().await;
    let (target, connection) =
        waiting(&cloud, "Microsoft.DBforPostgreSQL/flexibleServers", &["postgresqlServer"]).await;
    let list = cloud.get(&format!("{target}/privateEndpointConnections")).await;
    assert_eq!((list.status.as_u16(), list.code()), (404, "InvalidResourceType"));
    assert_eq!(cloud.get(id(&connection)).await.body, connection);
    assert_eq!(cloud.put_and_wait(id(&connection), decision("Approved")).await.status, 200);
    assert_eq!(cloud.delete(id(&connection)).await.status, 200);
    assert_eq!(cloud.get(id(&connection)).await.status, 404);
}

#[tokio::test]
async fn an_iot_hub_lists_a_bare_array_and_wants_a_description() {
    let cloud = TestCloud::with_network().await;
    let (target, connection) = waiting(&cloud, "Microsoft.Devices/iotHubs", &["iotHub"]).await;
    let list = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
    assert_eq!(list, json!([connection]));
    assert!(connection["properties"].get("provisioningState").is_none());
    let mut without = decision("Approved");
    without["properties"]["privateLinkServiceConnectionState"]["description"] = json!("");
    let reply = cloud.put(id(&connection), without).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (400, "InvalidResourceIdSegment"));
    let mut long = decision("Approved");
    long["properties"]["privateLinkServiceConnectionState"]["description"] = json!("x".repeat(200));
    assert_eq!(cloud.put(id(&connection), long).await.status, 201);
}

#[tokio::test]
async fn sql_takes_no_more_than_128_characters() {
    let cloud = TestCloud::with_network().await;
    let (target, connection) = waiting(&cloud, "Microsoft.Sql/servers", &["sqlServer"]).await;
    let mut long = decision("Approved");
    long["properties"]["privateLinkServiceConnectionState"]["description"] = json!("x".repeat(129));
    assert_eq!(cloud.put(id(&connection), long).await.code(), "InvalidResourceIdSegment");
    let mut request = endpoint_body(&target, &["sqlServer"], true);
    let properties = &mut request["properties"]["manualPrivateLinkServiceConnections"][0]["properties"];
    properties["requestMessage"] = json!("x".repeat(129));
    assert_eq!(cloud.put(&endpoint_id("pe-2"), request).await.code(), "InvalidRequestMessage");
}

#[tokio::test]
async fn owners_use_the_methods_that_a_type_has() {
    let cloud = TestCloud::with_network().await;
    let table = [
        ("Microsoft.Batch/batchAccounts", "batchAccount", [405, 202, 202]),
        ("Microsoft.Chaos/privateAccesses", "chaosagent", [405, 405, 202]),
        ("Microsoft.Synapse/privateLinkHubs", "Web", [405, 405, 405]),
        ("Microsoft.Synapse/workspaces", "Dev", [201, 405, 202]),
    ];
    for (resource_type, group_id, statuses) in table {
        let (_, connection) = waiting(&cloud, resource_type, &[group_id]).await;
        let methods = [Method::PUT, Method::PATCH, Method::DELETE];
        for (method, status) in methods.into_iter().zip(statuses) {
            let reply = cloud.send(method.clone(), id(&connection), Some(decision("Approved")), &[]).await;
            assert_eq!(reply.status, status, "{resource_type} {method} {reply:?}");
            assert!(status != 405 || reply.code() == "MethodNotAllowed");
            if status != 405 {
                cloud.wait(reply).await;
            }
        }
    }
}

#[tokio::test]
async fn a_synapse_hub_approves_unseen() {
    let cloud = TestCloud::with_network().await;
    let (_, connection) = waiting(&cloud, "Microsoft.Synapse/privateLinkHubs", &["Web"]).await;
    assert_eq!(connection["properties"]["privateLinkServiceConnectionState"]["status"], "Approved");
}

#[tokio::test]
async fn bodies_must_be_as_the_type_wants_them() {
    let cloud = TestCloud::with_network().await;
    let table = [
        ("Microsoft.ApiManagement/service", "Gateway", "id"),
        ("Microsoft.RecoveryServices/vaults", "AzureBackup", "groupIds"),
        ("Microsoft.NotificationHubs/namespaces", "namespace", "description"),
    ];
    for (resource_type, group_id, named) in table {
        let (_, connection) = waiting(&cloud, resource_type, &[group_id]).await;
        let reply = cloud.put(id(&connection), decision("Approved")).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, "InvalidRequestContent"), "{resource_type}");
        let message = reply.body["error"]["message"].as_str().expect("a message");
        assert!(message.contains(named), "{message}");
    }
    let whole = [
        ("Microsoft.DataFactory/factories", "dataFactory", "InvalidRequestContent"),
        ("Microsoft.Dashboard/grafana", "grafana", "InvalidResource"),
    ];
    for (resource_type, group_id, code) in whole {
        let (_, mut connection) = waiting(&cloud, resource_type, &[group_id]).await;
        connection["properties"]["privateLinkServiceConnectionState"]["status"] = json!("Approved");
        assert_eq!(cloud.put(id(&connection), connection.clone()).await.code(), code, "{resource_type}");
        assert!(cloud.put(id(&connection), decision("Approved")).await.status.is_success(), "{resource_type}");
    }
}

#[tokio::test]
async fn a_running_operation_shows_in_the_types_own_words() {
    let cloud = TestCloud::with_slow_operations().await;
    let table = [
        ("Microsoft.HDInsight/clusters", "gateway", json!("InProgress")),
        ("Microsoft.Automation/automationAccounts", "Webhook", Value::Null),
        ("Microsoft.Cache/redis", "redisCache", json!("Creating")),
    ];
    for (resource_type, group_id, word) in table {
        let (_, connection) = waiting(&cloud, resource_type, &[group_id]).await;
        assert!(cloud.put(id(&connection), decision("Approved")).await.status.is_success());
        assert_eq!(cloud.get(id(&connection)).await.body["properties"]["provisioningState"], word, "{resource_type}");
    }
    let (_, twins) = waiting(&cloud, "Microsoft.DigitalTwins/digitalTwinsInstances", &["API"]).await;
    assert_eq!(twins["properties"]["provisioningState"], "Pending");
}

#[tokio::test]
async fn an_account_of_cognitive_services_conflicts_while_it_is_updated() {
    let cloud = TestCloud::with_slow_operations().await;
    let (target, connection) = waiting(&cloud, "Microsoft.CognitiveServices/accounts", &["account"]).await;
    cloud.manual_endpoint("pe-2", &target, &["account"]).await;
    assert_eq!(cloud.put(id(&connection), decision("Approved")).await.status, 202);
    let list = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
    for connection in list["value"].as_array().expect("a list") {
        let reply = cloud.put(id(connection), decision("Approved")).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (409, "RequestConflict"));
    }
}

#[tokio::test]
async fn a_type_has_its_own_api_versions_and_tells_them_newest_first() {
    let cloud = TestCloud::with_network().await;
    let vault = cloud.target("Microsoft.KeyVault/vaults", "kv", json!({})).await;
    for path in [vault.clone(), format!("{vault}/privateEndpointConnections"), format!("{vault}/privateLinkResources")]
    {
        let reply = cloud.get(&format!("{path}?api-version=2020-02-02")).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, "NoRegisteredProviderFound"), "{path}");
        assert!(reply.body["error"]["message"].as_str().is_some_and(|message| message.contains("2025-05-01")));
        assert_eq!(cloud.get(&format!("{path}?api-version=2025-05-01")).await.status, 200, "{path}");
    }
    let subscription = GROUP.split("/resourceGroups").next().expect("a subscription");
    for prefix in [subscription, ""] {
        let provider = cloud.get(&format!("{prefix}/providers/microsoft.keyvault?api-version=2021-04-01")).await.body;
        let types = provider["resourceTypes"].as_array().expect("types");
        let vaults = types.iter().find(|entry| entry["resourceType"] == "vaults").expect("vaults");
        assert_eq!(vaults["apiVersions"][0], "2026-03-01-preview");
        assert_eq!(provider["id"], format!("{prefix}/providers/Microsoft.KeyVault"));
    }
    let all = cloud.get("/providers?api-version=2021-04-01").await.body;
    assert!(all["value"].as_array().is_some_and(|providers| providers.len() > 60));
    let search = cloud.get("/providers/Microsoft.Search?api-version=2021-04-01").await.body;
    let names: Vec<&Value> =
        search["resourceTypes"].as_array().expect("types").iter().map(|entry| &entry["resourceType"]).collect();
    assert_eq!(names.iter().filter(|name| **name == "searchServices").count(), 1, "{names:?}");
}

#[tokio::test]
async fn a_slot_is_named_by_its_sites_group_id() {
    let mut cloud = TestCloud::with_network().await;
    let site = cloud.target("Microsoft.Web/sites", "app", json!({})).await;
    let slot = format!("{site}/slots/blue");
    let body = json!({ "location": "eastus", "properties": {} });
    assert_eq!(cloud.put(&slot.replace("/app/", "/other/"), body.clone()).await.status, 404);
    assert_eq!(cloud.put(&slot, body).await.status, 201);
    let groups = cloud.get(&format!("{site}/privateLinkResources")).await.body;
    let groups: Vec<&Value> = groups["value"].as_array().expect("a list").iter().map(|group| &group["name"]).collect();
    assert_eq!(groups, ["sites", "sites-blue"]);
    cloud.operations();
    let endpoint = cloud.manual_endpoint("pe", &site, &["sites-blue"]).await;
    let proxies = "Microsoft.Web/sites/slots/privateEndpointConnectionProxies";
    assert_eq!(cloud.operations()[..2], [format!("{proxies}/validate/action"), format!("{proxies}/write")]);
    assert_eq!(cloud.get(&site).await.body["properties"]["privateEndpointConnections"], json!([]));
    let connection = cloud.get(&slot).await.body["properties"]["privateEndpointConnections"][0].clone();
    assert!(id(&connection).starts_with(&format!("{slot}/privateEndpointConnections/")), "{connection}");
    assert_eq!(connection["type"], "Microsoft.Web/sites/slots/privateEndpointConnections");
    assert_eq!(connection["properties"]["ipAddresses"], json!(["127.1.1.4", "127.1.1.5"]));
    cloud.put_and_wait(id(&connection), decision("Approved")).await;
    let names = cloud.get(&endpoint).await.body["properties"]["customDnsConfigs"].clone();
    let names: Vec<&Value> = names.as_array().expect("names").iter().map(|config| &config["fqdn"]).collect();
    assert_eq!(names, ["app-blue.azurewebsites.net", "app-blue.scm.azurewebsites.net"]);
    assert_eq!(cloud.delete(&site).await.status, 200);
    let state = cloud.get(&endpoint).await.body["properties"]["manualPrivateLinkServiceConnections"][0]["properties"]["privateLinkServiceConnectionState"]["status"].clone();
    assert_eq!(state, "Disconnected");
}

#[tokio::test]
async fn ids_have_the_letter_case_that_azure_shows() {
    let cloud = TestCloud::with_network().await;
    let (target, connection) = waiting(&cloud, "Microsoft.Cache/redis", &["redisCache"]).await;
    let endpoint = cloud.get(&endpoint_id("pe-redis")).await.body;
    let shown = &endpoint["properties"]["manualPrivateLinkServiceConnections"][0]["properties"]["privateLinkServiceId"];
    assert_eq!(*shown, target.replace("Microsoft.Cache", "microsoft.cache"));
    assert!(id(&connection).starts_with(&target));
    let scope = cloud.target("Microsoft.Insights/privateLinkScopes", "scope", json!({})).await;
    let scope = cloud.get(&scope).await.body;
    assert!(id(&scope).contains("/providers/microsoft.insights/"), "{scope}");
    assert_eq!(scope["location"], "global");
}

#[tokio::test]
async fn names_that_are_shared_do_not_keep_others_out() {
    let cloud = TestCloud::with_network().await;
    for resource_type in
        ["Microsoft.Insights/privateLinkScopes", "Microsoft.DataFactory/factories", "Microsoft.Databricks/workspaces"]
    {
        for name in ["one", "two"] {
            cloud.target(resource_type, name, json!({})).await;
        }
    }
}

#[tokio::test]
async fn a_cloud_has_no_types_of_another() {
    let cloud = TestCloud::with_network_in(Cloud::China).await;
    let body = json!({ "location": "chinanorth2" });
    let registry = format!("{GROUP}/providers/Microsoft.ContainerRegistry/registries/cr");
    assert_eq!(cloud.put(&registry, body.clone()).await.code(), "InvalidResourceType");
    let vault = format!("{GROUP}/providers/Microsoft.KeyVault/vaults/kv");
    assert_eq!(cloud.put(&vault, body).await.status, 200);
    assert_eq!(cloud.get("/providers/Microsoft.ContainerRegistry?api-version=2021-04-01").await.status, 404);
}
