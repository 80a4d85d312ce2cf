//! What platform and application teams make: groups, networks, zones, targets and endpoints.

use serde_json::{Value, json};

use crate::{APPLICATIONS, CONNECTIVITY, PLATFORM, Platform};

/// The network that endpoints are made in, unless a story says otherwise.
const NETWORK: &str = "vnet-app";

/// An endpoint to be made in `rg-app`, in whatever network a story wants it.
#[derive(Clone, Debug)]
pub struct NewEndpoint<'a> {
    /// Its name.
    pub name: &'a str,
    /// The id of what it connects to.
    pub target: &'a str,
    /// The group ids that it asks for.
    pub group_ids: &'a [&'a str],
    /// What the requester writes.
    pub message: String,
    /// The name of its network.
    pub network: &'a str,
    /// The region of the network, and so its own.
    pub location: &'a str,
    /// `IPv4`, `IPv6` or `DualStack`.
    pub ip_version: &'a str,
}

impl<'a> NewEndpoint<'a> {
    /// One with a polite message, in the usual network.
    #[must_use]
    pub fn of(name: &'a str, target: &'a str, group_ids: &'a [&'a str]) -> Self {
        let message = format!("{name} please");
        Self { name, target, group_ids, message, network: NETWORK, location: "westeurope", ip_version: "IPv4" }
    }
}

impl Platform {
    /// The usual surroundings: groups `rg-app`, `rg-data` and `rg-dns`, and a network with a subnet.
    pub async fn with_surroundings(self) -> anyhow::Result<Self> {
        for (subscription, group) in [(APPLICATIONS, "rg-app"), (PLATFORM, "rg-data"), (CONNECTIVITY, "rg-dns")] {
            self.group(subscription, group).await?;
        }
        self.network(NETWORK, "westeurope", "10.1").await?;
        Ok(self)
    }

    /// Makes a network in `rg-app` with addresses that begin like this, and with a subnet. Returns its id.
    pub async fn network(&self, name: &str, location: &str, addresses: &str) -> anyhow::Result<String> {
        self.network_with(name, location, addresses, "1.0/24").await
    }

    /// The same with a subnet for a thousand endpoints.
    pub async fn wide_network(&self, name: &str, location: &str, addresses: &str) -> anyhow::Result<String> {
        self.network_with(name, location, addresses, "64.0/18").await
    }

    async fn network_with(
        &self,
        name: &str,
        location: &str,
        addresses: &str,
        subnet: &str,
    ) -> anyhow::Result<String> {
        let subnets = json!([{ "name": "pe", "properties": { "addressPrefix": format!("{addresses}.{subnet}") } }]);
        let network = json!({ "location": location, "properties": {
            "addressSpace": { "addressPrefixes": [format!("{addresses}.0.0/16")] }, "subnets": subnets,
        }});
        self.arm.put(&id_of_network(name), network).await?;
        Ok(id_of_network(name))
    }

    /// Makes a resource group.
    pub async fn group(&self, subscription: &str, name: &str) -> anyhow::Result<()> {
        let id = format!("/subscriptions/{subscription}/resourceGroups/{name}");
        self.arm.put(&id, json!({ "location": "westeurope" })).await.map(|_| ())
    }

    /// Makes a private DNS zone in `rg-dns`, linked to the network. Returns its id.
    pub async fn zone(&self, name: &str) -> anyhow::Result<String> {
        self.zone_in("rg-dns", name, &network_id()).await
    }

    /// The same in another resource group, and linked to another network.
    pub async fn zone_in(&self, group: &str, name: &str, network: &str) -> anyhow::Result<String> {
        let zone = zone_id_in(group, name);
        self.arm.put(&zone, json!({ "location": "global" })).await?;
        let link = json!({ "location": "global", "properties": {
            "registrationEnabled": false, "virtualNetwork": { "id": network },
        }});
        self.arm.put(&format!("{zone}/virtualNetworkLinks/app"), link).await?;
        Ok(zone)
    }

    /// Makes a private DNS zone in `rg-dns` that no network knows of. Returns its id.
    pub async fn unlinked_zone(&self, name: &str) -> anyhow::Result<String> {
        let zone = zone_id(name);
        self.arm.put(&zone, json!({ "location": "global" })).await?;
        Ok(zone)
    }

    /// Makes a target in `rg-data`. Returns its id.
    pub async fn target(&self, resource_type: &str, name: &str, properties: Value) -> anyhow::Result<String> {
        self.target_at("westeurope", resource_type, name, properties).await
    }

    /// The same in another region.
    pub async fn target_at(
        &self,
        location: &str,
        resource_type: &str,
        name: &str,
        properties: Value,
    ) -> anyhow::Result<String> {
        let id = format!("/subscriptions/{PLATFORM}/resourceGroups/rg-data/providers/{resource_type}/{name}");
        let body = json!({ "location": location, "kind": properties["kind"], "properties": properties });
        self.arm.put(&id, body).await?;
        Ok(id)
    }

