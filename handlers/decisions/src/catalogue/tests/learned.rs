//! What a provider tells, taken with caution.

use super::*;
use crate::catalogue::learned::{PrivateLinkResource, best_api_version};

fn told(group_id: Option<&str>, zones: &[&str]) -> PrivateLinkResource {
    PrivateLinkResource { group_id: group_id.map(str::to_owned), required_zone_names: owned(zones) }
}

fn unknown() -> TargetType {
    Catalogue::known().unknown_type("Contoso.Widgets/factories", "2026-01-01")
}

/// The zones that are learned for an unknown type, as `public suffix -> zone`.
fn zones_of(zones: &[&str]) -> Vec<String> {
    let learned = unknown().with_private_link_resources(Cloud::Public, &[told(Some("widget"), zones)]);
    learned.zones.iter().map(|zone| format!("{} -> {}", zone.public_suffix, zone.private_zone)).collect()
}

#[test]
fn an_unknown_type_is_treated_as_most_are() {
    let row = unknown();
    assert_eq!((row.resource_type.as_str(), row.api_version.as_str()), ("Contoso.Widgets/factories", "2026-01-01"));
    assert!(row.can_be_approved() && row.lacks_zones() && row.group_ids.may_have("any"));
    assert!(row.is_settling("Updating") && !row.is_settling("Succeeded") && !row.is_settling("Ready"));
    // It may mean that a decision is waited for, and then nothing else would ever end the wait.
    assert!(!row.is_settling("Pending") && !row.is_settling("pending"));
    assert_eq!(row.placement(Cloud::Public, &[], "it.widgets.azure.net"), None);
}

#[test]
fn a_type_without_a_row_can_have_published_zones() {
    let fabric = Catalogue::known().unknown_type("microsoft.fabric/PRIVATELINKSERVICESFORFABRIC", "2026-01-01");
    assert!(!fabric.lacks_zones());
    let placement = fabric.placement(Cloud::Public, &owned(&["workspace"]), "w.zab.fabric.microsoft.com").unwrap();
    assert_eq!(shown(placement.home()), "w.zab in privatelink.fabric.microsoft.com");
    assert!(Catalogue::known().named("Microsoft.Fabric/privateLinkServicesForFabric").is_none());
}

#[test]
fn what_a_resource_tells_fills_what_is_not_known() {
    let resources = [
        told(Some("api"), &["privatelink.widgets.azure.net", "privatelink.westeurope.widgets.azure.net"]),
        told(Some("data"), &["privatelink.data.widgets.azure.net"]),
        told(None, &["privatelink.nobody.azure.net"]),
    ];
    let learned = unknown().with_private_link_resources(Cloud::Public, &resources);
    assert_eq!(learned.group_ids, GroupIds::Listed(owned(&["api", "data"])));
    assert_eq!((learned.zones.len(), learned.lacks_zones(), learned.naming), (3, false, Naming::Azure));
    let place = |group_id: &str, fqdn: &str| {
        let placement = learned.placement(Cloud::Public, &owned(&[group_id]), fqdn);
        placement.map_or("nowhere".to_owned(), |placement| shown(placement.home()))
    };
    assert_eq!(place("api", "it.widgets.azure.net"), "it in privatelink.widgets.azure.net");
    assert_eq!(place("api", "it.westeurope.widgets.azure.net"), "it in privatelink.westeurope.widgets.azure.net");
    assert_eq!(place("api", "it.northeurope.widgets.azure.net"), "it.northeurope in privatelink.widgets.azure.net");
    assert_eq!(place("data", "it.data.widgets.azure.net"), "it in privatelink.data.widgets.azure.net");
    assert_eq!(place("data", "it.widgets.azure.net"), "nowhere");
    assert_eq!(place("api", "it.nobody.azure.net"), "nowhere");
    let placement = learned.placement(Cloud::Public, &[], "it.widgets.azure.net").unwrap();
    assert_eq!((placement.port, placement.is_shared), (None, false));
    // What one cloud's provider tells is nothing for another's.
    assert_eq!(learned.placement(Cloud::China, &[], "it.widgets.azure.net"), None);
}

