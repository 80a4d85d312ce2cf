//! The chapters: who makes which endpoint, and what should become of it.

use platform::{Platform, zone_id};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The zones that the platform team makes.
pub const ZONES: &[&str] = &[
    "privatelink.blob.core.windows.net",
    "privatelink.vaultcore.azure.net",
    "privatelink.cognitiveservices.azure.com",
    "privatelink.openai.azure.com",
    "privatelink.services.ai.azure.com",
    "privatelink.cloud.defender.microsoft.com",
];

/// One endpoint's story.
pub struct Chapter {
    /// The endpoint's name.
    pub endpoint: &'static str,
    /// What happens, for the audience.
    pub act: &'static str,
    /// Whether it is deleted at the end.
    pub is_deleted_again: bool,
    target: (&'static str, &'static str, Value),
    group_id: &'static str,
    /// A record that stands there before, as zone, name and address.
    earlier_record: Option<(&'static str, &'static str, &'static str)>,
    expected: Expected,
    made_at: Option<OffsetDateTime>,
}

struct Expected {
    status: &'static str,
    rule: &'static str,
    records: usize,
    verdict: &'static str,
}

/// What became of one endpoint.
pub struct Outcome {
    /// The endpoint's name.
    pub endpoint: &'static str,
    /// The connection's state; empty where the endpoint is gone.
    pub status: String,
    /// The rule that decided.
    pub rule: String,
    /// Why.
    pub why: String,
    /// The record sets that Portreeve keeps for it, as fqdn and address.
    pub records: Vec<String>,
    /// The last proof's verdict, and how many milliseconds after the endpoint was made it came.
    pub proof: Option<(String, u128)>,
}

impl Chapter {
    /// Makes the target and the endpoint, as their teams would.
    pub async fn play(&mut self, platform: &Platform) -> anyhow::Result<()> {
        let (resource_type, name, properties) = &self.target;
        let target = platform.target(resource_type, name, properties.clone()).await?;
        if let Some((zone, name, address)) = self.earlier_record {
            let body = json!({ "properties": { "ttl": 300, "aRecords": [{ "ipv4Address": address }] } });
            platform.arm.put(&format!("{}/A/{name}", zone_id(zone)), body).await?;
        }
        self.made_at = Some(OffsetDateTime::now_utc());
        platform.endpoint(self.endpoint, &target, &[self.group_id]).await?;
        Ok(())
    }

    /// The endpoint's id.
    pub fn id(&self) -> String {
        platform::endpoint_id("rg-app", self.endpoint)
    }

    /// Looks at what became of it: the cloud's state, and what the log says.
    pub async fn outcome(&self, platform: &Platform) -> anyhow::Result<Outcome> {
        let id = self.id();
        let decision = platform.records("decision", &id).pop();
        let notes = platform.records("note", &id).into_iter().filter(|note| note.text("level") == "WARN");
        let told = |field: &str| decision.as_ref().map(|decision| decision.text(field).to_owned()).unwrap_or_default();
        let why = notes.map(|note| note.text("message").to_owned()).next_back().unwrap_or_else(|| told("reason"));
        let is_gone = platform.arm.get(&id).await?.status == 404;
        Ok(Outcome {
            endpoint: self.endpoint,
            status: if is_gone { String::new() } else { platform.status(&id).await? },
            rule: told("rule"),
            why: if is_gone { "the endpoint was deleted, so its record went too".to_owned() } else { why },
            records: own_records(platform, &id).await?,
            proof: self.proof(platform, &id)?,
        })
    }

    fn proof(&self, platform: &Platform, id: &str) -> anyhow::Result<Option<(String, u128)>> {
        let Some(proof) = platform.records("validation", id).pop() else { return Ok(None) };
        let at = OffsetDateTime::parse(proof.text("timestamp"), &Rfc3339)?;
        let after = self.made_at.map_or(0, |made_at| (at - made_at).whole_milliseconds().unsigned_abs());
        Ok(Some((proof.text("verdict").to_owned(), after)))
    }

