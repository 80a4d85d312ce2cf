//! What happens when two want the same thing, or when something is deleted that others need.

mod arm_client;

use arm_client::{GROUP, TestCloud, decision, endpoint_body, endpoint_id, network_id};
use serde_json::{Value, json};

#[tokio::test]
async fn the_second_zone_group_overwrites_and_the_first_then_deletes_nothing() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let zone = cloud.linked_zone("privatelink.blob.core.windows.net").await;
    for name in ["pe-1", "pe-2"] {
        cloud.put_and_wait(&endpoint_id(name), endpoint_body(&target, &["blob"], false)).await;
        let configs = json!([{ "name": "blob", "properties": { "privateDnsZoneId": zone } }]);
        let body = json!({ "properties": { "privateDnsZoneConfigs": configs } });
        cloud.put_and_wait(&format!("{}/privateDnsZoneGroups/default", endpoint_id(name)), body).await;
    }
    let address = |set: &Value| set["properties"]["aRecords"][0]["ipv4Address"].clone();
    let record = format!("{zone}/A/stacct");
    assert_eq!(address(&cloud.get(&record).await.body), "127.1.1.5");
    cloud.delete_and_wait(&endpoint_id("pe-1")).await;
    assert_eq!(address(&cloud.get(&record).await.body), "127.1.1.5");
    cloud.delete_and_wait(&endpoint_id("pe-2")).await;
    assert_eq!(cloud.get(&record).await.status, 404);
}

#[tokio::test]
async fn deleting_a_resource_group_takes_everything_along() {
    let mut cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    cloud.linked_zone("privatelink.blob.core.windows.net").await;
    cloud.put_and_wait(&endpoint_id("pe"), endpoint_body(&target, &["blob"], false)).await;
    cloud.operations();
    assert_eq!(cloud.delete_and_wait(GROUP).await.status, 202);
    let operations = cloud.operations();
    assert!(operations.contains(&"Microsoft.Network/privateEndpoints/delete".to_owned()), "{operations:?}");
    assert_eq!(operations.last().map(String::as_str), Some("Microsoft.Resources/subscriptions/resourceGroups/delete"));
    assert_eq!(cloud.get(&target).await.code(), "ResourceGroupNotFound");
    let left = cloud.get("/subscriptions/22222222-2222-2222-2222-222222222222/resources").await.body;
    assert_eq!(left["value"], json!([]));
}

#[tokio::test]
async fn what_others_need_cannot_be_deleted() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let zone = cloud.linked_zone("privatelink.blob.core.windows.net").await;
    let endpoint = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let interface = cloud.get(&endpoint).await.body["properties"]["networkInterfaces"][0]["id"].clone();
    let table = [
        (format!("{}/subnets/pe", network_id()), 400, "InUseSubnetCannotBeDeleted"),
        (network_id(), 400, "InUseSubnetCannotBeDeleted"),
        (zone, 409, "CannotDeleteResource"),
        (interface.as_str().expect("an id").to_owned(), 400, "NicInUse"),
    ];
    for (id, status, code) in table {
        let reply = cloud.delete(&id).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{id}");
    }
}

#[tokio::test]
async fn a_deleted_target_leaves_its_endpoints_disconnected_for_good() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let endpoint = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let connection = cloud.approve(&target).await;
    assert_eq!(cloud.delete(&target).await.status, 200);
    cloud.storage_account("stacct").await;
    let observed = cloud.get(&endpoint).await.body;
    let properties = &observed["properties"]["manualPrivateLinkServiceConnections"][0]["properties"];
    assert_eq!(properties["privateLinkServiceConnectionState"]["status"], "Disconnected");
    assert_eq!(observed["properties"]["customDnsConfigs"], json!([]));
    assert_eq!(cloud.put(&connection, decision("Approved")).await.status, 404);
}

#[tokio::test]
async fn names_that_belong_to_one_resource_are_given_once() {
    let cloud = TestCloud::with_network().await;
    cloud.storage_account("stacct").await;
    let other = GROUP.replace("rg-app", "rg-other");
    cloud.put(&other, json!({ "location": "eastus" })).await;
    let id = format!("{other}/providers/Microsoft.Storage/storageAccounts/STACCT");
    assert_eq!(cloud.put(&id, json!({ "location": "eastus" })).await.status, 409);
}

#[tokio::test]
async fn an_endpoint_cannot_be_changed_while_it_is_being_made() {
    let cloud = TestCloud::with_slow_operations().await;
    let target = cloud.storage_account("stacct").await;
    let body = endpoint_body(&target, &["blob"], true);
    let created = cloud.put(&endpoint_id("pe"), body.clone()).await;
    assert_eq!((created.status.as_u16(), &created.body["properties"]["provisioningState"]), (201, &json!("Updating")));
    assert_eq!(cloud.put(&endpoint_id("pe"), body).await.code(), "AnotherOperationInProgress");
    assert_eq!(cloud.delete(&endpoint_id("pe")).await.code(), "AnotherOperationInProgress");
    let connections = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
    assert_eq!(connections["value"], json!([]));
}
