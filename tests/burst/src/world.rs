//! The cloud before the burst: networks with a zone each, and a target and an endpoint for each connection.
//!
//! Each zone has the same name and another network, as the hubs of several regions have.

use std::collections::BTreeSet;
use std::time::Duration;

use local_azure::arm::request_limits::RateLimits;
use local_azure::arm_event::ArmEvent;
use local_azure::cloud::subscriptions::team_subscription;
use portreeve_in_memory::InMemoryCloud;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::Burst;

/// How long an operation takes.
const OPERATION: Duration = Duration::from_millis(300);
/// The first of the subscriptions with zones.
const FIRST_ZONE_SUBSCRIPTION: usize = 60;

pub(crate) struct World {
    pub burst: Burst,
    pub azure: InMemoryCloud,
}

impl World {
    /// Everything that people make, and what ARM tells of it. The limits begin to count when it is there.
    pub async fn new(burst: Burst) -> anyhow::Result<(Self, UnboundedReceiver<ArmEvent>)> {
        let (azure, mut events) = InMemoryCloud::new(OPERATION);
        let world = Self { burst, azure };
        world.platform_teams().await?;
        tokio::time::sleep(OPERATION * 2).await;
        while events.try_recv().is_ok() {}
        for number in 0..burst.connections {
            world.connection(number).await?;
        }
        tokio::time::sleep(OPERATION * 2).await;
        world.azure.arm.limits.set(RateLimits::PUBLIC);
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

    fn zone_subscription(&self, zone: usize) -> String {
        subscription(FIRST_ZONE_SUBSCRIPTION + zone % self.burst.zone_subscriptions)
    }

    async fn platform_teams(&self) -> anyhow::Result<()> {
        for number in 0..self.burst.subscriptions {
            self.azure.put(&group(&subscription(number), "rg-app"), &json!({ "location": "westeurope" })).await?;
        }
        for zone in 0..self.burst.zones {
            self.azure.put(&self.zone_group(zone), &json!({ "location": "westeurope" })).await?;
            self.azure.put(&self.zone_id(zone), &json!({ "location": "global" })).await?;
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
        self.azure.put(network, &body).await?;
        let link = json!({ "location": "global", "properties": {
            "registrationEnabled": false, "virtualNetwork": { "id": network },
        }});
        let subscription = network.split('/').nth(2).unwrap_or_default();
        let name = format!("spoke-{subscription}");
        self.azure.put(&format!("{}/virtualNetworkLinks/{name}", self.zone_id(zone)), &link).await
    }

    /// The endpoint of one connection, and its target.
    async fn connection(&self, number: usize) -> anyhow::Result<()> {
        let target =
            format!("{}/providers/Microsoft.Storage/storageAccounts/{}", self.group_of(number), target(number));
        let body = json!({ "location": "westeurope", "kind": "StorageV2", "properties": {} });
        self.azure.put(&target, &body).await?;
        let request = json!({ "name": "connection", "properties": {
            "privateLinkServiceId": target, "groupIds": ["blob"], "requestMessage": "please",
        }});
        let body = json!({ "location": "westeurope", "properties": {
            "subnet": { "id": format!("{}/subnets/pe", self.network(number)) },
            "manualPrivateLinkServiceConnections": [request],
        }});
        self.azure.put(&self.endpoint_id(number), &body).await
    }

    /// The endpoint of a connection.
    pub fn endpoint_id(&self, number: usize) -> String {
        format!("{}/providers/Microsoft.Network/privateEndpoints/pe-{number:05}", self.group_of(number))
    }

    /// Where the record set of a connection belongs: in the zone that its endpoint's network is linked to.
    pub fn record_set_id(&self, number: usize) -> String {
        format!("{}/A/{}", self.zone_id(number % self.burst.zones), target(number))
    }

    /// The network of a connection's endpoint.
    fn network(&self, number: usize) -> String {
        let zone = number % self.burst.zones;
        format!("{}/providers/Microsoft.Network/virtualNetworks/spoke-{zone}", self.group_of(number))
    }

    /// The network in which a name leads to an endpoint: zones of one name have different records.
    pub fn network_of_name(&self, fqdn: &str) -> Option<String> {
        let number = fqdn.strip_prefix("st")?.split('.').next()?.parse().ok()?;
        Some(self.network(number))
    }

    /// The resource group of a connection's endpoint, network and target.
    fn group_of(&self, number: usize) -> String {
        group(&subscription(number % self.burst.subscriptions), "rg-app")
    }

    fn zone_group(&self, zone: usize) -> String {
        group(&self.zone_subscription(zone), &format!("rg-dns-{zone}"))
    }

    fn zone_id(&self, zone: usize) -> String {
        let group = self.zone_group(zone);
        format!("{group}/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net")
    }
}

/// The name of a connection's target.
fn target(number: usize) -> String {
    format!("st{number:05}")
}

fn subscription(number: usize) -> String {
    team_subscription(u8::try_from(number % 100).unwrap_or_default())
}

fn group(subscription: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{name}")
}
