//! What differs from one target type to the next, seen over ARM.

mod arm_client;

use arm_client::{TestCloud, decision, endpoint_body, endpoint_id};
use serde_json::{Value, json};

/// Type, body, group ids, status of an owner's PUT, and what a connection of this type carries.
type Row = (&'static str, Value, &'static [&'static str], u16, &'static [&'static str]);

fn table() -> Vec<Row> {
    let account = json!({ "kind": "OpenAI", "properties": { "customSubDomainName": "sub" } });
    vec![
        (
            "Microsoft.CognitiveServices/accounts",
            account,
            &["account"],
            202,
            &["/properties/groupIds", "/etag", "/location"],
        ),
        ("Microsoft.ContainerRegistry/registries", json!({}), &["registry"], 201, &[]),
        ("Microsoft.DocumentDB/databaseAccounts", json!({}), &["Sql"], 202, &["/properties/groupId"]),
        ("Microsoft.KeyVault/vaults", json!({}), &["vault"], 200, &["/etag", "/location"]),
        ("Microsoft.Network/privateLinkServices", json!({}), &[], 200, &["/etag", "/properties/linkIdentifier"]),
        ("Microsoft.Security/privateLinks", json!({}), &["containers"], 201, &["/properties/groupIds"]),
        ("Microsoft.Sql/servers", json!({}), &["sqlServer"], 202, &["/properties/groupIds"]),
        ("Microsoft.Storage/storageAccounts", json!({}), &["dfs_secondary"], 200, &[]),
    ]
}

#[tokio::test]
async fn every_type_is_approved_in_its_own_way_and_shows_its_own_fields() {
    let cloud = TestCloud::with_network().await;
    for (resource_type, body, group_ids, status, fields) in table() {
        let target = cloud.target(resource_type, "target", body).await;
        let endpoint = cloud.manual_endpoint("pe", &target, group_ids).await;
        let listed = cloud.get(&format!("{target}/privateEndpointConnections")).await.body["value"][0].clone();
        let id = listed["id"].as_str().expect("an id");
        let mut decision = decision("Approved");
        decision["id"] = listed["id"].clone();
        decision["name"] = listed["name"].clone();
        for field in ["/properties/groupIds", "/properties/groupId", "/etag", "/location", "/properties/linkIdentifier"]
        {
            assert_eq!(listed.pointer(field).is_some(), fields.contains(&field), "{resource_type} {field}");
        }
        assert_eq!(cloud.put_and_wait(id, decision).await.status, status, "{resource_type}");
        let approved = cloud.get(id).await.body;
        let expected_state = if resource_type == "Microsoft.Sql/servers" { "Ready" } else { "Succeeded" };
        assert_eq!(approved["properties"]["provisioningState"], expected_state, "{resource_type}");
        assert_eq!(approved["properties"]["privateLinkServiceConnectionState"]["status"], "Approved");
        let on_target = cloud.get(&target).await.body["properties"]["privateEndpointConnections"][0].clone();
        assert_eq!(on_target, approved, "{resource_type}");
        cloud.delete_and_wait(&endpoint).await;
    }
}

#[tokio::test]
async fn the_whole_observed_connection_can_be_put_back() {
    let cloud = TestCloud::with_network().await;
    for (resource_type, body, group_ids, ..) in table() {
        let target = cloud.target(resource_type, "target", body).await;
        let endpoint = cloud.manual_endpoint("pe", &target, group_ids).await;
        let mut observed = cloud.get(&format!("{target}/privateEndpointConnections")).await.body["value"][0].clone();
        observed["properties"]["privateLinkServiceConnectionState"]["status"] = json!("Approved");
        let id = observed["id"].as_str().expect("an id").to_owned();
        cloud.put_and_wait(&id, observed).await;
        cloud.delete_and_wait(&endpoint).await;
    }
}

#[tokio::test]
async fn a_cosmos_account_takes_one_operation_at_a_time() {
    let cloud = TestCloud::with_slow_operations().await;
    let target = cloud.target("Microsoft.DocumentDB/databaseAccounts", "cosmos", json!({})).await;
    cloud.manual_endpoint("pe-1", &target, &["Sql"]).await;
    cloud.manual_endpoint("pe-2", &target, &["Table"]).await;
    let connections = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
    let id = |index: usize| connections["value"][index]["id"].as_str().expect("an id").to_owned();
    assert_eq!(cloud.put(&id(0), decision("Approved")).await.status, 202);
    let second = cloud.put(&id(1), decision("Approved")).await;
    assert_eq!((second.status.as_u16(), second.code()), (409, "AnotherOperationInProgress"));
    assert!(second.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn a_private_link_service_has_proxies_of_its_location_and_may_approve_unseen() {
    let mut cloud = TestCloud::with_network().await;
    let properties = json!({ "fqdns": ["own.example"], "autoApproval": { "subscriptions": ["*"] } });
    let body = json!({ "properties": properties });
    let target = cloud.target("Microsoft.Network/privateLinkServices", "pls", body).await;
    cloud.operations();
    let alias = cloud.get(&target).await.body["properties"]["alias"].as_str().expect("an alias").to_owned();
    cloud.put_and_wait(&endpoint_id("pe"), endpoint_body(&alias, &[], true)).await;
    let proxies = "Microsoft.Network/locations/privateLinkServices/privateEndpointConnectionProxies";
    assert_eq!(cloud.operations()[..2], [format!("{proxies}/validate/action"), format!("{proxies}/write")]);
    let endpoint = cloud.get(&endpoint_id("pe")).await.body;
    assert_eq!(endpoint["properties"]["customDnsConfigs"][0]["fqdn"], "own.example");
}

#[tokio::test]
async fn an_endpoint_may_choose_its_addresses() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let mut body = endpoint_body(&target, &["blob"], false);
    let properties = json!({ "groupId": "blob", "memberName": "blob", "privateIPAddress": "10.1.1.77" });
    body["properties"]["ipConfigurations"] = json!([{ "name": "static", "properties": properties }]);
    body["properties"]["customNetworkInterfaceName"] = json!("my-nic");
    cloud.put_and_wait(&endpoint_id("pe"), body.clone()).await;
    let observed = cloud.get(&endpoint_id("pe")).await.body;
    assert_eq!(observed["properties"]["customDnsConfigs"][0]["ipAddresses"], json!(["127.1.1.77"]));
    assert!(observed["properties"]["networkInterfaces"][0]["id"].as_str().expect("an id").ends_with("/my-nic"));
    assert_eq!(cloud.put(&endpoint_id("pe-2"), body).await.code(), "PrivateIPAddressIsNotAvailable");
}
