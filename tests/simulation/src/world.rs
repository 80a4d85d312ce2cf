//! The cloud of one history, and what people do to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::Method;
use local_azure::arm_event::ArmEvent;
use portreeve_in_memory::InMemoryCloud;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::dice::Dice;
use crate::history::History;
use crate::lag::Past;
use crate::oracle::Oracle;
use crate::scenario::{Deed, Scenario, TARGETS, TEAMS};

/// The platform team's subscription: targets live here.
pub(crate) const PLATFORM: &str = "11111111-1111-1111-1111-111111111111";
/// The application teams' subscription: endpoints live here.
pub(crate) const APPLICATIONS: &str = "22222222-2222-2222-2222-222222222222";
/// The network team's subscription: zones live here.
pub(crate) const CONNECTIVITY: &str = "33333333-3333-3333-3333-333333333333";

/// How long the cloud's operations take.
const OPERATION_DELAY: Duration = Duration::from_millis(1500);

/// Everything that a history happens to.
pub(crate) struct World {
    pub scenario: Scenario,
    pub dice: Dice,
    pub history: History,
    pub azure: InMemoryCloud,
    pub past: Past,
    oracle: Mutex<Oracle>,
}

impl World {
    /// An empty cloud, and what it tells Event Grid.
    pub fn new(scenario: Scenario) -> (Arc<Self>, UnboundedReceiver<ArmEvent>) {
        let (azure, events) = InMemoryCloud::new(OPERATION_DELAY);
        let world = Self {
            dice: Dice::new(scenario.seed),
            history: History::begin(),
            oracle: Mutex::new(Oracle::default()),
            azure,
            past: Past::default(),
            scenario,
        };
        (Arc::new(world), events)
    }

    /// Who knows what must be true.
    pub fn oracle(&self) -> MutexGuard<'_, Oracle> {
        self.oracle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands before anybody does anything: groups, a network, zones with links, and the targets.
    pub async fn furnish(&self) -> anyhow::Result<()> {
        let groups = TEAMS.iter().map(|team| (APPLICATIONS, team.group));
        for (subscription, group) in groups.chain([(PLATFORM, "rg-data"), (CONNECTIVITY, "rg-dns")]) {
            let id = format!("/subscriptions/{subscription}/resourceGroups/{group}");
            self.put(&id, json!({ "location": "westeurope" })).await?;
        }
        let subnets = json!([{ "name": "pe", "properties": { "addressPrefix": "10.1.1.0/24" } }]);
        let network = json!({ "location": "westeurope", "properties": {
            "addressSpace": { "addressPrefixes": ["10.1.0.0/16"] }, "subnets": subnets,
        }});
        self.put(&network_id(), network).await?;
        for target in &TARGETS {
            self.put(&zone_id(target.zone), json!({ "location": "global" })).await?;
        }
        tokio::time::sleep(OPERATION_DELAY * 2).await;
        for (number, target) in TARGETS.iter().enumerate() {
            let zone = zone_id(target.zone);
            let link = json!({ "location": "global", "properties": {
                "registrationEnabled": false, "virtualNetwork": { "id": network_id() },
            }});
            self.put(&format!("{zone}/virtualNetworkLinks/app"), link).await?;
            self.act(&Deed::CreateTarget { target: number }).await?;
        }
        tokio::time::sleep(OPERATION_DELAY * 2).await;
        Ok(())
    }

