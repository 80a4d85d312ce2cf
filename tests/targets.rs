//! Every type of the catalogue, every group id of its targets, in every cloud: pending, approved, named, proven.
//!
//! The types come from the catalogue; what their group ids and zones are, each target itself tells, by the local Azure's
//! own reading of the facts. Where the two readings differ, an endpoint is not named or not proven, and this fails.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use local_azure::Cloud;
use platform::{NewEndpoint, Platform, Record, allowlist};
use portreeve_decisions::catalogue::{Catalogue, Cloud as KnownCloud, TargetType};
use serde_json::{Value, json};

const EVERYTHING: &str = "{ id: everything, effect: approve, target: { name: \"*\" } }";
const NETWORK: &str = "vnet-wide";
/// Enough to keep the cloud busy.
const AT_ONCE: usize = 8;
/// A subscription allows 25 reads a second, so that the story of all types in one would mostly wait.
const TYPES_AT_A_PLATFORM: usize = 27;

/// One endpoint's story.
struct Story {
    row: &'static TargetType,
    group_id: String,
    zones: Vec<String>,
    endpoint: String,
}

impl Story {
    fn name(&self) -> String {
        format!("{} {}", self.row.resource_type, self.group_id)
    }
}

/// The types that have something to show in a cloud, each with the properties of its targets. All are tried in the public
/// one, and there also the ways to have names in another zone, or in another form.
fn types_in(cloud: KnownCloud) -> Vec<(&'static TargetType, Value)> {
    let is_there = |row: &&TargetType| cloud == KnownCloud::Public || row.zones.iter().any(|zone| zone.cloud == cloud);
    let rows = Catalogue::known().target_types().iter().map(AsRef::as_ref).filter(is_there);
    let mut types: Vec<_> = rows.map(|row| (row, json!({}))).collect();
    if cloud == KnownCloud::Public {
        let named = |name: &str| Catalogue::known().named(name).unwrap().as_ref();
        let foundry = json!({ "kind": "AIServices", "customSubDomainName": "foundry" });
        types.push((named("Microsoft.CognitiveServices/accounts"), foundry));
        types.push((named("Microsoft.Storage/storageAccounts"), json!({ "dnsEndpointType": "AzureDnsZone" })));
        types.push((named("Microsoft.Cache/redisEnterprise"), json!({ "kind": "v1" })));
        types.push((named("Microsoft.Web/staticSites"), json!({ "kind": "Unpartitioned" })));
        types.push((named("Microsoft.App/managedEnvironments"), json!({ "reportsPlainNames": true })));
        types.push((named("Microsoft.ContainerService/managedClusters"), json!({ "kind": "Subzone" })));
    }
    types
}

/// A zone that no target here has names in: those of its type are told of among the types that are learned.
const UNTOLD: &str = "privatelink.fabric.microsoft.com";

/// Makes a target of the type, and returns the id that endpoints name with the group ids to ask for.
async fn make_target(
    platform: &Platform,
    location: &str,
    row: &TargetType,
    properties: Value,
    name: &str,
) -> anyhow::Result<(String, Vec<(String, Vec<String>)>)> {
    let is_slot = row.resource_type == "Microsoft.Web/sites/slots";
    let (named, listing) = if is_slot {
        let site = platform.target_at(location, "Microsoft.Web/sites", name, json!({})).await?;
        let slot = format!("{site}/slots/stage");
        platform.arm.put(&slot, json!({ "location": location, "properties": {} })).await?;
        (site, slot)
    } else {
        let target = platform.target_at(location, &row.resource_type, name, properties).await?;
        (target.clone(), target)
    };
    let told = platform.arm.get(&format!("{listing}/privateLinkResources")).await?.body;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let groups = told["value"].as_array().into_iter().flatten().map(|resource| {
        let zones = resource["properties"]["requiredZoneNames"].as_array();
        (text(&resource["properties"]["groupId"]), zones.into_iter().flatten().map(text).collect())
    });
    let groups: Vec<_> = groups.filter(|(group_id, _)| !is_slot || group_id.starts_with("sites-")).collect();
    // Private link services tell of no group ids.
    Ok((named, if groups.is_empty() { vec![(String::new(), Vec::new())] } else { groups }))
}

/// Runs the stories of every type in a cloud, and returns the zones that they were told in.
async fn every_type_in(cloud: Cloud, known: KnownCloud, location: &str) -> BTreeSet<String> {
    let rows = types_in(known);
    let told = rows.chunks(TYPES_AT_A_PLATFORM).map(|rows| types_told(cloud, rows, location));
    futures::future::join_all(told).await.into_iter().flatten().collect()
}

