//! The words that the ARM tests are written in: a started cloud, a client with a token, and a small landing zone.

#![allow(dead_code, reason = "each test file uses its own part of these words")]

use std::time::Duration;

use local_azure::{
    Cloud,
    arm_event::ArmEvent,
    cloud::target_types::TargetType,
    running_cloud::{CloudOptions, OperationPace, RunningCloud},
};
use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::sync::mpsc::UnboundedReceiver;

pub const GROUP: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app";
pub const NETWORK_PROVIDER: &str =
    "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network";

/// A running cloud with a client for it.
pub struct TestCloud {
    pub cloud: RunningCloud,
    pub events: UnboundedReceiver<ArmEvent>,
    pub http: Client,
    pub token: String,
    _directory: TempDir,
}

/// One answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// The error code in the body.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

impl TestCloud {
    /// An empty cloud with quick operations.
    pub async fn start() -> Self {
        Self::start_with(Duration::from_millis(20)).await
    }

    /// An empty public cloud whose operations take `operation_delay`.
    pub async fn start_with(operation_delay: Duration) -> Self {
        Self::start_in(Cloud::Public, operation_delay).await
    }

    /// One of Azure's other clouds, with the network of `with_network`.
    pub async fn with_network_in(cloud: Cloud) -> Self {
        Self::start_in(cloud, Duration::from_millis(2)).await.add_network().await
    }

    async fn start_in(cloud: Cloud, operation_delay: Duration) -> Self {
        // Another test of this process may have installed it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let directory = tempfile::tempdir().expect("a directory");
        let options = CloudOptions {
            certificate_directory: directory.path().to_owned(),
            pace: OperationPace { operation_delay, retry_after_seconds: 0 },
            cloud,
        };
        let (sender, events) = tokio::sync::mpsc::unbounded_channel();
        let cloud = RunningCloud::start(options, sender).await.expect("a running cloud");
        let hour = OffsetDateTime::now_utc().unix_timestamp() + 3600;
        let token = cloud.tokens.issue("https://management.azure.com/", hour);
        Self { cloud, events, http: Client::new(), token, _directory: directory }
    }

    /// A cloud with the resource group `rg-app` and the network `vnet` with the subnet `pe`, 10.1.1.0/24.
    pub async fn with_network() -> Self {
        Self::start().await.add_network().await
    }

    /// The same, with operations that take long enough to be disturbed.
    pub async fn with_slow_operations() -> Self {
        Self::start_with(Duration::from_millis(500)).await.add_network().await
    }

    async fn add_network(self) -> Self {
        assert_eq!(self.put(GROUP, json!({ "location": "eastus" })).await.status, 201);
        let subnets = json!([{ "name": "pe", "properties": { "addressPrefix": "10.1.1.0/24" } }]);
        let properties = json!({ "addressSpace": { "addressPrefixes": ["10.1.0.0/16"] }, "subnets": subnets });
        let network = json!({ "location": "eastus", "properties": properties });
        assert_eq!(self.put(&network_id(), network).await.status, 201);
        self
    }

    /// Sends one request with a valid token, and with an api-version that the type has where the path has none.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Reply {
        let mut url =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.cloud.arm_endpoint) };
        if !url.contains("api-version") {
            url.push_str(if url.contains('?') { "&" } else { "?" });
            let newest = TargetType::of_path(path).and_then(|row| row.api_versions.first());
            url.push_str("api-version=");
            url.push_str(newest.map_or("2024-05-01", String::as_str));
        }
        let mut request = self.http.request(method, url).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        reply(request.send().await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, Some(body), &[]).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// PUT, then polls until the operation is over. Returns the first answer.
    pub async fn put_and_wait(&self, path: &str, body: Value) -> Reply {
        let reply = self.put(path, body).await;
        self.wait(reply).await
    }

    /// DELETE, then polls until the operation is over. Returns the first answer.
    pub async fn delete_and_wait(&self, path: &str) -> Reply {
        let reply = self.delete(path).await;
        self.wait(reply).await
    }

    pub async fn wait(&self, reply: Reply) -> Reply {
        assert!(reply.status.is_success(), "{reply:?}");
        let Some(url) = reply.headers.get("azure-asyncoperation") else { return reply };
        let url = url.to_str().expect("a url").to_owned();
        loop {
            let operation = self.get(&url).await;
            match operation.body["status"].as_str() {
                Some("InProgress") => {}
                Some("Succeeded") => return reply,
                _ => panic!("{operation:?}"),
            }
        }
    }

    /// Creates a storage account and returns its id.
    pub async fn storage_account(&self, name: &str) -> String {
        self.target("Microsoft.Storage/storageAccounts", name, json!({ "kind": "StorageV2" })).await
    }

    /// Creates any target in `eastus` and returns its id.
    pub async fn target(&self, resource_type: &str, name: &str, mut body: Value) -> String {
        let id = format!("{GROUP}/providers/{resource_type}/{name}");
        body["location"] = json!("East US");
        let reply = self.put(&id, body).await;
        assert!(reply.status.is_success(), "{reply:?}");
        id
    }

    /// Creates a zone with a link to the network and returns its id.
    pub async fn linked_zone(&self, name: &str) -> String {
        let id = format!("{NETWORK_PROVIDER}/privateDnsZones/{name}");
        self.put_and_wait(&id, json!({ "location": "global" })).await;
        let properties = json!({ "registrationEnabled": false, "virtualNetwork": { "id": network_id() } });
        let link = json!({ "location": "global", "properties": properties });
        self.put_and_wait(&format!("{id}/virtualNetworkLinks/l"), link).await;
        id
    }

    /// Creates an endpoint that waits for approval and returns its id.
    pub async fn manual_endpoint(&self, name: &str, target: &str, group_ids: &[&str]) -> String {
        let id = endpoint_id(name);
        self.put_and_wait(&id, endpoint_body(target, group_ids, true)).await;
        id
    }

    /// Approves the only connection of `target` and returns its id.
    pub async fn approve(&self, target: &str) -> String {
        let connections = self.get(&format!("{target}/privateEndpointConnections")).await;
        let id = connections.body["value"][0]["id"].as_str().expect("a connection").to_owned();
        self.put_and_wait(&id, decision("Approved")).await;
        id
    }

    /// The operation names of all events that have happened.
    pub fn operations(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.events.try_recv().ok()).map(|event| event.operation_name).collect()
    }
}

pub async fn reply(response: reqwest::Response) -> Reply {
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await.expect("a body");
    Reply { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() }
}

pub fn network_id() -> String {
    format!("{NETWORK_PROVIDER}/virtualNetworks/vnet")
}

pub fn endpoint_id(name: &str) -> String {
    format!("{NETWORK_PROVIDER}/privateEndpoints/{name}")
}

pub fn endpoint_body(target: &str, group_ids: &[&str], is_manual: bool) -> Value {
    let properties = json!({ "privateLinkServiceId": target, "groupIds": group_ids, "requestMessage": "please" });
    let connections = json!([{ "name": "connection", "properties": properties }]);
    let list = if is_manual { "manualPrivateLinkServiceConnections" } else { "privateLinkServiceConnections" };
    let subnet = json!({ "id": format!("{}/subnets/pe", network_id()) });
    json!({ "location": "eastus", "properties": { "subnet": subnet, list: connections } })
}

pub fn decision(status: &str) -> Value {
    json!({ "properties": { "privateLinkServiceConnectionState": { "status": status, "description": "decided" } } })
}
