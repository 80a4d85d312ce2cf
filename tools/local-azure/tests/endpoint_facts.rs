//! What can be learnt about a requester before anything is approved: region, network, message, addresses.

mod arm_client;

use arm_client::{GROUP, TestCloud, endpoint_body, endpoint_id, network_id};
use serde_json::{Value, json};

const OTHER_SUBSCRIPTION: &str = "11111111-1111-1111-1111-111111111111";

async fn network(cloud: &TestCloud, group: &str, location: &str) -> String {
    cloud.put(group, json!({ "location": location })).await;
    let id = format!("{group}/providers/Microsoft.Network/virtualNetworks/other");
    let subnets = json!([{ "name": "pe", "properties": { "addressPrefix": "10.2.1.0/24" } }]);
    let body = json!({ "location": location, "properties": { "subnets": subnets } });
    assert_eq!(cloud.put(&id, body).await.status, 201);
    id
}

#[tokio::test]
async fn an_endpoint_lives_in_its_networks_region_and_subscription() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let elsewhere = network(&cloud, &GROUP.replace("rg-app", "rg-europe"), "westeurope").await;
    let of_others = network(&cloud, &format!("/subscriptions/{OTHER_SUBSCRIPTION}/resourceGroups/rg"), "eastus").await;
    let asked = |network: &str, location: &str| {
        let mut body = endpoint_body(&target, &["blob"], true);
        body["location"] = json!(location);
        body["properties"]["subnet"]["id"] = json!(format!("{network}/subnets/pe"));
        body
    };
    for (network, location) in [(&elsewhere, "eastus"), (&network_id(), "westeurope"), (&of_others, "eastus")] {
        let reply = cloud.put(&endpoint_id("pe"), asked(network, location)).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, "InvalidResourceReference"), "{network} {location}");
    }
    cloud.put_and_wait(&endpoint_id("pe"), asked(&elsewhere, "West Europe")).await;
    assert_eq!(cloud.get(&endpoint_id("pe")).await.body["location"], "westeurope");
}

#[tokio::test]
async fn regions_are_told_in_one_spelling_on_both_sides() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let mut body = endpoint_body(&target, &["blob"], true);
    body["location"] = json!("East US");
    cloud.put_and_wait(&endpoint_id("pe"), body).await;
    for id in [target, endpoint_id("pe")] {
        assert_eq!(cloud.get(&id).await.body["location"], "eastus", "{id}");
    }
}

#[tokio::test]
async fn the_message_is_the_targets_description_until_somebody_decides() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let id = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let description = async || {
        let list = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
        list["value"][0]["properties"]["privateLinkServiceConnectionState"]["description"].clone()
    };
    let message = async || {
        let endpoint = cloud.get(&id).await.body;
        endpoint["properties"]["manualPrivateLinkServiceConnections"][0]["properties"]["requestMessage"].clone()
    };
    assert_eq!((description().await, message().await), (json!("please"), json!("please")));
    cloud.approve(&target).await;
    assert_eq!((description().await, message().await), (json!("decided"), json!("please")));
}

#[tokio::test]
async fn a_pending_endpoints_addresses_are_on_its_interface_without_names() {
    let cloud = TestCloud::with_network().await;
    let body = json!({ "kind": "AIServices", "properties": { "customSubDomainName": "sub" } });
    let target = cloud.target("Microsoft.CognitiveServices/accounts", "foundry", body).await;
    let id = cloud.manual_endpoint("pe", &target, &["account"]).await;
    let endpoint = cloud.get(&id).await.body;
    assert_eq!(endpoint["properties"]["customDnsConfigs"], json!([]));
    let interface = endpoint["properties"]["networkInterfaces"][0]["id"].as_str().expect("an id").to_owned();
    let interface = cloud.get(&interface).await.body;
    let configurations = interface["properties"]["ipConfigurations"].as_array().expect("a list");
    let properties: Vec<&Value> = configurations.iter().map(|entry| &entry["properties"]).collect();
    let addresses: Vec<&Value> = properties.iter().map(|entry| &entry["privateIPAddress"]).collect();
    assert_eq!(addresses, ["127.1.1.4", "127.1.1.5", "127.1.1.6"]);
    assert!(properties.iter().all(|entry| entry["privateLinkConnectionProperties"]["fqdns"] == json!([])));
}
