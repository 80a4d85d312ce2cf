//! How private DNS zones and their links are made: as long-running operations, under conditions, one link to a network.

mod arm_client;

use arm_client::{GROUP, NETWORK_PROVIDER, Reply, TestCloud, network_id};
use reqwest::Method;
use serde_json::{Value, json};

const ZONE: &str = "privatelink.blob.core.windows.net";

fn zone_in(group: &str) -> String {
    format!("{group}/providers/Microsoft.Network/privateDnsZones/{ZONE}")
}

fn zone_body() -> Value {
    json!({ "location": "global", "tags": { "made": "here" } })
}

fn link_body(network: &str) -> Value {
    let properties = json!({ "registrationEnabled": false, "virtualNetwork": { "id": network } });
    json!({ "location": "global", "properties": properties })
}

async fn create(cloud: &TestCloud, id: &str, body: Value) -> Reply {
    cloud.send(Method::PUT, id, Some(body), &[("if-none-match", "*")]).await
}

/// Polls an operation to its end, and returns how it ended.
async fn outcome(cloud: &TestCloud, begun: &Reply) -> Value {
    assert_eq!(begun.status, 202, "{begun:?}");
    let url = begun.headers["azure-asyncoperation"].to_str().expect("a url");
    loop {
        let operation = cloud.get(url).await.body;
        if operation["status"] != "InProgress" {
            return operation;
        }
    }
}

#[tokio::test]
async fn a_zone_and_its_link_are_there_when_their_operations_have_ended() {
    let cloud = TestCloud::with_network().await;
    let zone = zone_in(GROUP);
    let begun = create(&cloud, &zone, zone_body()).await;
    assert_eq!(outcome(&cloud, &begun).await["status"], "Succeeded");
    let made = cloud.get(&zone).await.body;
    assert_eq!((&made["location"], &made["tags"]["made"]), (&json!("global"), &json!("here")));
    let link = format!("{zone}/virtualNetworkLinks/vnet-1");
    let begun = create(&cloud, &link, link_body(&network_id())).await;
    assert_eq!(outcome(&cloud, &begun).await["status"], "Succeeded");
    assert_eq!(cloud.get(&zone).await.body["properties"]["numberOfVirtualNetworkLinks"], 1);
}

#[tokio::test]
async fn what_is_there_is_not_created_again() {
    let cloud = TestCloud::with_network().await;
    let zone = cloud.linked_zone(ZONE).await;
    assert_eq!(create(&cloud, &zone, zone_body()).await.code(), "PreconditionFailed");
    assert_eq!(cloud.get(&zone).await.body["tags"]["made"], Value::Null);
    let link = create(&cloud, &format!("{zone}/virtualNetworkLinks/l"), link_body(&network_id())).await;
    assert_eq!((link.status.as_u16(), link.code()), (412, "PreconditionFailed"));
}

#[tokio::test]
async fn of_two_creations_at_once_one_is_refused_at_once_or_on_its_way() {
    let cloud = TestCloud::with_network().await;
    let zone = zone_in(GROUP);
    let (first, second) = tokio::join!(create(&cloud, &zone, zone_body()), create(&cloud, &zone, zone_body()));
    let mut ends = Vec::new();
    for reply in [first, second] {
        let refused_at_once = reply.code().to_owned();
        let end = if refused_at_once.is_empty() { outcome(&cloud, &reply).await } else { Value::Null };
        let code = end["error"]["code"].as_str().map_or(refused_at_once, str::to_owned);
        ends.push(code);
    }
    ends.sort();
    assert_eq!(ends, ["", "PreconditionFailed"]);
}

#[tokio::test]
async fn a_link_needs_its_zone_and_its_network() {
    let cloud = TestCloud::with_network().await;
    let zone = zone_in(GROUP);
    let link = format!("{zone}/virtualNetworkLinks/l");
    assert_eq!(create(&cloud, &link, link_body(&network_id())).await.code(), "ResourceNotFound");
    cloud.put_and_wait(&zone, zone_body()).await;
    let nowhere = format!("{NETWORK_PROVIDER}/virtualNetworks/nowhere");
    assert_eq!(create(&cloud, &link, link_body(&nowhere)).await.code(), "InvalidResourceReference");
}

