//! Endpoints with IPv4 addresses, with IPv6 addresses, and with both: on the interface, in names and records, in traffic.

mod arm_client;

use arm_client::{NETWORK_PROVIDER, TestCloud, endpoint_body, endpoint_id, network_id};
use serde_json::{Value, json};

const ZONE: &str = "privatelink.cognitiveservices.azure.com";

/// `ipVersionType` as it is asked for, what is shown, and the addresses of the first member.
const VERSIONS: [(Option<&str>, &str, &[&str]); 4] = [
    (None, "IPv4", &["127.1.1.4"]),
    (Some("IPv4"), "IPv4", &["127.1.1.4"]),
    (Some("IPv6"), "IPv6", &["::ffff:127.1.1.4"]),
    (Some("dualstack"), "DualStack", &["127.1.1.4", "::ffff:127.1.1.4"]),
];

fn body(target: &str, group_id: &str, version: Option<&str>) -> Value {
    let mut body = endpoint_body(target, &[group_id], true);
    if let Some(version) = version {
        body["properties"]["ipVersionType"] = json!(version);
    }
    body
}

/// An account with three members, so that their addresses can be told apart.
async fn account(cloud: &TestCloud) -> String {
    let account = json!({ "kind": "AIServices", "properties": { "customSubDomainName": "sub" } });
    cloud.target("Microsoft.CognitiveServices/accounts", "foundry", account).await
}

async fn get(cloud: &TestCloud, id: &str) -> Value {
    cloud.get(id).await.body
}

/// Family, address and whether it is the primary one, of each configuration of the endpoint's interface.
async fn configurations(cloud: &TestCloud, endpoint: &Value) -> Vec<(String, String, bool)> {
    let interface = endpoint["properties"]["networkInterfaces"][0]["id"].as_str().expect("an interface");
    let interface = get(cloud, interface).await;
    let list = interface["properties"]["ipConfigurations"].as_array().expect("a list").clone();
    let mut names: Vec<&str> = list.iter().filter_map(|entry| entry["name"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), list.len(), "each has a name of its own");
    let shown = |entry: &Value| {
        let properties = &entry["properties"];
        let text = |name: &str| properties[name].as_str().expect("a text").to_owned();
        (text("privateIPAddressVersion"), text("privateIPAddress"), properties["primary"] == true)
    };
    list.iter().map(shown).collect()
}

#[tokio::test]
async fn an_endpoint_shows_its_addresses_in_the_families_it_was_asked_for() {
    for (asked, shown, addresses) in VERSIONS {
        let cloud = TestCloud::with_network().await;
        let target = account(&cloud).await;
        cloud.put_and_wait(&endpoint_id("pe"), body(&target, "account", asked)).await;
        let endpoint = get(&cloud, &endpoint_id("pe")).await;
        assert_eq!(endpoint["properties"]["ipVersionType"], shown);
        let configurations = configurations(&cloud, &endpoint).await;
        assert_eq!(configurations.len(), 3 * addresses.len(), "{shown}");
        for (index, (family, address, is_primary)) in configurations.iter().take(addresses.len()).enumerate() {
            assert_eq!(address, addresses[index], "{shown}");
            assert_eq!(family, if address.contains(':') { "IPv6" } else { "IPv4" }, "{shown}");
            assert_eq!(*is_primary, index == 0, "{shown}");
        }
        assert_eq!(endpoint["properties"]["customDnsConfigs"], json!([]));
        cloud.approve(&target).await;
        let endpoint = get(&cloud, &endpoint_id("pe")).await;
        let names = endpoint["properties"]["customDnsConfigs"].as_array().expect("names");
        assert_eq!(names.len(), 3, "{shown}");
        assert_eq!(names[0]["ipAddresses"], json!(addresses));
    }
}

#[tokio::test]
async fn a_zone_group_writes_a_record_set_for_each_family() {
    for (asked, shown, addresses) in VERSIONS {
        let cloud = TestCloud::with_network().await;
        let target = account(&cloud).await;
        let zone = cloud.linked_zone(ZONE).await;
        let id = endpoint_id("pe");
        cloud.put_and_wait(&id, body(&target, "account", asked)).await;
        let group = format!("{id}/privateDnsZoneGroups/default");
        let configs = json!([{ "name": "zone", "properties": { "privateDnsZoneId": zone } }]);
        cloud.put_and_wait(&group, json!({ "properties": { "privateDnsZoneConfigs": configs } })).await;
        cloud.approve(&target).await;

        let told = get(&cloud, &group).await;
        let told = told["properties"]["privateDnsZoneConfigs"][0]["properties"]["recordSets"].clone();
        let told = told.as_array().expect("record sets").iter();
        let told: Vec<(Value, Value)> =
            told.map(|set| (set["recordType"].clone(), set["ipAddresses"].clone())).collect();
        let kind = |address: &str| if address.contains(':') { "AAAA" } else { "A" };
        let expected: Vec<(Value, Value)> =
            addresses.iter().map(|address| (json!(kind(address)), json!([address]))).collect();
        assert_eq!(told, expected, "{shown}");

        let written = async || {
            let all = get(&cloud, &format!("{zone}/ALL")).await;
            let all = all["value"].as_array().expect("a list").clone();
            let addresses = all.iter().flat_map(|set| {
                let properties = &set["properties"];
                let records = [&properties["aRecords"][0]["ipv4Address"], &properties["aaaaRecords"][0]["ipv6Address"]];
                records.into_iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
            });
            addresses.collect::<Vec<_>>()
        };
        assert_eq!(written().await, addresses, "{shown}");
        cloud.delete_and_wait(&group).await;
        assert_eq!(written().await, [""; 0], "{shown}");
    }
}

