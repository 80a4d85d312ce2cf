//! The cloud before the burst: networks with a zone each, and a target and an endpoint for each connection.
//!
//! Each zone has the same name and another network, as the hubs of several regions have.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use local_azure::activity::Activity;
use local_azure::arm::faults::CutOff;
use local_azure::arm::request_limits::RateLimits;
use local_azure::arm::server::ArmServer;
use local_azure::arm_event::ArmEvent;
use local_azure::cloud::Cloud;
use local_azure::cloud::subscriptions::team_subscription;
use local_azure::service_bus::ServiceBus;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower::ServiceExt as _;

use crate::Burst;

/// How long an operation takes, and how long its caller is asked to wait.
const OPERATION: std::time::Duration = std::time::Duration::from_millis(300);
const POLL_SECONDS: u64 = 1;
/// The first of the subscriptions with zones.
const FIRST_ZONE_SUBSCRIPTION: usize = 60;

pub(crate) struct World {
    pub burst: Burst,
    pub arm: ArmServer,
    pub arm_router: Router,
    pub bus: ServiceBus,
    pub bus_router: Router,
}

impl World {
    /// Everything that people make, and what ARM tells of it. The limits begin to count when it is there.
    pub async fn new(burst: Burst) -> anyhow::Result<(Self, UnboundedReceiver<ArmEvent>)> {
        let (told, mut events) = unbounded_channel();
        let cloud = Cloud::new(local_azure::Cloud::Public, None, told, OPERATION);
        let arm = ArmServer::new(cloud, POLL_SECONDS);
        let queues = ["reconcile-jobs", "validation-jobs"].map(str::to_owned);
        let bus = ServiceBus::new("https://contoso.servicebus.windows.net".to_owned(), queues, Activity::default());
        let (arm_router, bus_router) = (arm.clone().router("https"), bus.router(arm.tokens.clone(), CutOff::default()));
        let world = Self { burst, arm, arm_router, bus, bus_router };
        world.platform_teams().await?;
        tokio::time::sleep(OPERATION * 2).await;
        while events.try_recv().is_ok() {}
        for number in 0..burst.connections {
            world.connection(number).await?;
        }
        tokio::time::sleep(OPERATION * 2).await;
        world.arm.limits.set(RateLimits::PUBLIC);
        Ok((world, events))
    }

    /// The allowlist: everything is approved, and each zone's group is named.
    pub fn allowlist(&self) -> String {
        let scopes: Vec<String> = (0..self.burst.zones)
            .map(|zone| format!("{{ subscription: {}, resource_group: rg-dns-{zone} }}", self.zone_subscription(zone)))
            .collect();
        format!(
            "version: 1\ndns: {{ zones: [{}] }}\nrules:\n  - {{ id: all, effect: approve, owner: o, reason: r, target: {{ type: Microsoft.Storage/storageAccounts }} }}\n",
            scopes.join(", ")
        )
    }

    /// How many connections are not approved, or have no record.
    pub fn unsettled(&self) -> usize {
        self.arm.cloud.read(|state| {
            let approved = state.endpoints.values().filter(|endpoint| endpoint.is_approved()).count();
            let records = state.resources.keys().filter(|key| key.contains("/privatednszones/") && key.contains("/a/"));
            self.burst.connections - approved.min(records.count())
        })
    }

    fn zone_subscription(&self, zone: usize) -> String {
        subscription(FIRST_ZONE_SUBSCRIPTION + zone % self.burst.zone_subscriptions)
    }

    async fn platform_teams(&self) -> anyhow::Result<()> {
        for number in 0..self.burst.subscriptions {
            self.put(&group(&subscription(number), "rg-app"), &json!({ "location": "westeurope" })).await?;
        }
        for zone in 0..self.burst.zones {
            let dns = group(&self.zone_subscription(zone), &format!("rg-dns-{zone}"));
            self.put(&dns, &json!({ "location": "westeurope" })).await?;
            self.put(&zone_id(&dns), &json!({ "location": "global" })).await?;
        }
        tokio::time::sleep(OPERATION * 2).await;
        let mut made = BTreeSet::new();
        for number in 0..self.burst.connections {
            let (zone, network) = (number % self.burst.zones, self.network(number));
            if made.insert(network.clone()) {
                self.network_of(zone, &network).await?;
            }
        }
        Ok(())
    }

    /// A network, linked to its zone.
    async fn network_of(&self, zone: usize, network: &str) -> anyhow::Result<()> {
        let subnets = json!([{ "name": "pe", "properties": { "addressPrefix": format!("10.{zone}.0.0/17") } }]);
        let body = json!({ "location": "westeurope", "properties": {
            "addressSpace": { "addressPrefixes": [format!("10.{zone}.0.0/16")] }, "subnets": subnets,
        }});
        self.put(network, &body).await?;
        let link = json!({ "location": "global", "properties": {
            "registrationEnabled": false, "virtualNetwork": { "id": network },
        }});
        let subscription = network.split('/').nth(2).unwrap_or_default();
        let name = format!("spoke-{subscription}");
        let dns = group(&self.zone_subscription(zone), &format!("rg-dns-{zone}"));
        self.put(&format!("{}/virtualNetworkLinks/{name}", zone_id(&dns)), &link).await
    }

    /// The network of a connection's endpoint.
    fn network(&self, number: usize) -> String {
        let group = group(&subscription(number % self.burst.subscriptions), "rg-app");
        format!("{group}/providers/Microsoft.Network/virtualNetworks/spoke-{}", number % self.burst.zones)
    }

    /// The endpoint of one connection, and its target.
    async fn connection(&self, number: usize) -> anyhow::Result<()> {
        let group = group(&subscription(number % self.burst.subscriptions), "rg-app");
        let target = format!("{group}/providers/Microsoft.Storage/storageAccounts/st{number:05}");
        let body = json!({ "location": "westeurope", "kind": "StorageV2", "properties": {} });
        self.put(&target, &body).await?;
        let request = json!({ "name": "connection", "properties": {
            "privateLinkServiceId": target, "groupIds": ["blob"], "requestMessage": "please",
        }});
        let body = json!({ "location": "westeurope", "properties": {
            "subnet": { "id": format!("{}/subnets/pe", self.network(number)) },
            "manualPrivateLinkServiceConnections": [request],
        }});
        self.put(&format!("{group}/providers/Microsoft.Network/privateEndpoints/pe-{number:05}"), &body).await
    }

    /// Writes something as a person does.
    async fn put(&self, id: &str, body: &Value) -> anyhow::Result<()> {
        let version = match id {
            _ if id.contains("/storageAccounts/") => "2025-06-01",
            _ if id.contains("/privateDnsZones/") => "2024-06-01",
            _ => "2024-05-01",
        };
        let token = self.arm.tokens.issue("https://management.azure.com", i64::MAX);
        let request = Request::put(format!("https://management.azure.com{id}?api-version={version}"))
            .header("host", "management.azure.com")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::from(body.to_string()))?;
        let response = self.arm_router.clone().oneshot(request).await?;
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
        anyhow::ensure!(status.is_success(), "{id}: {status} {}", String::from_utf8_lossy(&body));
        Ok(())
    }
}

fn subscription(number: usize) -> String {
    team_subscription(u8::try_from(number % 100).unwrap_or_default())
}

fn group(subscription: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{name}")
}

fn zone_id(group: &str) -> String {
    format!("{group}/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net")
}