    /// Makes an endpoint in `rg-app` that asks for approval. Returns its id once Azure has provisioned it.
    pub async fn endpoint(&self, name: &str, target: &str, group_ids: &[&str]) -> anyhow::Result<String> {
        self.endpoint_in("rg-app", name, target, group_ids).await
    }

    /// The same in another resource group.
    pub async fn endpoint_in(
        &self,
        group: &str,
        name: &str,
        target: &str,
        group_ids: &[&str],
    ) -> anyhow::Result<String> {
        self.make_endpoint(group, NewEndpoint::of(name, target, group_ids)).await
    }

    /// Makes this endpoint in `rg-app`.
    pub async fn new_endpoint(&self, endpoint: NewEndpoint<'_>) -> anyhow::Result<String> {
        self.make_endpoint("rg-app", endpoint).await
    }

    async fn make_endpoint(&self, group: &str, endpoint: NewEndpoint<'_>) -> anyhow::Result<String> {
        let NewEndpoint { name, target, group_ids, message, network, location, ip_version } = endpoint;
        let id = endpoint_id(group, name);
        let request = json!({ "name": "connection", "properties": {
            "privateLinkServiceId": target, "groupIds": group_ids, "requestMessage": message,
        }});
        let body = json!({ "location": location, "properties": {
            "subnet": { "id": format!("{}/subnets/pe", id_of_network(network)) },
            "manualPrivateLinkServiceConnections": [request],
            "ipVersionType": ip_version,
        }});
        self.arm.put(&id, body).await?;
        Ok(id)
    }

    /// The state of an endpoint's connection, as the endpoint shows it.
    pub async fn status(&self, endpoint: &str) -> anyhow::Result<String> {
        let body = self.arm.get(endpoint).await?.body;
        let lists = ["manualPrivateLinkServiceConnections", "privateLinkServiceConnections"];
        let requests = lists.iter().filter_map(|list| body["properties"][list].as_array()).flatten();
        let status = |request: &Value| request["properties"]["privateLinkServiceConnectionState"]["status"].clone();
        Ok(requests.map(status).next().and_then(|status| status.as_str().map(str::to_owned)).unwrap_or_default())
    }

    /// The addresses of an A record set in a zone of `rg-dns`; empty where there is none.
    pub async fn addresses(&self, zone: &str, name: &str) -> anyhow::Result<Vec<String>> {
        let body = self.arm.get(&format!("{}/A/{name}", zone_id(zone))).await?.body;
        let records = body["properties"]["aRecords"].as_array().cloned().unwrap_or_default();
        Ok(records.iter().filter_map(|record| record["ipv4Address"].as_str()).map(str::to_owned).collect())
    }

    /// The same of an AAAA record set.
    pub async fn ipv6_addresses(&self, zone: &str, name: &str) -> anyhow::Result<Vec<String>> {
        let body = self.arm.get(&format!("{}/AAAA/{name}", zone_id(zone))).await?.body;
        let records = body["properties"]["aaaaRecords"].as_array().cloned().unwrap_or_default();
        Ok(records.iter().filter_map(|record| record["ipv6Address"].as_str()).map(str::to_owned).collect())
    }

    /// The names of all A record sets in a zone of `rg-dns`.
    pub async fn record_names(&self, zone: &str) -> anyhow::Result<Vec<String>> {
        let body = self.arm.get(&format!("{}/A", zone_id(zone))).await?.body;
        let records = body["value"].as_array().cloned().unwrap_or_default();
        Ok(records.iter().filter_map(|record| record["name"].as_str()).map(str::to_owned).collect())
    }
}

/// The id of the network that endpoints are made in.
#[must_use]
pub fn network_id() -> String {
    id_of_network(NETWORK)
}

fn id_of_network(name: &str) -> String {
    format!("/subscriptions/{APPLICATIONS}/resourceGroups/rg-app/providers/Microsoft.Network/virtualNetworks/{name}")
}

/// The id of a zone in `rg-dns`.
#[must_use]
pub fn zone_id(name: &str) -> String {
    zone_id_in("rg-dns", name)
}

/// The id of a zone in another resource group of the network team.
#[must_use]
pub fn zone_id_in(group: &str, name: &str) -> String {
    format!("/subscriptions/{CONNECTIVITY}/resourceGroups/{group}/providers/Microsoft.Network/privateDnsZones/{name}")
}

/// The id of an endpoint of the application teams.
#[must_use]
pub fn endpoint_id(group: &str, name: &str) -> String {
    format!("/subscriptions/{APPLICATIONS}/resourceGroups/{group}/providers/Microsoft.Network/privateEndpoints/{name}")
}
