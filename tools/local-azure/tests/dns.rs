//! Names as they resolve inside a network, asked over UDP and TCP as any resolver asks.

mod arm_client;
mod dns_client;

use arm_client::{TestCloud, endpoint_body, endpoint_id};
use dns_client::{ask, exchange, packet, query, shown};
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::RecordType,
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
};

const PUBLIC: &str = "stacct.blob.core.windows.net";
const PRIVATE_ZONE: &str = "privatelink.blob.core.windows.net";

#[tokio::test]
async fn a_public_name_leads_to_the_private_zone_once_there_is_an_endpoint() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    assert_eq!(ask(&cloud, PUBLIC).await, "NoError A 203.0.113.x");
    cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let alias = "CNAME stacct.privatelink.blob.core.windows.net";
    assert_eq!(ask(&cloud, PUBLIC).await, format!("NoError {alias} A 203.0.113.x"));
    let zone = cloud.linked_zone(PRIVATE_ZONE).await;
    assert_eq!(ask(&cloud, PUBLIC).await, format!("NXDomain {alias}"));
    let record = json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "127.1.1.4" }] } });
    cloud.put(&format!("{zone}/A/stacct"), record).await;
    assert_eq!(ask(&cloud, PUBLIC).await, format!("NoError {alias} A 127.1.1.4"));
    assert_eq!(ask(&cloud, "StAcct.Blob.Core.Windows.Net").await, format!("NoError {alias} A 127.1.1.4"));
    let other_family = query(&cloud, PUBLIC, RecordType::AAAA).await;
    assert_eq!(shown(&other_family), format!("NoError {alias}"));
    assert_eq!(other_family.authorities.len(), 1);
}

#[tokio::test]
async fn a_linked_zone_for_the_public_name_itself_answers_alone() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.target("Microsoft.Security/privateLinks", "defender", json!({})).await;
    cloud.manual_endpoint("pe", &target, &["containers"]).await;
    let zone = cloud.linked_zone("cloud.defender.microsoft.com").await;
    assert_eq!(ask(&cloud, "api.cloud.defender.microsoft.com").await, "NXDomain");
    for name in ["api", "*.data", "@"] {
        let record = json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "127.1.1.4" }] } });
        assert_eq!(cloud.put(&format!("{zone}/A/{name}"), record).await.status, 201, "{name}");
    }
    for name in
        ["api.cloud.defender.microsoft.com", "x.data.cloud.defender.microsoft.com", "cloud.defender.microsoft.com"]
    {
        assert_eq!(ask(&cloud, name).await, "NoError A 127.1.1.4", "{name}");
    }
    assert_eq!(ask(&cloud, "nobody.example").await, "NXDomain");
}

#[tokio::test]
async fn a_name_has_addresses_of_the_families_that_its_zone_has_for_it_and_exists_for_the_other() {
    let cloud = TestCloud::with_network().await;
    let zone = cloud.linked_zone("internal.example").await;
    let v4 = json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "127.1.1.4" }] } });
    let v6 = json!({ "properties": { "ttl": 10, "aaaaRecords": [{ "ipv6Address": "::ffff:127.1.1.4" }] } });
    for (record, body) in [("A/old", &v4), ("AAAA/new", &v6), ("A/both", &v4), ("AAAA/both", &v6), ("AAAA/*.wild", &v6)]
    {
        assert_eq!(cloud.put(&format!("{zone}/{record}"), body.clone()).await.status, 201, "{record}");
    }
    let (v4, v6, nothing, missing) = ("NoError A 127.1.1.4", "NoError AAAA ::ffff:127.1.1.4", "NoError", "NXDomain");
    for (name, expected_v4, expected_v6) in [
        ("old", v4, nothing),
        ("new", nothing, v6),
        ("both", v4, v6),
        ("any.wild", nothing, v6),
        ("none", missing, missing),
    ] {
        let name = format!("{name}.internal.example");
        for (kind, expected) in [(RecordType::A, expected_v4), (RecordType::AAAA, expected_v6)] {
            let answer = query(&cloud, &name, kind).await;
            assert_eq!(shown(&answer), expected, "{name} {kind}");
            let says_how_long_to_remember = !answer.authorities.is_empty();
            assert_eq!(says_how_long_to_remember, answer.answers.is_empty(), "{name} {kind}");
        }
    }
    cloud.storage_account("stacct").await;
    assert_eq!(shown(&query(&cloud, PUBLIC, RecordType::AAAA).await), nothing, "no target has a public IPv6 address");
}

