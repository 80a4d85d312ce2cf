//! What a sweep of ten thousand endpoints that are as they should be costs: ARM calls, and the memory of a process that does
//! nothing else. The memory is what the kernel counted, so this file has one test, and a process of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode};
use portreeve_azure::{Azure, AzureEndpoints, AzureOptions, Clock, Story, SystemNetwork};
use portreeve_decisions::allowlist::Allowlist;
use portreeve_decisions::catalogue::Cloud;
use portreeve_decisions::in_force::{AllowlistVersion, InForce};
use serde_json::{Value, json};
use time::OffsetDateTime;

const ENDPOINTS: usize = 10_000;
const PAGE: usize = 1000;
/// The budgets of the design.
const CALLS_MAX: usize = 30;
const MEMORY_MAX_KIB: usize = 64 * 1024;

const APPLICATIONS: &str = "22222222-2222-2222-2222-222222222222";
const RULES: &str = "
version: 1
dns: { zones: [{ subscription: 22222222-2222-2222-2222-222222222222, resource_group: rg-dns }] }
rules:
  - { id: apps, effect: approve, target: { group_ids: blob }, requester: { resource_group: rg-app } }
";

fn id(resource_group: &str, type_and_name: &str) -> String {
    format!("/subscriptions/{APPLICATIONS}/resourceGroups/{resource_group}/providers/Microsoft.{type_and_name}")
}

fn name(number: usize) -> String {
    format!("stapplication{number:06}")
}

fn address(number: usize) -> String {
    format!("10.{}.{}.{}", number / 62_500, number / 250 % 250, number % 250 + 4)
}

/// An endpoint as Resource Graph shows it, with all that Azure puts into such a body.
fn endpoint(number: usize) -> Value {
    let name = name(number);
    let pe = id("rg-app", &format!("Network/privateEndpoints/pe-{name}"));
    let request = json!({
        "id": format!("{pe}/privateLinkServiceConnections/pe-{name}"), "name": format!("pe-{name}"),
        "type": "Microsoft.Network/privateEndpoints/privateLinkServiceConnections",
        "etag": "W/\"3f8e1f0e-3d0a-4d3e-9f53-0c9c2a3a7a0f\"",
        "properties": {
            "provisioningState": "Succeeded", "groupIds": ["blob"],
            "privateLinkServiceId": id("rg-data", &format!("Storage/storageAccounts/{name}")),
            "privateLinkServiceConnectionState": {
                "status": "Approved", "description": "Auto-Approved", "actionsRequired": "None",
            },
        },
    });
    json!({
        "id": pe, "location": "westeurope", "targetLocation": "westeurope", "provisioningState": "Succeeded",
        "privateLinkServiceConnections": [request], "manualPrivateLinkServiceConnections": [],
        "subnet": { "id": id("rg-net", "Network/virtualNetworks/vnet-spoke/subnets/endpoints") },
        "networkInterfaces": [{ "id": id("rg-app", &format!("Network/networkInterfaces/pe-{name}.nic")) }],
        "customDnsConfigs": [{ "fqdn": format!("{name}.blob.core.windows.net"), "ipAddresses": [address(number)] }],
    })
}

fn zone() -> String {
    id("rg-dns", "Network/privateDnsZones/privatelink.blob.core.windows.net")
}

fn record(number: usize) -> Value {
    let name = name(number);
    let owner = id("rg-app", &format!("Network/privateEndpoints/pe-{name}")).to_ascii_lowercase();
    json!({
        "id": format!("{}/A/{name}", zone()), "type": "microsoft.network/privatednszones/a",
        "aRecords": [{ "ipv4Address": address(number) }], "aaaaRecords": null,
        "metadata": { "managedBy": "portreeve", "privateEndpoint": owner },
    })
}

fn zones() -> Vec<Value> {
    let link = format!("{}/virtualNetworkLinks/spoke", zone());
    let network = id("rg-net", "Network/virtualNetworks/vnet-spoke");
    vec![json!({ "id": zone(), "network": "" }), json!({ "id": link, "network": network })]
}

/// Answers as Azure would, a page at a time, and counts.
#[derive(Debug, Default)]
struct Cloudlet {
    calls: AtomicUsize,
}

#[async_trait]
impl HttpClient for Cloudlet {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let body = match request.body() {
            Body::Bytes(bytes) if request.url().path().ends_with("/Microsoft.ResourceGraph/resources") => {
                graph(&serde_json::from_slice(bytes).unwrap())
            }
            _ => json!({ "value": [{ "subscriptionId": APPLICATIONS, "tenantId": "t" }] }),
        };
        Ok(AsyncRawResponse::from_bytes(StatusCode::Ok, Headers::new(), body.to_string()))
    }
}

fn graph(body: &Value) -> Value {
    let query = body["query"].as_str().unwrap();
    let from = body["options"]["$skipToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let until = (from + PAGE).min(ENDPOINTS);
    let (rows, is_more): (Vec<Value>, bool) = if query.starts_with("dnsresources") {
        ((from..until).map(record).collect(), until < ENDPOINTS)
    } else if query.contains("privatednszones") {
        (zones(), false)
    } else if query.contains("mv-expand") {
        (Vec::new(), false)
    } else {
        ((from..until).map(endpoint).collect(), until < ENDPOINTS)
    };
    let mut page = json!({ "count": rows.len(), "data": rows, "resultTruncated": "false" });
    if is_more {
        page["$skipToken"] = json!(until.to_string());
    }
    page
}

#[derive(Debug)]
struct Noon;

#[async_trait]
impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::from_secs(43_200)
    }

    async fn sleep(&self, _: Duration) {
        // Nothing here has to be waited for, and no time limit may run out.
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl TokenCredential for Noon {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("token", self.now() + Duration::from_secs(3600)))
    }
}

/// The most memory that this process ever had in use, by the kernel's count.
fn peak_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_healthy_estate_costs_pages_and_little_memory() {
    let http = Arc::new(Cloudlet::default());
    let azure = Azure::new(AzureOptions {
        cloud: Cloud::Public,
        endpoints: AzureEndpoints::of(Cloud::Public, "https://contoso.servicebus.windows.net".parse().unwrap()),
        http: http.clone(),
        clock: Arc::new(Noon),
        credential: Arc::new(Noon),
        network: Arc::new(SystemNetwork::default()),
        validation_port: None,
    });
    let version = AllowlistVersion::of(RULES.as_bytes(), "test", OffsetDateTime::UNIX_EPOCH);
    let in_force = InForce::allowlist(Allowlist::parse(RULES).unwrap(), version);
    let before = peak_kib();
    let found = azure.survey(&in_force, &Story::new("story")).await.unwrap();
    let (calls, peak) = (http.calls.load(Ordering::Relaxed), peak_kib());
    println!("{calls} ARM calls, {peak} KiB at most, {before} KiB before; {} proofs", found.proofs.len());
    assert!(found.undone().is_empty() && found.not_approved.is_empty() && found.disconnected.is_empty());
    assert!((50..200).contains(&found.proofs.len()), "about one in 96: {}", found.proofs.len());
    // Subscriptions, ten pages of endpoints, connections, zones with links, ten pages of records.
    assert!(calls <= CALLS_MAX && peak <= MEMORY_MAX_KIB, "{calls} calls, {peak} KiB");
}