    /// Where the outcome is not what the story says.
    pub fn differences(&self, outcome: &Outcome) -> Vec<String> {
        let verdict = outcome.proof.as_ref().map_or("", |(verdict, _)| verdict);
        let pairs = [
            ("status", self.expected.status, outcome.status.as_str()),
            ("rule", self.expected.rule, outcome.rule.as_str()),
            ("proof", self.expected.verdict, verdict),
        ];
        let texts = pairs.into_iter().filter(|(_, expected, observed)| expected != observed);
        let mut differences: Vec<String> = texts
            .map(|(what, expected, observed)| format!("{what}: expected `{expected}`, observed `{observed}`"))
            .collect();
        if outcome.records.len() != self.expected.records {
            differences.push(format!("expected {} records, observed {:?}", self.expected.records, outcome.records));
        }
        differences
    }
}

/// The record sets whose metadata says that they are Portreeve's, for this endpoint.
async fn own_records(platform: &Platform, endpoint: &str) -> anyhow::Result<Vec<String>> {
    let mut records = Vec::new();
    for zone in ZONES {
        let body = platform.arm.get(&format!("{}/A", zone_id(zone))).await?.body;
        for record in body["value"].as_array().into_iter().flatten() {
            let owner = record["properties"]["metadata"]["privateEndpoint"].as_str().unwrap_or_default();
            if owner.eq_ignore_ascii_case(endpoint) {
                let address = record["properties"]["aRecords"][0]["ipv4Address"].as_str().unwrap_or_default();
                records.push(format!("{}.{zone} {address}", record["name"].as_str().unwrap_or_default()));
            }
        }
    }
    Ok(records)
}

/// The whole story.
pub fn chapters() -> Vec<Chapter> {
    let storage = |name| ("Microsoft.Storage/storageAccounts", name, json!({ "kind": "StorageV2" }));
    let vault = |name| ("Microsoft.KeyVault/vaults", name, json!({}));
    let foundry = json!({ "kind": "AIServices", "customSubDomainName": "foundry-chat" });
    vec![
        chapter(
            "pe-orders",
            "asks for blobs, as the allowlist says it may",
            storage("storders"),
            "blob",
            Expected { status: "Approved", rule: "data-for-applications", records: 1, verdict: "passed" },
        ),
        chapter(
            "pe-chat",
            "asks for Foundry, with names in three zones",
            ("Microsoft.CognitiveServices/accounts", "foundry-chat", foundry),
            "account",
            Expected { status: "Approved", rule: "foundry-for-applications", records: 3, verdict: "passed" },
        ),
        chapter(
            "pe-defender-aks",
            "asks for Defender's private link",
            ("Microsoft.Security/privateLinks", "defender", json!({})),
            "containers",
            Expected { status: "Approved", rule: "defender-from-platform", records: 2, verdict: "passed" },
        ),
        chapter(
            "pe-files",
            "asks for files, which no rule names",
            storage("stfiles"),
            "file",
            Expected { status: "Pending", rule: "", records: 0, verdict: "" },
        ),
        chapter(
            "pe-notebook-sandbox",
            "asks from a sandbox, which a rule rejects",
            storage("stsecrets"),
            "blob",
            Expected { status: "Rejected", rule: "nothing-from-the-sandbox", records: 0, verdict: "" },
        ),
        Chapter {
            earlier_record: Some(("privatelink.vaultcore.azure.net", "kv-billing", "10.99.0.4")),
            ..chapter(
                "pe-billing",
                "asks for a vault with somebody's record",
                vault("kv-billing"),
                "vault",
                Expected { status: "Approved", rule: "data-for-applications", records: 0, verdict: "try_again" },
            )
        },
        Chapter {
            is_deleted_again: true,
            ..chapter(
                "pe-trial",
                "asks for blobs, and will be deleted",
                storage("sttrial"),
                "blob",
                Expected { status: "", rule: "data-for-applications", records: 0, verdict: "passed" },
            )
        },
    ]
}

fn chapter(
    endpoint: &'static str,
    act: &'static str,
    target: (&'static str, &'static str, Value),
    group_id: &'static str,
    expected: Expected,
) -> Chapter {
    Chapter { endpoint, act, is_deleted_again: false, target, group_id, earlier_record: None, expected, made_at: None }
}