#[test]
fn what_is_known_is_not_overridden_by_a_resource() {
    let vault = of_type("Microsoft.KeyVault/vaults");
    let evil = [told(Some("evil"), &["privatelink.blob.core.windows.net"])];
    let learned = vault.with_private_link_resources(Cloud::Public, &evil);
    assert_eq!((&learned.group_ids, learned.zones.len()), (&vault.group_ids, vault.zones.len()));
    let gateway = of_type("Microsoft.Network/applicationGateways");
    let learned = gateway.with_private_link_resources(Cloud::Public, &evil);
    assert_eq!((&learned.group_ids, learned.zones.len()), (&GroupIds::ChosenByOwner, 0));
    // Published group ids stay, and only the zones are learned.
    let hubs = of_type("Microsoft.NotificationHubs/namespaces");
    assert!(hubs.lacks_zones());
    let zone = told(Some("namespace"), &["privatelink.servicebus.windows.net"]);
    let learned = hubs.with_private_link_resources(Cloud::Public, &[zone]);
    assert_eq!(learned.group_ids, hubs.group_ids);
    let placement = learned.placement(Cloud::Public, &owned(&["namespace"]), "n.servicebus.windows.net").unwrap();
    assert_eq!(shown(placement.home()), "n in privatelink.servicebus.windows.net");
}

#[test]
fn zones_that_are_published_for_one_cloud_alone_are_learned_in_another() {
    let modules = of_type("Microsoft.KeyVault/managedHSMs");
    assert!(
        !modules.lacks_zones() && !modules.lacks_zones_in(Cloud::Public) && modules.lacks_zones_in(Cloud::Government)
    );
    let zone = told(Some("managedhsm"), &["privatelink.managedhsm.usgovcloudapi.net"]);
    let learned = modules.with_private_link_resources(Cloud::Government, std::slice::from_ref(&zone));
    let place = |cloud: Cloud, fqdn: &str| {
        let placement = learned.placement(cloud, &owned(&["managedhsm"]), fqdn);
        placement.map_or("nowhere".to_owned(), |placement| shown(placement.home()))
    };
    let told_zone = "m in privatelink.managedhsm.usgovcloudapi.net";
    assert_eq!(place(Cloud::Government, "m.managedhsm.usgovcloudapi.net"), told_zone);
    assert_eq!(place(Cloud::Public, "m.managedhsm.azure.net"), "m in privatelink.managedhsm.azure.net");
    assert_eq!(place(Cloud::Public, "m.managedhsm.usgovcloudapi.net"), "nowhere");
    // Where they are published, nothing is learned.
    let public = modules.with_private_link_resources(Cloud::Public, &[zone]);
    assert_eq!(public.zones.len(), modules.zones.len());
    // A provider that names none may be asked again; its names are never taken for their owner's.
    let silent = modules.with_private_link_resources(Cloud::Government, &[]);
    assert_eq!((silent.naming, silent.lacks_zones_in(Cloud::Government)), (Naming::Azure, true));
}

#[test]
fn a_type_whose_resources_name_no_zones_still_lacks_them() {
    for resources in [vec![], vec![told(Some("api"), &[])], vec![told(None, &["privatelink.x.azure.net"])]] {
        let learned = unknown().with_private_link_resources(Cloud::Public, &resources);
        assert_eq!((learned.naming, learned.zones.len(), learned.lacks_zones()), (Naming::Azure, 0, true));
    }
    let silent = unknown().with_private_link_resources(Cloud::Public, &[]);
    assert_eq!(silent.group_ids, GroupIds::Unpublished);
}

#[test]
fn a_group_id_that_would_stand_for_others_is_not_learned() {
    let zone = &["privatelink.widgets.azure.net"];
    let learned = |ids: &[&str]| {
        let resources: Vec<PrivateLinkResource> = ids.iter().map(|id| told(Some(id), zone)).collect();
        unknown().with_private_link_resources(Cloud::Public, &resources)
    };
    for id in ["*", "api*", "a*b"] {
        let row = learned(&[id]);
        assert_eq!((row.group_ids, row.zones.len()), (GroupIds::Unpublished, 0), "{id}");
    }
    let row = learned(&["*", "api", "data*"]);
    assert_eq!(row.group_ids, GroupIds::Listed(owned(&["api"])));
    assert_eq!(row.zones.iter().map(|zone| zone.group_ids.concat()).collect::<Vec<_>>(), ["api"]);
}

#[test]
fn a_type_without_a_row_gets_no_zone_among_the_names_of_others() {
    let zones = [
        "privatelink.blob.core.windows.net",
        "PRIVATELINK.vaultcore.azure.net.",
        "privatelink.blob.core.chinacloudapi.cn",
        "privatelink.widgets.azure.net",
    ];
    let learned = unknown().with_private_link_resources(Cloud::Public, &[told(Some("widget"), &zones)]);
    assert_eq!(learned.zones.len(), zones.len());
    let own = Catalogue::known().without_zones_of_others(learned);
    let own: Vec<&str> = own.zones.iter().map(|zone| zone.private_zone.as_str()).collect();
    assert_eq!(own, ["privatelink.widgets.azure.net"]);
}

