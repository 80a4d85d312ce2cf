//! Every type in every cloud, from a PUT with as little as possible to a name that resolves.

mod arm_client;
mod dns_client;

use arm_client::{GROUP, NETWORK_PROVIDER, TestCloud, endpoint_body, endpoint_id};
use dns_client::ask;
use local_azure::{
    Cloud,
    cloud::{
        approval_body::ApprovalBody,
        target_types::{PRIVATE_LINK_SERVICES, TargetType, all},
    },
};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn every_type_of_the_public_cloud_is_approved_and_resolves() {
    assert_eq!(run(Cloud::Public).await, 96);
}

#[tokio::test]
async fn every_type_of_the_government_cloud_is_approved_and_resolves() {
    assert_eq!(run(Cloud::Government).await, 42);
}

#[tokio::test]
async fn every_type_of_the_chinese_cloud_is_approved_and_resolves() {
    assert_eq!(run(Cloud::China).await, 29);
}

/// Returns how many types the cloud has.
async fn run(azure: Cloud) -> usize {
    let cloud = TestCloud::with_network_in(azure).await;
    let location = azure.locations()[0].0;
    let mut count = 0;
    for (index, row) in all().iter().enumerate() {
        let name =
            format!("{GROUP}/providers/{}/t{index}", row.resource_type.replacen("sites/slots", "sites/app/slots", 1));
        if row.resource_type.ends_with("/slots") {
            let site = format!("{GROUP}/providers/Microsoft.Web/sites/app");
            assert_eq!(cloud.put(&site, minimal(location)).await.status, 201);
        }
        let reply = cloud.put(&name, minimal(location)).await;
        if reply.status == 404 {
            assert_eq!(reply.code(), "InvalidResourceType");
            continue;
        }
        assert!(reply.status.is_success(), "{name}: {reply:?}");
        count += 1;
        check_groups(&cloud, row, &name).await;
    }
    count
}

fn minimal(location: &str) -> Value {
    json!({ "location": location, "properties": {} })
}

async fn check_groups(cloud: &TestCloud, row: &TargetType, target: &str) {
    let resources = cloud.get(&format!("{target}/privateLinkResources")).await.body;
    let resources = resources["value"].as_array().expect("a list").clone();
    assert_eq!(resources.is_empty(), row.resource_type == PRIVATE_LINK_SERVICES, "{target}");
    for resource in &resources {
        let properties = &resource["properties"];
        let group_id = properties["groupId"].as_str().expect("a group id");
        let zones: Vec<&str> =
            properties["requiredZoneNames"].as_array().expect("zones").iter().filter_map(Value::as_str).collect();
        check_group(cloud, row, target, group_id, &zones).await;
    }
}

async fn check_group(cloud: &TestCloud, row: &TargetType, target: &str, group_id: &str, zones: &[&str]) {
    let named = target.split("/slots/").next().expect("a target");
    let can_decide = row.lets_owners("PUT") || row.lets_owners("PATCH");
    let endpoint = endpoint_id("pe");
    let reply =
        cloud.put_and_wait(&endpoint, endpoint_body(named, &[group_id], can_decide || row.approves_unseen)).await;
    assert_eq!(reply.status, 201, "{target} {group_id}");
    let seen = cloud.get(target).await.body["properties"]["privateEndpointConnections"].clone();
    assert_eq!(seen.as_array().map(Vec::len), Some(1), "{target} {group_id}");
    if can_decide {
        approve(cloud, row, &seen[0]).await;
    }
    let observed = cloud.get(&endpoint).await.body;
    let names = observed["properties"]["customDnsConfigs"].as_array().expect("names").clone();
    assert_eq!(names.is_empty(), zones.is_empty(), "{target} {group_id}");
    for config in &names {
        let name = config["fqdn"].as_str().expect("a name");
        let address = config["ipAddresses"][0].as_str().expect("an address");
        write_record(cloud, name, zones, address).await;
        let answer = ask(cloud, &name.replacen('*', "any", 1)).await;
        assert!(answer.ends_with(&format!(" A {address}")), "{target}: {name} is {answer}");
    }
    cloud.delete_and_wait(&endpoint).await;
}

/// Writes the record that the public name's alias asks for; a name in one of the zones is its own.
async fn write_record(cloud: &TestCloud, name: &str, zones: &[&str], address: &str) {
    let answer = ask(cloud, name).await;
    let mut words = answer.split_whitespace().skip_while(|word| *word != "CNAME");
    let private = words.nth(1).unwrap_or(name);
    let in_zone =
        |zone: &&&str| private.strip_suffix(**zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let zone = zones.iter().filter(in_zone).max_by_key(|zone| zone.len()).expect("a zone for the name");
    let record = private.strip_suffix(zone).unwrap_or_default().trim_end_matches('.');
    let record = if record.is_empty() { "@" } else { record };
    let zone = format!("{NETWORK_PROVIDER}/privateDnsZones/{zone}");
    if cloud.get(&zone).await.status == 404 {
        cloud.linked_zone(zone.rsplit('/').next().unwrap_or_default()).await;
    }
    let body = json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": address }] } });
    let reply = cloud.put(&format!("{zone}/A/{record}"), body).await;
    assert!(reply.status.is_success(), "{name}: {reply:?}");
}

/// Decides a connection as its type wants it, and waits until it is as it should be.
async fn approve(cloud: &TestCloud, row: &TargetType, connection: &Value) {
    let properties = &connection["properties"];
    assert_eq!(properties["privateLinkServiceConnectionState"]["status"], "Pending", "{connection}");
    let description = if row.approval_body == ApprovalBody::FixedDescription { "please" } else { "decided" };
    let state = json!({ "status": "Approved", "description": description });
    let mut body = json!({
        "id": connection["id"],
        "name": connection["name"],
        "properties": { "privateLinkServiceConnectionState": state },
    });
    if row.approval_body == ApprovalBody::GroupIds {
        body["properties"]["groupIds"] = properties["groupIds"].clone();
    }
    let id = connection["id"].as_str().expect("an id");
    let method = if row.lets_owners("PUT") { Method::PUT } else { Method::PATCH };
    let reply = cloud.send(method, id, Some(body), &[]).await;
    assert!(reply.status.is_success(), "{reply:?}");
    let mut observed = Value::Null;
    for _ in 0..1000 {
        observed = cloud.get(id).await.body["properties"].clone();
        let status = &observed["privateLinkServiceConnectionState"]["status"];
        if status == "Approved" {
            break;
        }
    }
    let expected = match row.terminal_state.as_str() {
        "" => Value::Null,
        "{status}" => json!("Approved"),
        state => json!(state),
    };
    assert_eq!(observed["provisioningState"], expected, "{id}");
    assert_eq!(observed["privateLinkServiceConnectionState"]["description"], description, "{id}");
}
