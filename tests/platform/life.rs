//! One connection's whole life, and everything that is to be seen of it after each chapter.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{APPLICATIONS, CONNECTIVITY, PLATFORM, Platform, allowlist_with};

/// Approved by a long-running operation, with two names in one zone.
const COSMOS: &str = "Microsoft.DocumentDB/databaseAccounts";
const ZONE: &str = "privatelink.documents.azure.com";
/// The second name's record, which somebody spoils.
const SPOILT: &str = "cosmos-life-westeurope";
/// The run of the handler that a crash ends.
const FIRST_RUN: u64 = 1;
/// Times that scheduled work is brought forward before something is taken to put itself off for ever.
const ROUNDS_MAX: usize = 30;

/// The allowlist of this life. The zone is missing, and the handler may make it.
#[must_use]
pub fn allowlist() -> String {
    let zones = format!("zones: [{{ subscription: {CONNECTIVITY}, resource_group: rg-dns }}]");
    let dns = format!("dns: {{ {zones}, create_missing_zones: true }}");
    allowlist_with(&[&dns], &[&format!("{{ id: cosmos, effect: approve, target: {{ type: {COSMOS} }} }}")])
}

impl Platform {
    /// Created, approved, recorded and proven; one record spoilt, and found by the sweep; deleted. Returns all that is to
    /// be seen after each of the three.
    pub async fn whole_life(&self) -> anyhow::Result<Vec<Value>> {
        let target = self.target(COSMOS, "cosmos-life", json!({})).await?;
        self.at_rest_with_all_that_was_put_off().await?;
        let endpoint = self.endpoint("pe-life", &target, &["Sql"]).await?;
        self.at_rest_with_all_that_was_put_off().await?;
        let created = self.everything(&target).await?;

        let record = format!("{}/A/{SPOILT}", crate::zone_id(ZONE));
        let properties = &self.arm.get(&record).await?.body["properties"];
        let spoilt =
            json!({ "ttl": 10, "metadata": properties["metadata"], "aRecords": [{ "ipv4Address": "10.9.9.9" }] });
        self.arm.put(&record, json!({ "properties": spoilt })).await?;
        // A sweep that dies is not called again: the timer comes round.
        for _ in 0..2 {
            self.run_function("Sweep", &json!({})).await?;
            self.at_rest_with_all_that_was_put_off().await?;
        }
        let mended = self.everything(&target).await?;

        self.arm.delete(&endpoint).await?;
        self.at_rest_with_all_that_was_put_off().await?;
        let deleted = self.everything(&target).await?;
        Ok(vec![created, mended, deleted])
    }

    /// Returns once nothing is in flight and nothing is scheduled; what is scheduled need not wait for its time.
    ///
    /// # Errors
    /// Where something puts itself off again and again.
    pub async fn at_rest_with_all_that_was_put_off(&self) -> anyhow::Result<()> {
        for _ in 0..ROUNDS_MAX {
            self.settled(Duration::ZERO).await;
            if self.azure.cloud.faults().cut_off.has_cut() {
                // What died with its handler is over before the host knows it, and what comes then would still go there.
                self.azure.functions_host.handler_run_is_over(FIRST_RUN).await;
                self.azure.functions_host.ready().await?;
            }
            self.at_rest(Duration::ZERO).await;
            if !self.azure.service_bus.bring_forward() {
                return Ok(());
            }
        }
        anyhow::bail!("something puts itself off for ever")
    }

    /// What people can see, without the names and etags that a cloud makes up.
    async fn everything(&self, target: &str) -> anyhow::Result<Value> {
        let endpoints =
            format!("/subscriptions/{APPLICATIONS}/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints");
        let zones =
            format!("/subscriptions/{CONNECTIVITY}/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones");
        let zones = self.arm.get(&zones).await?.body;
        let mut zones_with_all = Vec::new();
        for zone in zones["value"].as_array().into_iter().flatten() {
            let id = zone["id"].as_str().unwrap_or_default();
            let links = self.arm.get(&format!("{id}/virtualNetworkLinks")).await?.body;
            let records = self.arm.get(&format!("{id}/ALL")).await?.body;
            zones_with_all.push(json!({ "zone": zone, "links": links, "records": records }));
        }
        Ok(without_made_up(&json!({
            "endpoints": self.arm.get(&endpoints).await?.body,
            "connections": self.arm.get(&format!("{target}/privateEndpointConnections")).await?.body,
            "zones": zones_with_all,
            "queues": self.queued(),
            "lost_events": self.azure.event_grid.dead_letters().len(),
            "last_proof": self.last_proof(),
        })))
    }

    fn queued(&self) -> Vec<Value> {
        let bus = &self.azure.service_bus;
        let of_queue = |name: &str| {
            let queue = bus.queue(name)?;
            let dead_letters = queue.dead_letters.len();
            Some(json!({ "messages": queue.messages.len() + queue.scheduled.len(), "dead_letters": dead_letters }))
        };
        bus.queue_names().filter_map(of_queue).collect()
    }

    /// The last verdict. A handler that was killed may have left half a line behind, which is no record.
    fn last_proof(&self) -> Option<String> {
        let lines = self.azure.functions_host.handler_output();
        let records = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut verdicts = records.filter(|record| record["event"] == "validation");
        verdicts.next_back().and_then(|record| record["verdict"].as_str().map(str::to_owned))
    }
}

/// The same without etags, and with a star for each GUID but those of the subscriptions.
fn without_made_up(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| *name != "etag");
            Value::Object(kept.map(|(name, value)| (name.clone(), without_made_up(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(without_made_up).collect()),
        Value::String(text) => Value::String(without_guids(text)),
        other => other.clone(),
    }
}

/// The text with a star for each GUID but those of the subscriptions.
pub(crate) fn without_guids(text: &str) -> String {
    let is_of_guid = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut known = text.to_owned();
    let words = text.split(|c: char| !is_of_guid(c));
    // A GUID may follow a name and a hyphen, so it is looked for at the end of a word.
    for guid in words.filter_map(|word| word.get(word.len().checked_sub(36)?..)) {
        let is_guid = guid.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
        if is_guid && ![APPLICATIONS, CONNECTIVITY, PLATFORM].contains(&guid) {
            known = known.replace(guid, "*");
        }
    }
    known
}
