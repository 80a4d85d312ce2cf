//! Names that are not one label in one zone: shared ones, those in no zone, those of two address families.

use std::time::Duration;

use platform::{NewEndpoint, Platform, allowlist, zone_id};
use serde_json::json;

const EVERYTHING: &str = "{ id: everything, effect: approve, target: { name: \"*\" } }";
const STORAGE: &str = "Microsoft.Storage/storageAccounts";
const BLOB_ZONE: &str = "privatelink.blob.core.windows.net";

async fn platform(zones: &[&str]) -> Platform {
    let platform = Platform::start(&allowlist(&[EVERYTHING])).await.unwrap().with_surroundings().await.unwrap();
    for zone in zones {
        platform.zone(zone).await.unwrap();
    }
    platform
}

/// The zones that a target says it needs for a group id.
async fn zones_of(platform: &Platform, target: &str, group_id: &str) -> Vec<String> {
    let body = platform.arm.get(&format!("{target}/privateLinkResources/{group_id}")).await.unwrap().body;
    let zones = body["properties"]["requiredZoneNames"].as_array().cloned().unwrap_or_default();
    zones.iter().filter_map(|zone| zone.as_str()).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_others_share_stays_with_the_endpoint_that_came_first() {
    let cases = [
        ("Microsoft.Insights/privateLinkScopes", "azuremonitor", "privatelink.monitor.azure.com", "api"),
        ("Microsoft.DataFactory/factories", "portal", "privatelink.adf.azure.com", "@"),
        (
            "Microsoft.Databricks/workspaces",
            "browser_authentication",
            "privatelink.azuredatabricks.net",
            "westeurope.pl-auth",
        ),
        ("Microsoft.DesktopVirtualization/workspaces", "global", "privatelink-global.wvd.microsoft.com", "rdweb"),
    ];
    let platform = platform(&[]).await;
    let mut targets = Vec::new();
    for (resource_type, group_id, ..) in cases {
        let short = resource_type.rsplit('/').next().unwrap().to_ascii_lowercase();
        for which in ["first", "second"] {
            targets.push(platform.target(resource_type, &format!("{short}-{which}"), json!({})).await.unwrap());
        }
        for zone in zones_of(&platform, targets.last().unwrap(), group_id).await {
            platform.zone(&zone).await.unwrap();
        }
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (which, endpoints) in [&mut first, &mut second].into_iter().enumerate() {
        for (position, (_, group_id, ..)) in cases.iter().enumerate() {
            let name = format!("pe-{position}-{which}");
            endpoints.push(platform.endpoint(&name, &targets[2 * position + which], &[group_id]).await.unwrap());
        }
        platform.at_rest(Duration::ZERO).await;
    }
    for (position, (resource_type, _, zone, name)) in cases.iter().enumerate() {
        let record = platform.arm.get(&format!("{}/A/{name}", zone_id(zone))).await.unwrap().body;
        let owner = record["properties"]["metadata"]["privateEndpoint"].as_str().unwrap_or_default();
        assert_eq!(owner, first[position].to_ascii_lowercase(), "{resource_type}");
        let notes = platform.records("note", &second[position]);
        let is_said = notes.iter().any(|note| note.mentions("conflict") && note.mentions("share the name"));
        assert!(is_said, "{resource_type}: {notes:#?}");
    }
    let second: Vec<&str> = second.iter().map(String::as_str).collect();
    assert_eq!(platform.writes_after_another_event_each(&second).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_name_goes_to_the_next_endpoint_once_its_owner_is_gone() {
    let platform = platform(&["privatelink.adf.azure.com"]).await;
    let mut endpoints = Vec::new();
    for name in ["adf-one", "adf-two"] {
        let factory = platform.target("Microsoft.DataFactory/factories", name, json!({})).await.unwrap();
        endpoints.push(platform.endpoint(&format!("pe-{name}"), &factory, &["portal"]).await.unwrap());
        platform.at_rest(Duration::ZERO).await;
    }
    platform.arm.delete(&endpoints[0]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.addresses("privatelink.adf.azure.com", "@").await.unwrap(), Vec::<String>::new());
    platform.run_function("Sweep", &json!({})).await.unwrap();
    platform.at_rest(Duration::from_secs(20)).await;
    assert_eq!(platform.addresses("privatelink.adf.azure.com", "@").await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_address_family_has_its_record() {
    let platform = platform(&[BLOB_ZONE]).await;
    let mut endpoints = Vec::new();
    for (ip_version, name) in [("DualStack", "stboth"), ("IPv6", "stsix")] {
        let target = platform.target(STORAGE, name, json!({})).await.unwrap();
        let endpoint = format!("pe-{name}");
        let endpoint = NewEndpoint { ip_version, ..NewEndpoint::of(&endpoint, &target, &["blob"]) };
        endpoints.push(platform.new_endpoint(endpoint).await.unwrap());
    }
    platform.at_rest(Duration::from_secs(20)).await;
    for (endpoint, name, a, aaaa) in [(&endpoints[0], "stboth", 1, 1), (&endpoints[1], "stsix", 0, 1)] {
        assert_eq!(platform.addresses(BLOB_ZONE, name).await.unwrap().len(), a, "{name}");
        assert_eq!(platform.ipv6_addresses(BLOB_ZONE, name).await.unwrap().len(), aaaa, "{name}");
        assert_eq!(platform.verdicts(endpoint).last().map(String::as_str), Some("passed"), "{name}");
        assert_eq!(platform.writes_after_another_event(endpoint).await, Vec::<String>::new());
    }
    platform.arm.delete(&endpoints[0]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stboth").await.unwrap(), Vec::<String>::new());
    assert_eq!(platform.ipv6_addresses(BLOB_ZONE, "stboth").await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_ipv6_record_is_a_conflict_and_the_ipv4_one_is_still_written() {
    let platform = platform(&[BLOB_ZONE]).await;
    let theirs = json!({ "properties": { "ttl": 300, "aaaaRecords": [{ "ipv6Address": "fd00::99" }] } });
    platform.arm.put(&format!("{}/AAAA/stmixed", zone_id(BLOB_ZONE)), theirs).await.unwrap();
    let target = platform.target(STORAGE, "stmixed", json!({})).await.unwrap();
    let endpoint = NewEndpoint { ip_version: "DualStack", ..NewEndpoint::of("pe-mixed", &target, &["blob"]) };
    let endpoint = platform.new_endpoint(endpoint).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.addresses(BLOB_ZONE, "stmixed").await.unwrap().len(), 1);
    assert_eq!(platform.ipv6_addresses(BLOB_ZONE, "stmixed").await.unwrap(), ["fd00::99"]);
    let notes = platform.records("note", &endpoint);
    assert!(notes.iter().any(|note| note.mentions("conflict: AAAA stmixed")), "{notes:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_no_zone_is_known_for_is_reported_and_never_guessed() {
    // The account's blob names are of a DNS zone of its own; only the usual zone is there.
    let platform = platform(&[BLOB_ZONE]).await;
    let properties = json!({ "dnsEndpointType": "AzureDnsZone" });
    let target = platform.target(STORAGE, "stzoned", properties).await.unwrap();
    let endpoint = platform.endpoint("pe-zoned", &target, &["blob"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.record_names(BLOB_ZONE).await.unwrap(), Vec::<String>::new());
    let notes = platform.records("note", &endpoint);
    let is_said =
        |note: &platform::Record| note.mentions("stzoned.z") && note.mentions("privatelink.blob.storage.azure.net");
    assert!(notes.iter().any(is_said), "{notes:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_coded_name_never_goes_to_another_regions_zone() {
    let platform = platform(&["privatelink.northeurope.kusto.windows.net"]).await;
    let target = platform.target("Microsoft.Kusto/clusters", "adx", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-adx", &target, &["cluster"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    let names = platform.record_names("privatelink.northeurope.kusto.windows.net").await.unwrap();
    assert_eq!(names, Vec::<String>::new());
    let notes = platform.records("note", &endpoint);
    let wanted = "zone privatelink.westeurope.kusto.windows.net";
    assert!(notes.iter().any(|note| note.mentions(wanted)), "{notes:#?}");
}