#[test]
fn a_zone_that_a_provider_names_is_taken_only_where_it_is_plain() {
    let cases = [
        ("privatelink.widgets.azure.net", Some("widgets.azure.net -> privatelink.widgets.azure.net")),
        ("PrivateLink.Widgets.Azure.NET", Some("widgets.azure.net -> privatelink.widgets.azure.net")),
        ("privatelink.widgets.azure.net.", Some("widgets.azure.net -> privatelink.widgets.azure.net")),
        ("privatelink.widgets.azure.net...", Some("widgets.azure.net -> privatelink.widgets.azure.net")),
        ("abc.privatelink.widgets.azure.net", Some("abc.widgets.azure.net -> abc.privatelink.widgets.azure.net")),
        ("privatelink-global.widgets.azure.net", Some("widgets.azure.net -> privatelink-global.widgets.azure.net")),
        ("privatelink.{regionName}.widgets.azure.net", None),
        ("privatelink.<region>.widgets.azure.net", None),
        ("privatelink.*.widgets.azure.net", None),
        ("*.privatelink.widgets.azure.net", None),
        ("privatelinked.azure.net", None),
        ("widgets.azure.net", None),
        ("privatelink.com", None),
        ("com.privatelink", None),
        ("privatelink", None),
        ("privatelink..azure.net", None),
        (".privatelink.azure.net", None),
        ("privatelink.größe.azure.net", None),
        ("privatelink.../../x.azure.net", None),
        ("../privatelink.azure.net", None),
        ("privatelink.a_b.azure.net", None),
        ("privatelink.a%2fb.azure.net", None),
        ("privatelink.a b.azure.net", None),
        ("privatelink.widgets.azure.net\n", None),
        ("", None),
        (".", None),
    ];
    for (zone, expected) in cases {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(zones_of(&[zone]), expected, "{zone:?}");
    }
    assert_eq!(zones_of(&["privatelink.{region}.a.azure.net", "privatelink.b.azure.net"]).len(), 1);
}

#[test]
fn an_entry_of_private_link_resources_is_read_whatever_else_it_has() {
    let read = |text: &str| serde_json::from_str::<PrivateLinkResource>(text).unwrap();
    let zone = "privatelink.blob.core.windows.net";
    let full = format!(r#"{{"groupId":"blob","requiredMembers":["blob"],"requiredZoneNames":["{zone}"]}}"#);
    assert_eq!(read(&full), told(Some("blob"), &[zone]));
    assert_eq!(read("{}"), told(None, &[]));
}

#[test]
fn another_api_version_changes_nothing_else() {
    let vault = of_type("Microsoft.KeyVault/vaults");
    let other = vault.with_api_version("2023-07-01");
    assert_eq!((other.api_version.as_str(), &other.group_ids), ("2023-07-01", &vault.group_ids));
    assert_eq!((other.approval, other.listing, other.zones.len()), (vault.approval, vault.listing, vault.zones.len()));
    assert_ne!(other.source, vault.source);
}

#[test]
fn the_api_version_is_ours_or_the_newest_stable_one_before_it() {
    let cases: [(&[&str], Option<&str>, Option<&str>); 14] = [
        (&["2024-01-01", "2025-01-01", "2026-01-01"], Some("2025-06-30"), Some("2025-01-01")),
        (&["2026-01-01", "2025-01-01", "2024-01-01"], Some("2025-06-30"), Some("2025-01-01")),
        (&["2024-01-01", "2025-01-01"], Some("2024-01-01"), Some("2024-01-01")),
        (&["2024-01-01", "2025-01-01"], Some("2023-01-01"), Some("2024-01-01")),
        (&["2024-01-01", "2025-01-01-preview"], Some("2025-06-30"), Some("2024-01-01")),
        (&["2026-01-01-preview", "2026-02-01"], Some("2025-06-30"), Some("2026-02-01")),
        (&["2023-01-01-preview", "2024-01-01-privatepreview"], Some("2025-06-30"), Some("2024-01-01-privatepreview")),
        (&["2023-01-01-beta", "2022-01-01"], None, Some("2022-01-01")),
        (&["2024-01-01", "2025-01-01"], None, Some("2025-01-01")),
        (&["2024-01-01-preview"], None, Some("2024-01-01-preview")),
        // A preview that the catalogue was made for is better known than any other.
        (&["2021-09-01-preview", "2023-06-01-preview"], Some("2021-09-01-preview"), Some("2021-09-01-preview")),
        (&["2021-09-01-preview", "2021-01-01"], Some("2021-09-01-preview"), Some("2021-09-01-preview")),
        (&[], None, None),
        (&[], Some("2025-06-30"), None),
    ];
    for (offered, ours, expected) in cases {
        assert_eq!(best_api_version(offered, ours), expected, "{offered:?} {ours:?}");
    }
}