    /// Does what people do with Azure. What Azure refuses is left undone.
    pub async fn act(&self, deed: &Deed) -> anyhow::Result<()> {
        match deed {
            Deed::CreateEndpoint { team, number, target, has_zone_group } => {
                let id = endpoint_id(*team, *number);
                let (name, kind) = (target_id(*target), &TARGETS[*target]);
                let request = json!({ "name": "connection", "properties": {
                    "privateLinkServiceId": name, "groupIds": [kind.group_id], "requestMessage": "please",
                }});
                let body = json!({ "location": "westeurope", "properties": {
                    "subnet": { "id": format!("{}/subnets/pe", network_id()) },
                    "manualPrivateLinkServiceConnections": [request],
                }});
                self.put(&id, body).await?;
                if *has_zone_group {
                    tokio::time::sleep(OPERATION_DELAY * 2).await;
                    let config = json!([{ "name": "zone", "properties": { "privateDnsZoneId": zone_id(kind.zone) } }]);
                    let group = json!({ "properties": { "privateDnsZoneConfigs": config } });
                    self.put(&format!("{id}/privateDnsZoneGroups/default"), group).await?;
                }
            }
            Deed::DeleteEndpoint { team, number } => {
                self.delete(&endpoint_id(*team, *number)).await?;
            }
            Deed::AskAsPartner { number, target } => {
                let (id, group_id) = (target_id(*target), TARGETS[*target].group_id);
                let name = format!("pe-partner-{number}");
                let _ = self.azure.cloud.change("partner", |state| {
                    state.create_partner_endpoint(&id, &[group_id], &name, "please \u{1b}[31mapprove\r\nrule=approve")
                });
            }
            Deed::DeleteTarget { target } => self.delete(&target_id(*target)).await?,
            Deed::CreateTarget { target } => {
                let body = json!({ "location": "westeurope", "kind": "StorageV2", "properties": {} });
                self.put(&target_id(*target), body).await?;
            }
            Deed::WriteRecord { target } => {
                let record = json!({ "properties": { "ttl": 300, "aRecords": [{ "ipv4Address": "10.9.9.9" }] } });
                self.put(&record_id(*target), record).await?;
            }
            Deed::DeleteRecord { target } => self.delete(&record_id(*target)).await?,
            Deed::Decide { team, number, approve } => self.decide(*team, *number, *approve).await?,
            Deed::ChangeAllowlist { .. } | Deed::Kill { .. } | Deed::ForgeEvent { .. } | Deed::ForgeMessage { .. } => {}
        }
        Ok(())
    }

    async fn decide(&self, team: usize, number: usize, approve: bool) -> anyhow::Result<()> {
        let key = endpoint_id(team, number).to_ascii_lowercase();
        let connection = self.azure.cloud.read(|state| {
            let endpoint = state.endpoints.get(&key)?;
            Some((endpoint.connection_id().to_string(), endpoint.id.to_string()))
        });
        let Some((connection, endpoint)) = connection else { return Ok(()) };
        self.oracle().by_hand.insert(connection.to_ascii_lowercase(), Instant::now());
        let status = if approve { "Approved" } else { "Rejected" };
        let body = json!({ "properties": {
            "privateEndpoint": { "id": endpoint },
            "privateLinkServiceConnectionState": { "status": status, "description": "by hand" },
        }});
        self.put(&connection, body).await
    }

    async fn put(&self, id: &str, body: Value) -> anyhow::Result<()> {
        self.ask(Method::PUT, id, Some(&body)).await
    }

    async fn delete(&self, id: &str) -> anyhow::Result<()> {
        self.ask(Method::DELETE, id, None).await
    }

    /// One request of a person's, told with its outcome.
    async fn ask(&self, method: Method, id: &str, body: Option<&Value>) -> anyhow::Result<()> {
        let answer = self.azure.ask(method.clone(), id, body).await?;
        self.history.tell("people", format!("{method} {} -> {}", short(id), answer.status));
        Ok(())
    }
}

fn network_id() -> String {
    format!("/subscriptions/{APPLICATIONS}/resourceGroups/rg-app/providers/Microsoft.Network/virtualNetworks/vnet-app")
}

/// The id of a zone of the network team's.
pub(crate) fn zone_id(name: &str) -> String {
    format!("/subscriptions/{CONNECTIVITY}/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/{name}")
}

/// The id of a team's endpoint.
pub(crate) fn endpoint_id(team: usize, number: usize) -> String {
    let group = TEAMS[team].group;
    format!(
        "/subscriptions/{APPLICATIONS}/resourceGroups/{group}/providers/Microsoft.Network/privateEndpoints/pe-{number}"
    )
}

/// The id of a target.
pub(crate) fn target_id(target: usize) -> String {
    let target = &TARGETS[target];
    format!("/subscriptions/{PLATFORM}/resourceGroups/rg-data/providers/{}/{}", target.resource_type, target.name)
}

/// The id of the record of a target's first name.
fn record_id(target: usize) -> String {
    format!("{}/A/{}", zone_id(TARGETS[target].zone), TARGETS[target].name)
}

/// An id or path as it is told: what follows the resource group.
pub(crate) fn short(id: &str) -> String {
    let path = id.split('?').next().unwrap_or_default();
    match path.to_ascii_lowercase().find("/resourcegroups/") {
        Some(at) => format!("…{}", &path[at + "/resourcegroups".len()..]),
        None => path.to_owned(),
    }
}