#[tokio::test]
async fn a_zone_without_links_is_not_seen() {
    let cloud = TestCloud::with_network().await;
    let zone = cloud.linked_zone("internal.example").await;
    let record = json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "127.1.1.4" }] } });
    cloud.put(&format!("{zone}/A/name"), record).await;
    assert_eq!(ask(&cloud, "name.internal.example").await, "NoError A 127.1.1.4");
    cloud.delete_and_wait(&format!("{zone}/virtualNetworkLinks/l")).await;
    assert_eq!(ask(&cloud, "name.internal.example").await, "NXDomain");
}

#[tokio::test]
async fn tcp_answers_as_udp_does_and_garbage_gets_no_more_than_an_error() {
    let cloud = TestCloud::with_network().await;
    cloud.storage_account("stacct").await;
    let packet = packet(PUBLIC, RecordType::A);
    let mut stream = TcpStream::connect(cloud.cloud.dns_server).await.expect("a connection");
    stream.write_u16(u16::try_from(packet.len()).expect("short")).await.expect("written");
    stream.write_all(&packet).await.expect("written");
    let mut answer = vec![0; stream.read_u16().await.expect("a length").into()];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(shown(&Message::from_vec(&answer).expect("a message")), "NoError A 203.0.113.x");
    let mut garbage = packet.clone();
    garbage.truncate(packet.len() - 3);
    let answer = exchange(&cloud, &garbage).await;
    assert_eq!(answer.metadata.response_code, ResponseCode::FormErr);
    for length in 0..12 {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        socket.send_to(&packet[..length], cloud.cloud.dns_server).await.expect("sent");
    }
    assert_eq!(ask(&cloud, PUBLIC).await, "NoError A 203.0.113.x");
}

#[tokio::test]
async fn apexes_wildcards_and_names_that_are_private_already_resolve() {
    let cloud = TestCloud::with_network().await;
    let apps = cloud.target("Microsoft.App/managedEnvironments", "env", json!({})).await;
    let factory = cloud.target("Microsoft.DataFactory/factories", "adf", json!({})).await;
    let cluster = cloud.target("Microsoft.ContainerService/managedClusters", "aks", json!({})).await;
    let app = "app.env.eastus.azurecontainerapps.io";
    let app_alias = "CNAME app.env.privatelink.eastus.azurecontainerapps.io";
    assert_eq!(ask(&cloud, app).await, "NoError A 203.0.113.x");
    assert_eq!(ask(&cloud, "app.other.eastus.azurecontainerapps.io").await, "NXDomain");
    for (name, target, group_id) in
        [("pe-1", &apps, "managedEnvironments"), ("pe-2", &factory, "portal"), ("pe-3", &cluster, "management")]
    {
        cloud.put_and_wait(&endpoint_id(name), endpoint_body(target, &[group_id], false)).await;
    }
    let configs = cloud.get(&endpoint_id("pe-3")).await.body["properties"]["customDnsConfigs"].clone();
    let in_zone = configs[0]["fqdn"].as_str().expect("a name").to_owned();
    assert!(in_zone.ends_with(".privatelink.eastus.azmk8s.io"), "{in_zone}");
    assert_eq!(ask(&cloud, app).await, format!("NoError {app_alias} A 203.0.113.x"));
    assert_eq!(ask(&cloud, "app.env.privatelink.eastus.azurecontainerapps.io").await, "NoError A 203.0.113.x");
    assert_eq!(ask(&cloud, &in_zone).await, "NoError A 203.0.113.x");
    let cluster_record = in_zone.split('.').next().expect("a label").to_owned();
    let records = [
        ("privatelink.eastus.azurecontainerapps.io", "*.env"),
        ("privatelink.adf.azure.com", "@"),
        ("privatelink.eastus.azmk8s.io", cluster_record.as_str()),
    ];
    for (zone, record) in records {
        let zone = cloud.linked_zone(zone).await;
        let body = json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "127.1.1.4" }] } });
        assert_eq!(cloud.put(&format!("{zone}/A/{record}"), body).await.status, 201, "{record}");
    }
    assert_eq!(ask(&cloud, app).await, format!("NoError {app_alias} A 127.1.1.4"));
    assert_eq!(ask(&cloud, "adf.azure.com").await, "NoError CNAME privatelink.adf.azure.com A 127.1.1.4");
    assert_eq!(ask(&cloud, &in_zone).await, "NoError A 127.1.1.4");
}