#[tokio::test]
async fn a_network_has_one_link_to_a_zone_and_one_zone_of_a_name() {
    let cloud = TestCloud::with_network().await;
    let zone = cloud.linked_zone(ZONE).await;
    let again = create(&cloud, &format!("{zone}/virtualNetworkLinks/again"), link_body(&network_id())).await;
    assert_eq!((again.status.as_u16(), again.code()), (409, "Conflict"));

    let other_group = GROUP.replace("rg-app", "rg-other");
    cloud.put(&other_group, json!({ "location": "eastus" })).await;
    let namesake = zone_in(&other_group);
    cloud.put_and_wait(&namesake, zone_body()).await;
    let begun = create(&cloud, &format!("{namesake}/virtualNetworkLinks/l"), link_body(&network_id())).await;
    let ended = outcome(&cloud, &begun).await;
    assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("Failed"), &json!("BadRequest")));
    let links = cloud.get(&format!("{namesake}/virtualNetworkLinks")).await.body;
    assert_eq!(links["value"], json!([]));
}

#[tokio::test]
async fn the_list_of_all_record_sets_shows_each_with_its_body() {
    let cloud = TestCloud::with_network().await;
    let zone = cloud.linked_zone(ZONE).await;
    let metadata = json!({ "managedBy": "somebody" });
    let v4 = json!({ "properties": { "ttl": 10, "metadata": metadata, "aRecords": [{ "ipv4Address": "10.0.0.4" }] } });
    let v6 = json!({ "properties": { "ttl": 20, "aaaaRecords": [{ "ipv6Address": "fd00::4" }] } });
    for (record, body) in [("A/name", v4), ("AAAA/name", v6.clone()), ("AAAA/@", v6)] {
        assert_eq!(cloud.put(&format!("{zone}/{record}"), body).await.status, 201, "{record}");
    }
    let listed = cloud.get(&format!("{zone}/ALL")).await.body;
    let sets = listed["value"].as_array().expect("a list");
    let ids: Vec<&str> = sets.iter().filter_map(|set| set["id"].as_str()).collect();
    let expected = ["SOA/@", "A/name", "AAAA/@", "AAAA/name"].map(|record| format!("{zone}/{record}"));
    assert_eq!(ids, expected);
    for set in sets {
        assert_eq!(*set, cloud.get(set["id"].as_str().expect("an id")).await.body, "as a GET of its own shows it");
    }
    let properties: Vec<&Value> = sets.iter().map(|set| &set["properties"]).collect();
    assert_eq!(properties[0]["soaRecord"]["minimumTtl"], 10);
    assert_eq!(
        *properties[1],
        json!({
            "ttl": 10,
            "metadata": metadata,
            "aRecords": [{ "ipv4Address": "10.0.0.4" }],
            "fqdn": format!("name.{ZONE}."),
            "isAutoRegistered": false,
        })
    );
    assert_eq!(properties[3]["aaaaRecords"], json!([{ "ipv6Address": "fd00::4" }]));
    assert_eq!(cloud.get(&zone).await.body["properties"]["numberOfRecordSets"], 4);

    let mut paged = Vec::new();
    let mut next = Some(format!("{zone}/ALL?$top=1"));
    while let Some(url) = next {
        let page = cloud.get(&url).await.body;
        paged.extend(page["value"].as_array().expect("a page").iter().cloned());
        next = page["nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(paged, *sets);
    for (top, status) in [("1000", 200), ("1001", 400), ("0", 400), ("many", 400)] {
        assert_eq!(cloud.get(&format!("{zone}/ALL?$top={top}")).await.status, status, "{top}");
    }
}