#[tokio::test]
async fn what_an_address_of_either_family_reaches_is_the_same_listener_on_loopback() {
    for (asked, shown, addresses) in VERSIONS {
        let cloud = TestCloud::with_network().await;
        let target = cloud.storage_account("stacct").await;
        let id = endpoint_id("pe");
        cloud.put_and_wait(&id, body(&target, "blob", asked)).await;
        let reaches = async |address: &str| {
            let stream = tokio::net::TcpStream::connect((address, cloud.cloud.service_port)).await;
            stream.map(|stream| stream.peer_addr().expect("a peer").ip().to_canonical().is_loopback()).ok()
        };
        for address in addresses {
            assert_eq!(reaches(address).await, None, "{shown} {address} while pending");
        }
        cloud.approve(&target).await;
        for address in addresses {
            assert_eq!(reaches(address).await, Some(true), "{shown} {address} once approved");
        }
        cloud.delete_and_wait(&id).await;
        for address in addresses {
            assert_eq!(reaches(address).await, None, "{shown} {address} once gone");
        }
    }
}

#[tokio::test]
async fn the_families_stay_what_they_are() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let id = endpoint_id("pe");
    cloud.put_and_wait(&id, body(&target, "blob", Some("DualStack"))).await;
    for other in ["IPv4", "IPv6"] {
        let refused = cloud.put(&id, body(&target, "blob", Some(other))).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, "PrivateEndpointCannotBeUpdated"), "{other}");
    }
    let observed = get(&cloud, &id).await;
    for same in [observed, body(&target, "blob", None), body(&target, "blob", Some("dualStack"))] {
        assert_eq!(cloud.put_and_wait(&id, same).await.status, 200);
        assert_eq!(get(&cloud, &id).await["properties"]["ipVersionType"], "DualStack");
    }
}

#[tokio::test]
async fn another_word_or_an_address_that_is_not_ours_to_give_is_refused() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    for word in ["", "IPv5", "Dual", "IPv4,IPv6"] {
        let refused = cloud.put(&endpoint_id("pe"), body(&target, "blob", Some(word))).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, "InvalidRequestFormat"), "{word}");
    }
    let with_address = |address: &str| {
        let chosen = json!({ "groupId": "blob", "memberName": "blob", "privateIPAddress": address });
        let mut body = body(&target, "blob", Some("IPv6"));
        body["properties"]["ipConfigurations"] = json!([{ "name": "chosen", "properties": chosen }]);
        body
    };
    for address in ["fd00::9", "::1", "2001:db8::9"] {
        let refused = cloud.put(&endpoint_id("pe"), with_address(address)).await;
        assert_eq!((refused.status.as_u16(), refused.code()), (400, "InvalidRequestFormat"), "{address}");
    }
    cloud.put_and_wait(&endpoint_id("pe"), with_address("::ffff:10.1.1.9")).await;
    let shown = get(&cloud, &endpoint_id("pe")).await;
    let chosen = &shown["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"];
    assert_eq!(*chosen, "::ffff:127.1.1.9");
}

#[tokio::test]
async fn a_subnet_with_prefixes_of_both_families_gives_addresses_of_its_ipv4_prefix() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let put = async |prefixes: Value| {
        let subnet = json!({ "properties": { "addressPrefixes": prefixes } });
        cloud.put(&format!("{}/subnets/both", network_id()), subnet).await.status.as_u16()
    };
    assert_eq!(put(json!(["fd00:1::/64"])).await, 400, "Azure has no subnets without an IPv4 prefix");
    assert_eq!(put(json!(["fd00:1::/64", "10.1.2.0/24"])).await, 201);
    let mut body = body(&target, "blob", Some("IPv6"));
    body["properties"]["subnet"]["id"] = json!(format!("{NETWORK_PROVIDER}/virtualNetworks/vnet/subnets/both"));
    cloud.put_and_wait(&endpoint_id("pe"), body).await;
    let endpoint = get(&cloud, &endpoint_id("pe")).await;
    let expected = [("IPv6".to_owned(), "::ffff:127.1.2.4".to_owned(), true)];
    assert_eq!(configurations(&cloud, &endpoint).await, expected);
}
