//! Requests that nobody should send: each gets a refusal, and the cloud goes on working.

mod arm_client;

use arm_client::{GROUP, TestCloud, endpoint_id, network_id};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends a request line as it is, which no HTTP library would. Returns the status, or `None` for a closed connection.
async fn raw(cloud: &TestCloud, target: &str) -> Option<u16> {
    let address = cloud.cloud.arm_endpoint.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let token = &cloud.token;
    let request =
        format!("GET {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("read");
    String::from_utf8_lossy(&answer).split(' ').nth(1).and_then(|status| status.parse().ok())
}

#[tokio::test]
async fn paths_that_climb_hide_or_point_elsewhere_are_refused() {
    let cloud = TestCloud::with_network().await;
    let long = format!("/subscriptions/{}", "x".repeat(10_000));
    for target in [
        "/subscriptions/../../etc/passwd?api-version=2024-05-01",
        "/subscriptions/%2e%2e/x?api-version=2024-05-01",
        "/subscriptions/a%2fb?api-version=2024-05-01",
        "/subscriptions/a%00b?api-version=2024-05-01",
        "/subscriptions/a%0d%0aevil:1?api-version=2024-05-01",
        "/subscriptions/%ff?api-version=2024-05-01",
        "//evil.example/subscriptions?api-version=2024-05-01",
        "/?api-version=2024-05-01",
        "*",
        long.as_str(),
    ] {
        let status = raw(&cloud, target).await.unwrap_or(400);
        assert!((400..500).contains(&status), "{status} for {target}");
    }
    assert_eq!(cloud.get(GROUP).await.status, 200);
}

#[tokio::test]
async fn bodies_of_every_wrong_shape_are_refused() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let endpoint = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let zone = cloud.linked_zone("privatelink.blob.core.windows.net").await;
    let connections = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
    let connection = connections["value"][0]["id"].as_str().expect("an id").to_owned();
    let ids = [
        endpoint_id("other"),
        connection,
        format!("{endpoint}/privateDnsZoneGroups/default"),
        format!("{zone}/A/name"),
        format!("{zone}/virtualNetworkLinks/other"),
        format!("{}/subnets/other", network_id()),
    ];
    let bodies: [Value; 7] = [
        json!([]),
        json!("text"),
        json!(7),
        json!({ "properties": [] }),
        json!({ "properties": { "subnet": 7, "privateLinkServiceConnectionState": "Approved", "ttl": "ten" } }),
        json!({ "properties": { "privateDnsZoneConfigs": [7], "virtualNetwork": [] , "ttl": -1, "addressPrefix": "::/0" } }),
        json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "999.1.1.1" }], "privateDnsZoneConfigs": [{}] } }),
    ];
    for id in &ids {
        for body in &bodies {
            let reply = cloud.put(id, body.clone()).await;
            assert_eq!(reply.status, 400, "{id} {body} {reply:?}");
        }
    }
}

#[tokio::test]
async fn bodies_that_are_too_large_or_too_deep_are_refused() {
    let cloud = TestCloud::with_network().await;
    let large = json!("x".repeat(5 * 1024 * 1024));
    assert_eq!(cloud.put(&endpoint_id("pe"), large).await.status, 413);
    let mut deep = json!([]);
    for _ in 0..200 {
        deep = json!([deep]);
    }
    let reply = cloud.send(Method::PUT, &endpoint_id("pe"), Some(deep), &[]).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (400, "InvalidRequestContent"));
}