/// Runs the stories of these types on a platform of their own, and returns the zones that they were told in.
async fn types_told(cloud: Cloud, rows: &[(&'static TargetType, Value)], location: &str) -> BTreeSet<String> {
    let platform =
        Platform::start_in(cloud, &allowlist(&[EVERYTHING])).await.unwrap().with_surroundings().await.unwrap();
    let network = platform.wide_network(NETWORK, location, "10.7").await.unwrap();

    let targets = stream::iter(rows.iter().enumerate()).map(|(position, (row, properties))| {
        let (platform, name) = (&platform, format!("target{position}"));
        async move {
            let made = make_target(platform, location, row, properties.clone(), &name).await;
            made.map(|made| (position, *row, made))
        }
    });
    let targets: Vec<_> = targets.buffered(AT_ONCE).try_collect().await.unwrap();
    let zones: BTreeSet<String> =
        targets.iter().flat_map(|(_, _, (_, groups))| groups.iter().flat_map(|(_, zones)| zones.clone())).collect();
    let linked = stream::iter(&zones).map(|zone| platform.zone_in("rg-dns", zone, &network));
    linked.buffered(AT_ONCE).try_collect::<Vec<_>>().await.unwrap();

    let wanted = targets.iter().flat_map(|(position, row, (target, groups))| {
        groups
            .iter()
            .enumerate()
            .map(move |(group, (id, zones))| (format!("pe-{position}-{group}"), *row, target, id, zones))
    });
    let stories = stream::iter(wanted).map(|(name, row, target, group_id, zones)| {
        let platform = &platform;
        async move {
            let group_ids: Vec<&str> = Some(group_id.as_str()).into_iter().filter(|id| !id.is_empty()).collect();
            let endpoint = NewEndpoint { network: NETWORK, location, ..NewEndpoint::of(&name, target, &group_ids) };
            let endpoint = platform.new_endpoint(endpoint).await?;
            anyhow::Ok(Story { row, group_id: group_id.clone(), zones: zones.clone(), endpoint })
        }
    });
    let stories: Vec<Story> = stories.buffered(AT_ONCE).try_collect().await.unwrap();
    platform.at_rest(Duration::from_secs(20)).await;

    let log = Log::of(&platform);
    let mut failed = Vec::new();
    for story in &stories {
        if let Err(problem) = told_to_its_end(&platform, &log, story).await {
            failed.push(format!("{}: {problem}", story.name()));
        }
    }
    assert!(failed.is_empty(), "{} of {} stories failed:\n{}", failed.len(), stories.len(), failed.join("\n"));

    let endpoints: Vec<&str> = stories.iter().map(|story| story.endpoint.as_str()).collect();
    assert_eq!(platform.writes_after_another_event_each(&endpoints).await, Vec::<String>::new());
    println!("{} types, {} endpoints, {} zones", rows.len(), stories.len(), zones.len());
    zones
}

/// What the log says of each endpoint. It is long, so it is read once.
struct Log {
    verdicts: BTreeMap<String, String>,
    notes: Vec<Record>,
}

impl Log {
    fn of(platform: &Platform) -> Self {
        let verdict =
            |record: &Record| (record.text("endpoint").to_ascii_lowercase(), record.text("verdict").to_owned());
        Self {
            verdicts: platform.records("validation", "").iter().map(verdict).collect(),
            notes: platform.records("note", ""),
        }
    }
}

async fn told_to_its_end(platform: &Platform, log: &Log, story: &Story) -> anyhow::Result<()> {
    let status = platform.status(&story.endpoint).await?;
    if !story.row.can_be_approved() && status == "Pending" {
        let is_said = |note: &Record| note.mentions(&story.endpoint) && note.mentions("has no call that approves");
        anyhow::ensure!(log.notes.iter().any(is_said), "nobody says why it waits");
        return Ok(());
    }
    anyhow::ensure!(status == "Approved", "it is {status}");
    let verdict = log.verdicts.get(&story.endpoint.to_ascii_lowercase());
    anyhow::ensure!(verdict.is_some_and(|verdict| verdict == "passed"), "its last proof came to {verdict:?}");
    let body = platform.arm.get(&story.endpoint).await?.body;
    let names = body["properties"]["customDnsConfigs"].as_array().map_or(0, Vec::len);
    anyhow::ensure!(story.zones.is_empty() == (names == 0), "it has {names} names and zones {:?}", story.zones);
    Ok(())
}

/// The zones of the catalogue that no story was told in. A zone of a template is told in where one of its form is.
fn untold(known: KnownCloud, told: &BTreeSet<String>) -> Vec<&'static str> {
    let is_told = |zone: &str| {
        let parts: Vec<&str> = zone.split('.').collect();
        told.iter().any(|told| {
            let labels: Vec<&str> = told.split('.').collect();
            labels.len() == parts.len()
                && parts.iter().zip(labels).all(|(part, label)| part.starts_with('{') || *part == label)
        })
    };
    let zones = Catalogue::known().zones().filter(|zone| zone.cloud == known).map(|zone| zone.private_zone.as_str());
    zones.filter(|zone| !is_told(zone) && *zone != UNTOLD).collect::<BTreeSet<_>>().into_iter().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_in_the_public_cloud() {
    let told = every_type_in(Cloud::Public, KnownCloud::Public, "westeurope").await;
    assert_eq!(untold(KnownCloud::Public, &told), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_in_azure_government() {
    let told = every_type_in(Cloud::Government, KnownCloud::Government, "usgovvirginia").await;
    assert_eq!(untold(KnownCloud::Government, &told), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_in_china() {
    let told = every_type_in(Cloud::China, KnownCloud::China, "chinanorth2").await;
    assert_eq!(untold(KnownCloud::China, &told), Vec::<&str>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn defender_gets_its_record_in_the_public_zone_where_that_is_the_only_one() {
    let rule = "{ id: defender, effect: approve, target: { type: Microsoft.Security/privateLinks } }";
    let platform = Platform::start(&allowlist(&[rule])).await.unwrap().with_surroundings().await.unwrap();
    platform.zone("cloud.defender.microsoft.com").await.unwrap();
    let target = platform.target("Microsoft.Security/privateLinks", "defender", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-defender", &target, &["containers"]).await.unwrap();
    platform.at_rest(Duration::from_secs(20)).await;
    assert_eq!(platform.addresses("cloud.defender.microsoft.com", "api").await.unwrap().len(), 1);
    assert_eq!(platform.verdicts(&endpoint).last().map(String::as_str), Some("passed"));
}
