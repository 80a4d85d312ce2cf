//! ARM's list of everything in a subscription: what is in it, what is not, and how it is asked for a part.

mod arm_client;

use std::collections::BTreeMap;

use arm_client::{GROUP, NETWORK_PROVIDER, TestCloud, endpoint_id};
use serde_json::{Value, json};

const RESOURCES: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resources?api-version=2021-04-01";

/// A landing zone with one of everything, parents and children.
async fn landing_zone() -> TestCloud {
    let cloud = TestCloud::with_network().await;
    let body = json!({
        "kind": "StorageV2", "sku": { "name": "Standard_LRS" }, "tags": { "team": "data" },
        "properties": { "accessTier": "Hot" },
    });
    let target = cloud.target("Microsoft.Storage/storageAccounts", "stacct", body).await;
    let zone = cloud.linked_zone("privatelink.blob.core.windows.net").await;
    let record = json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "127.1.1.4" }] } });
    cloud.put(&format!("{zone}/A/name"), record).await;
    let endpoint = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let configs = json!([{ "name": "blob", "properties": { "privateDnsZoneId": zone } }]);
    let group = json!({ "properties": { "privateDnsZoneConfigs": configs } });
    cloud.put_and_wait(&format!("{endpoint}/privateDnsZoneGroups/default"), group).await;
    let factory = format!("{GROUP}/providers/Microsoft.DataFactory/factories/factory");
    cloud.put(&factory, json!({ "location": "West Europe" })).await;
    let network = format!("{factory}/managedVirtualNetworks/default");
    cloud.put(&network, json!({ "properties": {} })).await;
    let wanted = json!({ "properties": { "privateLinkResourceId": target, "groupId": "blob" } });
    assert_eq!(cloud.put(&format!("{network}/managedPrivateEndpoints/mpe"), wanted).await.status, 200);
    cloud
}

async fn all(cloud: &TestCloud, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = Some(format!("{RESOURCES}{query}"));
    while let Some(page) = next {
        let page = cloud.get(&page).await.body;
        found.extend(page["value"].as_array().expect("a page").iter().cloned());
        next = page["nextLink"].as_str().map(str::to_owned);
    }
    found
}

fn names(resources: &[Value]) -> Vec<&str> {
    resources.iter().filter_map(|resource| resource["name"].as_str()).collect()
}

#[tokio::test]
async fn every_resource_is_listed_and_no_child_of_one() {
    let cloud = landing_zone().await;
    let resources = all(&cloud, "").await;
    let by_type: BTreeMap<&str, &Value> =
        resources.iter().map(|resource| (resource["type"].as_str().expect("a type"), resource)).collect();
    let types: Vec<&str> = by_type.keys().copied().collect();
    assert_eq!(
        types,
        [
            "Microsoft.DataFactory/factories",
            "Microsoft.Network/networkInterfaces",
            "Microsoft.Network/privateDnsZones",
            "Microsoft.Network/privateEndpoints",
            "Microsoft.Network/virtualNetworks",
            "Microsoft.Storage/storageAccounts",
        ]
    );
    assert_eq!(resources.len(), types.len(), "one of each: nothing of Microsoft's or the partner's subscription");
    assert_eq!(
        *by_type["Microsoft.Storage/storageAccounts"],
        json!({
            "id": format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/stacct"),
            "name": "stacct",
            "type": "Microsoft.Storage/storageAccounts",
            "location": "eastus",
            "kind": "StorageV2",
            "sku": { "name": "Standard_LRS" },
            "tags": { "team": "data" },
        })
    );
    assert_eq!(
        *by_type["Microsoft.Network/privateDnsZones"],
        json!({
            "id": format!("{NETWORK_PROVIDER}/privateDnsZones/privatelink.blob.core.windows.net"),
            "name": "privatelink.blob.core.windows.net",
            "type": "Microsoft.Network/privateDnsZones",
            "location": "global",
        })
    );
    let endpoint = by_type["Microsoft.Network/privateEndpoints"];
    assert_eq!((&endpoint["id"], &endpoint["location"]), (&json!(endpoint_id("pe")), &json!("eastus")));
}

#[tokio::test]
async fn a_filter_keeps_what_it_names() {
    let cloud = landing_zone().await;
    let table: [(&str, &[&str]); 7] = [
        ("resourceType eq 'Microsoft.Network/privateEndpoints'", &["pe"]),
        ("resourcetype eq 'microsoft.storage/STORAGEACCOUNTS'", &["stacct"]),
        ("resourceType eq 'Microsoft.Network/privateDnsZones/A'", &[]),
        ("resourceType eq 'Microsoft.No/things'", &[]),
        ("name eq 'pe' and resourceType eq 'Microsoft.Network/virtualNetworks'", &[]),
        ("location eq 'West Europe'", &["factory"]),
        ("resourceGroup eq 'rg-app' and name eq 'vnet'", &["vnet"]),
    ];
    for (filter, expected) in table {
        assert_eq!(names(&all(&cloud, &format!("&$filter={filter}")).await), expected, "{filter}");
    }
    let refused = cloud.get(&format!("{RESOURCES}&$filter=tagName eq 'team'")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (400, "InvalidFilterInQueryString"));
    let elsewhere = cloud.get(&RESOURCES.replace("2222222-", "0000000-")).await;
    assert_eq!(elsewhere.code(), "SubscriptionNotFound");
}

#[tokio::test]
async fn pages_follow_each_other_and_keep_the_filter() {
    let cloud = TestCloud::with_network().await;
    for index in 0..7 {
        cloud.storage_account(&format!("st{index}")).await;
    }
    let filter = "&$filter=resourceType eq 'Microsoft.Storage/storageAccounts'";
    let first = cloud.get(&format!("{RESOURCES}{filter}&$top=3")).await.body;
    assert_eq!(first["value"].as_array().map(Vec::len), Some(3));
    assert!(first["nextLink"].as_str().is_some_and(|next| next.starts_with("http://127.0.0.1:")), "{first}");
    let found = all(&cloud, &format!("{filter}&$top=3")).await;
    assert_eq!(names(&found), ["st0", "st1", "st2", "st3", "st4", "st5", "st6"]);
}

#[tokio::test]
async fn times_and_states_are_told_to_those_who_ask() {
    let cloud = landing_zone().await;
    let one = "&$filter=name eq 'stacct'";
    let expanded = all(&cloud, &format!("{one}&$expand=createdTime,changedTime,provisioningState")).await;
    assert_eq!(expanded[0]["provisioningState"], "Succeeded");
    assert!(expanded[0]["createdTime"].is_string() && expanded[0]["changedTime"].is_string());
    let plain = all(&cloud, one).await;
    assert!(plain[0].get("provisioningState").is_none() && plain[0].get("properties").is_none(), "{plain:?}");
}
