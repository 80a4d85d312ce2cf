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

#[test]
fn zones_are_counted_once_for_each_cloud() {
    let coverage = Catalogue::known().coverage();
    let clouds: Vec<Cloud> = coverage.zones.iter().map(|(cloud, _)| *cloud).collect();
    assert_eq!(clouds, Cloud::ALL);
    for (cloud, count) in &coverage.zones {
        let zones = Catalogue::known().zones().filter(|zone| zone.cloud == *cloud);
        let zones: BTreeSet<&str> = zones.map(|zone| zone.private_zone.as_str()).collect();
        assert_eq!(*count, zones.len());
        let left_out = coverage.left_out.iter().filter(|row| row.cloud == Some(*cloud) && row.zone.is_some()).count();
        assert_eq!(coverage.published_zones(*cloud), count + left_out);
    }
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
