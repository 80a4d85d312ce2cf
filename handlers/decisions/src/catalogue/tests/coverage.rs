//! The count of what is published.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_published_type_is_in_the_catalogue_or_left_out_with_a_reason() {
    let coverage = Catalogue::known().coverage();
    assert_eq!((coverage.types, coverage.published_types()), (95, 108));
    assert_eq!(coverage.types, Catalogue::known().target_types().len());
    let mut seen = BTreeSet::new();
    for left_out in &coverage.left_out {
        let LeftOut { what, cloud, resource_type, zone, why, source } = left_out;
        assert!(!why.is_empty() && source.contains("20"), "{left_out:?}");
        assert!(seen.insert((*cloud, resource_type.to_ascii_lowercase(), zone.clone())), "{left_out:?} twice");
        match what {
            Published::Type => {
                assert!(cloud.is_none() && zone.is_none(), "{left_out:?}");
                assert!(Catalogue::known().named(resource_type).is_none(), "{resource_type} is not left out");
            }
            Published::Zone => {
                let cloud = cloud.expect("a zone is in a cloud");
                let row = of_type(resource_type);
                let is_there =
                    |zone: &String| row.zones.iter().any(|row| row.cloud == cloud && row.private_zone == *zone);
                assert!(!zone.as_ref().is_some_and(is_there), "{left_out:?}");
                assert!(zone.is_some() || row.zones.is_empty(), "{left_out:?}");
            }
        }
    }
}

/// One row of the article, whatever the catalogue makes of it.
#[derive(Debug, serde::Deserialize)]
struct PublishedZone {
    cloud: Cloud,
    resource_type: String,
    #[serde(deserialize_with = "list")]
    group_ids: Vec<String>,
    zone: String,
}

fn published_zones() -> Vec<PublishedZone> {
    rows(include_str!("published_zones.csv"))
}

#[test]
fn the_types_of_the_catalogue_and_those_left_out_are_those_that_are_published() {
    let lower = |names: Vec<String>| names.iter().map(|name| name.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    let published: Vec<String> = rows(include_str!("published_types.csv"));
    let coverage = Catalogue::known().coverage();
    assert_eq!(published.len(), coverage.published_types());
    let of_catalogue = Catalogue::known().target_types().iter().map(|row| row.resource_type.clone());
    let left_out = coverage.left_out.iter().filter(|one| one.what == Published::Type);
    let ours = of_catalogue.chain(left_out.map(|one| one.resource_type.clone())).collect();
    assert_eq!(lower(published), lower(ours));
}

#[test]
fn every_published_zone_is_known_for_its_group_ids_or_left_out() {
    let coverage = Catalogue::known().coverage();
    for row in published_zones() {
        let PublishedZone { cloud, resource_type, group_ids, zone } = &row;
        let is_known = |group_id: &String| {
            let group_id = std::slice::from_ref(group_id);
            Catalogue::known().zones().any(|known| {
                known.cloud == *cloud
                    && known.resource_type.eq_ignore_ascii_case(resource_type)
                    && known.private_zone == *zone
                    && known.is_for(group_id)
            })
        };
        let is_left_out = coverage.left_out.iter().any(|left_out| {
            left_out.cloud == Some(*cloud)
                && left_out.resource_type.eq_ignore_ascii_case(resource_type)
                && left_out.zone.as_ref() == Some(zone)
        });
        assert!(!group_ids.is_empty() && (group_ids.iter().all(is_known) || is_left_out), "{row:?}");
    }
}

#[test]
fn zones_that_are_not_published_are_counted_as_inferred() {
    let published = published_zones();
    for count in Catalogue::known().coverage().zones {
        let published: BTreeSet<&str> =
            published.iter().filter(|row| row.cloud == count.cloud).map(|row| row.zone.as_str()).collect();
        let ours = Catalogue::known().zones().filter(|zone| zone.cloud == count.cloud);
        let ours: BTreeSet<&str> = ours.map(|zone| zone.private_zone.as_str()).collect();
        assert_eq!(count.published, published.len(), "{count:?}");
        assert_eq!(count.known, ours.intersection(&published).count(), "{count:?}");
        assert_eq!(count.inferred, ours.difference(&published).count(), "{count:?}");
    }
}

#[test]
fn the_count_of_zones_has_each_cloud_once() {
    let zones = Catalogue::known().coverage().zones;
    let counts: Vec<_> =
        zones.iter().map(|count| (count.cloud, count.known, count.published, count.inferred)).collect();
    assert_eq!(counts, [(Cloud::Public, 91, 93, 6), (Cloud::Government, 53, 56, 0), (Cloud::China, 33, 33, 0)]);
}

#[test]
fn what_is_learned_at_run_time_is_told_by_name() {
    let coverage = Catalogue::known().coverage();
    let learned = [
        "microsoft.aadiam/privateLinkForAzureAd",
        "Microsoft.AgFoodPlatform/farmBeats",
        "Microsoft.Chaos/privateAccesses",
        "Microsoft.DataReplication/replicationVaults",
        "Microsoft.Discovery/bookshelves",
        "Microsoft.Discovery/workspaces",
        "Microsoft.DurableTask/schedulers",
        "Microsoft.FluidRelay/fluidRelayServers",
        "Microsoft.HardwareSecurityModules/cloudHsmClusters",
        "Microsoft.HardwareSecurityModules/paymentHsmClusters",
        "Microsoft.HealthcareApis/services",
        "Microsoft.HealthDataAIServices/deidServices",
        "Microsoft.HorizonDb/clusters",
        "Microsoft.KubernetesConfiguration/privateLinkScopes",
        "Microsoft.NotificationHubs/namespaces",
        "Microsoft.OffAzure/masterSites",
        "Microsoft.OnlineExperimentation/workspaces",
        "Microsoft.OpenEnergyPlatform/energyServices",
        "Microsoft.PowerPlatform/enterprisePolicies",
        "Microsoft.TimeSeriesInsights/environments",
    ];
    assert_eq!(coverage.learned, learned);
    assert_eq!(coverage.not_approvable, ["Microsoft.Chaos/privateAccesses", "Microsoft.Synapse/privateLinkHubs"]);
}
