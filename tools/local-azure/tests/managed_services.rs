//! Managed endpoints of services: made below the service, seen on the target, unreadable in between.

mod arm_client;

use arm_client::{GROUP, TestCloud};
use serde_json::{Value, json};

/// The service's path with what lies between, the word for its managed endpoints, and the status of a PUT.
const SERVICES: [(&str, &str, &str, u16); 3] = [
    ("Microsoft.DataFactory/factories/factory1", "/managedVirtualNetworks/default", "managedPrivateEndpoints", 200),
    ("Microsoft.Search/searchServices/search1", "", "sharedPrivateLinkResources", 202),
    ("Microsoft.Kusto/clusters/cluster1", "", "managedPrivateEndpoints", 202),
];

fn wanted(target: &str, group_id: &str) -> Value {
    json!({ "properties": { "privateLinkResourceId": target, "groupId": group_id, "requestMessage": "Please approve." } })
}

/// Makes a service, with its network where it has one. Returns the id that the managed endpoints are below.
async fn service(cloud: &TestCloud, (path, between, ..): (&str, &str, &str, u16)) -> String {
    let id = format!("{GROUP}/providers/{path}");
    cloud.put_and_wait(&id, json!({ "location": "eastus" })).await;
    let parent = format!("{id}{between}");
    if !between.is_empty() {
        cloud.put_and_wait(&parent, json!({ "properties": {} })).await;
    }
    parent
}

async fn connections(cloud: &TestCloud, target: &str) -> Vec<Value> {
    let list = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
    list["value"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn a_managed_endpoint_waits_on_the_target_and_cannot_be_read() {
    for row in SERVICES {
        let mut cloud = TestCloud::with_network().await;
        let target = cloud.storage_account("stacct").await;
        let parent = service(&cloud, row).await;
        cloud.operations();
        let made = cloud.put_and_wait(&format!("{parent}/{}/Blob", row.2), wanted(&target, "blob")).await;
        assert_eq!(made.status.as_u16(), row.3, "{row:?}");
        let connections = connections(&cloud, &target).await;
        let properties = &connections[0]["properties"];
        let endpoint = properties["privateEndpoint"]["id"].as_str().expect("an id");
        let name = endpoint.rsplit('/').next().expect("a name");
        assert!(endpoint.starts_with("/subscriptions/92b2afd7-"), "{endpoint}");
        assert!(name.contains("Blob"), "{name}");
        assert_eq!(name == "factory1.Blob", !row.1.is_empty(), "{name}");
        let state = &properties["privateLinkServiceConnectionState"];
        assert_eq!((&state["status"], &state["description"]), (&json!("Pending"), &json!("Please approve.")));
        assert_eq!(cloud.get(endpoint).await.code(), "AuthorizationFailed");
        let operations = cloud.operations();
        assert!(operations.iter().any(|name| name.ends_with("/privateEndpointConnectionProxies/write")));
        assert!(!operations.iter().any(|name| name == "Microsoft.Network/privateEndpoints/write"), "{operations:?}");
    }
}

#[tokio::test]
async fn the_service_lists_what_it_asks_for_and_how_that_stands() {
    for row in SERVICES {
        let cloud = TestCloud::with_network().await;
        let target = cloud.storage_account("stacct").await;
        let parent = service(&cloud, row).await;
        let list = format!("{}/{}", parent.to_uppercase().replace("/SUBSCRIPTIONS", "/subscriptions"), row.2);
        assert_eq!(cloud.get(&list).await.body["value"], json!([]));
        cloud.put_and_wait(&format!("{parent}/{}/blob", row.2), wanted(&target, "blob")).await;
        let stands = async |expected: &str| {
            let listed = cloud.get(&list).await.body["value"][0].clone();
            assert_eq!(listed["name"], "blob");
            let properties = &listed["properties"];
            assert_eq!(properties["privateLinkResourceId"], target.as_str());
            assert_eq!(properties["groupId"], "blob");
            let told = [&properties["connectionState"]["status"], &properties["status"]];
            let told: Vec<&str> = told.into_iter().filter_map(Value::as_str).collect();
            let tells = !row.0.starts_with("Microsoft.Kusto");
            assert_eq!(told, if tells { vec![expected] } else { vec![] }, "{row:?}");
        };
        stands("Pending").await;
        cloud.approve(&target).await;
        stands("Approved").await;
    }
}

#[tokio::test]
async fn what_is_deleted_asks_no_more() {
    for row in SERVICES {
        let cloud = TestCloud::with_network().await;
        let target = cloud.storage_account("stacct").await;
        let parent = service(&cloud, row).await;
        for name in ["one", "two"] {
            cloud.put_and_wait(&format!("{parent}/{}/{name}", row.2), wanted(&target, "blob")).await;
        }
        cloud.delete_and_wait(&format!("{parent}/{}/one", row.2)).await;
        assert_eq!(connections(&cloud, &target).await.len(), 1, "{row:?}");
        cloud.delete_and_wait(&format!("{GROUP}/providers/{}", row.0)).await;
        assert_eq!(connections(&cloud, &target).await.len(), 0, "{row:?}");
    }
}

#[tokio::test]
async fn the_same_may_be_put_again_and_nothing_else() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let id = format!("{}/managedPrivateEndpoints/blob", service(&cloud, SERVICES[0]).await);
    for _ in 0..2 {
        assert_eq!(cloud.put(&id, wanted(&target, "blob")).await.status, 200);
    }
    assert_eq!(connections(&cloud, &target).await.len(), 1);
    assert_eq!(cloud.put(&id, wanted(&target, "file")).await.status, 400);
}

#[tokio::test]
async fn managed_endpoints_that_azure_would_refuse_are_refused() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let factory = format!("{GROUP}/providers/{}", SERVICES[0].0);
    assert_eq!(cloud.put(&factory, json!({})).await.code(), "LocationRequired");
    cloud.put(&factory, json!({ "location": "eastus" })).await;
    let network = format!("{factory}/managedVirtualNetworks/default");
    let id = format!("{network}/managedPrivateEndpoints/mpe");
    assert_eq!(cloud.put(&id, wanted(&target, "blob")).await.code(), "ResourceNotFound");
    assert_eq!(cloud.get(&format!("{network}/managedPrivateEndpoints")).await.code(), "ResourceNotFound");
    cloud.put(&network, json!({ "properties": {} })).await;
    let listed = cloud.get(&format!("{factory}/managedVirtualNetworks")).await.body;
    assert_eq!(listed["value"][0]["name"], "default");
    let table = [
        (json!({ "properties": {} }), "InvalidRequestContent"),
        (wanted(&format!("{target}x"), "blob"), "InvalidResourceReference"),
        (wanted(&target, "vault"), "InvalidGroupId"),
    ];
    for (body, code) in table {
        let reply = cloud.put(&id, body).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, code));
        assert_eq!(cloud.get(&id).await.status, 404);
    }
}
