use super::*;
use crate::allowlist::ZoneScope;
use crate::catalogue::{Catalogue, Cloud, Place};

const NET: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks";

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

fn network(name: &str) -> ResourceId {
    id(&format!("{NET}/{name}"))
}

fn endpoint(name: &str) -> ResourceId {
    id(&format!(
        "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/{name}"
    ))
}

fn zone_id(resource_group: &str, name: &str) -> ResourceId {
    id(&format!(
        "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/{resource_group}/providers/Microsoft.Network/privateDnsZones/{name}"
    ))
}

fn zone(resource_group: &str, name: &str, linked: &[&str], link: LinkRule) -> Zone {
    let linked_networks = linked.iter().map(|name| network(name)).collect();
    Zone { id: zone_id(resource_group, name), name: name.to_owned(), linked_networks, is_new: false, link }
}

const PRIVATE: &str = "privatelink.cloud.defender.microsoft.com";
const PUBLIC: &str = "cloud.defender.microsoft.com";

fn placement() -> Placement {
    let place = |zone: &str| Place { zone: zone.to_owned(), record_name: "api".to_owned() };
    Placement {
        places: vec![place(PRIVATE), place(PUBLIC)],
        home: 0,
        port: Some(443),
        is_shared: false,
        first_labels: Vec::new(),
    }
}

fn addresses(text: &str) -> Vec<IpAddr> {
    text.split_whitespace().map(|address| address.parse().unwrap()).collect()
}

/// The name with a zone that serves it and no record yet. Its addresses are of one family.
fn observed(fqdn: &str, own: &str) -> ObservedName {
    let addresses = addresses(own);
    ObservedName {
        record_type: addresses.first().map_or(RecordType::A, |address| RecordType::of(*address)),
        name: EndpointName { fqdn: fqdn.to_owned(), addresses },
        placement: Some(placement()),
        is_targets: true,
        zone: ZoneChoice::Found(zone("rg-dns", PRIVATE, &["spoke"], LinkRule::EndpointNetwork), "api".to_owned()),
        record: RecordSight::Absent,
        owner_is_gone: false,
    }
}

fn record(of: RecordOwner, holding: &str) -> RecordSight {
    let addresses = addresses(holding);
    RecordSight::Present(RecordSet { etag: "e1".to_owned(), addresses, owner: of })
}

/// What is planned, in one line.
fn shown(step: &RecordStep) -> String {
    match step {
        RecordStep::Keep => "keep".to_owned(),
        RecordStep::Create(record_set, addresses) => format!("create {} {addresses:?}", named(record_set)),
        RecordStep::Replace(record_set, addresses, etag) => {
            format!("replace {} {addresses:?} if {etag}", named(record_set))
        }
        RecordStep::CreateZone(new_zone) => format!("create zone {}", new_zone.zone.name()),
        RecordStep::Report(report) => format!("report {report}"),
    }
}

/// The record's name, and its type where it is not A.
fn named(record_set: &RecordSetRef) -> String {
    match record_set.record_type {
        RecordType::A => record_set.name.clone(),
        RecordType::Aaaa => format!("AAAA {}", record_set.name),
    }
}

fn check(observed: &ObservedName, expected: &str) {
    assert_eq!(shown(&plan_record(observed, &endpoint("pe-app"))), expected, "{observed:?}");
}

#[test]
fn each_row_of_the_table_has_its_step() {
    use RecordOwner::{Endpoint, Somebody, ZoneGroup};
    let ours = || Endpoint(endpoint("PE-APP"));
    let other = || Endpoint(endpoint("pe-other"));
    let of_group = || ZoneGroup("created by private endpoint pe-x".to_owned());
    let lives = "report conflict: A api.privatelink.cloud.defender.microsoft.com in rg-dns belongs to endpoint /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe-other, which lives; it is left as it is";
    let not_ours = |whose: &str| {
        format!(
            "report conflict: A api.privatelink.cloud.defender.microsoft.com in rg-dns leads elsewhere and is not ours ({whose}); it is left as it is"
        )
    };
    let replace = "replace api [10.0.0.4] if e1";
    let cases = [
        (RecordSight::Absent, false, "create api [10.0.0.4]"),
        (RecordSight::NotRead, false, "create api [10.0.0.4]"),
        (record(ours(), "10.0.0.4"), false, "keep"),
        (record(ours(), "10.0.0.5"), false, replace),
        (record(ours(), "10.0.0.4 10.0.0.5"), false, replace),
        (record(ours(), ""), false, replace),
        (record(other(), "10.0.0.5"), true, replace),
        (record(other(), "10.0.0.4"), true, replace),
        (record(other(), "10.0.0.5"), false, lives),
        (record(other(), "10.0.0.4"), false, lives),
        (record(of_group(), "10.0.0.4"), false, "keep"),
        (record(of_group(), "10.0.0.5"), false, &not_ours("created by private endpoint pe-x")),
        (record(of_group(), "10.0.0.5"), true, &not_ours("created by private endpoint pe-x")),
        (record(Somebody, "10.0.0.4"), false, "keep"),
        (record(Somebody, "10.0.0.5"), false, &not_ours("its metadata names no owner")),
        (record(Somebody, "10.0.0.5"), true, &not_ours("its metadata names no owner")),
    ];
    for (record, owner_is_gone, expected) in cases {
        check(
            &ObservedName { record, owner_is_gone, ..observed("api.cloud.defender.microsoft.com", "10.0.0.4") },
            expected,
        );
    }
}

#[test]
fn a_name_without_a_zone_or_an_address_is_reported() {
    let name = || observed("api.cloud.defender.microsoft.com", "10.0.0.4");
    let far = zone_id("rg-dns", PRIVATE);
    check(
        &ObservedName { placement: None, ..name() },
        "report no private DNS zone is known for this name, so it gets no record; if it needs one, write it by hand",
    );
    let not_the_targets = "report names of this type begin with the target's own name, and this one does not; it gets no record: look at who wrote the endpoint's DNS configuration";
    check(&ObservedName { is_targets: false, ..name() }, not_the_targets);
    let by_somebody = ObservedName { is_targets: false, record: record(RecordOwner::Somebody, "10.0.0.4"), ..name() };
    check(&by_somebody, not_the_targets);
    let of_new_zone = ZoneChoice::ToCreate(NewZone { zone: far.clone(), network: network("spoke") });
    check(&ObservedName { is_targets: false, zone: of_new_zone, ..name() }, not_the_targets);
    check(
        &ObservedName { zone: ZoneChoice::Missing, ..name() },
        "report zone privatelink.cloud.defender.microsoft.com is in none of the resource groups under dns.zones; create it there and link it",
    );
    check(
        &ObservedName { zone: ZoneChoice::NotLinked(far), ..name() },
        "report zone privatelink.cloud.defender.microsoft.com in rg-dns is not linked to the endpoint's network; link it, or set `link: any_network` for its group",
    );
    check(&observed("x", ""), "report the endpoint reports no address for it");
    check(&observed("x", "fd00::4"), "create AAAA api [fd00::4]");
}

#[test]
fn addresses_are_compared_as_a_set() {
    let ours = || RecordOwner::Endpoint(endpoint("pe-app"));
    let cases = [
        ("10.0.0.5 10.0.0.4", RecordSight::Absent, "create api [10.0.0.4, 10.0.0.5]"),
        ("10.0.0.4 10.0.0.4", RecordSight::Absent, "create api [10.0.0.4]"),
        ("fd00::5 fd00::4 fd00:0::5", RecordSight::Absent, "create AAAA api [fd00::4, fd00::5]"),
        ("fd00::5 fd00::4", record(ours(), "fd00::4 fd00:0::5"), "keep"),
        ("fd00::4", record(ours(), "fd00::5"), "replace AAAA api [fd00::4] if e1"),
        ("10.0.0.5 10.0.0.4", record(ours(), "10.0.0.4 10.0.0.5"), "keep"),
    ];
    for (own, record, expected) in cases {
        check(&ObservedName { record, ..observed("api.cloud.defender.microsoft.com", own) }, expected);
    }
}

#[test]
fn names_that_share_a_record_set_share_its_addresses() {
    let names = [observed("a.example", "10.0.0.4"), observed("b.example", "10.0.0.5 10.0.0.4")];
    let steps = plan_records(&names, &endpoint("pe-app"));
    let shown: Vec<(&str, String)> = steps.iter().map(|(fqdn, step)| (fqdn.as_str(), shown(step))).collect();
    assert_eq!(shown, [("a.example", "create api [10.0.0.4, 10.0.0.5]".to_owned())]);
}

#[test]
fn a_record_set_of_each_type_is_shared_by_itself() {
    let names = ["10.0.0.4", "fd00::4", "10.0.0.5", "fd00::5"].map(|address| observed("a.example", address));
    let steps = plan_records(&names, &endpoint("pe-app"));
    let steps: Vec<String> = steps.iter().map(|(_, step)| shown(step)).collect();
    assert_eq!(steps, ["create api [10.0.0.4, 10.0.0.5]", "create AAAA api [fd00::4, fd00::5]"]);
}

#[test]
fn a_name_needs_a_record_for_each_family_of_its_addresses() {
    let cases = [
        ("10.0.0.4", "A 10.0.0.4"),
        ("fd00::4", "AAAA fd00::4"),
        ("fd00::4 10.0.0.4 10.0.0.5", "A 10.0.0.4 10.0.0.5, AAAA fd00::4"),
        // An address in the form of the other family is of the one that it is written in.
        ("::ffff:10.0.0.4", "AAAA ::ffff:10.0.0.4"),
        ("", "A"),
    ];
    for (own, expected) in cases {
        let name = EndpointName { fqdn: "a.example".to_owned(), addresses: addresses(own) };
        let by_type: Vec<String> = ObservedName::by_record_type(&name)
            .iter()
            .map(|(record_type, of_type)| {
                assert_eq!(of_type.fqdn, name.fqdn);
                let addresses = of_type.addresses.iter().map(|address| format!(" {address}"));
                format!("{record_type}{}", addresses.collect::<String>())
            })
            .collect();
        assert_eq!(by_type.join(", "), expected, "{own}");
    }
}

#[test]
fn a_conflict_about_a_shared_name_says_what_can_be_done() {
    let shared = Placement { is_shared: true, ..placement() };
    let shared = |record| ObservedName { placement: Some(shared.clone()), record, ..observed("a.example", "10.0.0.4") };
    let remedy = "; resources of this type share the name, so only one endpoint of them can have it in a zone: use a zone of its own, or one endpoint for all";
    let begin = "report conflict: A api.privatelink.cloud.defender.microsoft.com in rg-dns";
    let other = endpoint("pe-other");
    check(
        &shared(record(RecordOwner::Endpoint(other.clone()), "10.0.0.5")),
        &format!("{begin} belongs to endpoint {other}, which lives; it is left as it is{remedy}"),
    );
    check(
        &shared(record(RecordOwner::ZoneGroup("created by private endpoint pe-x\n".to_owned()), "10.0.0.5")),
        &format!(
            "{begin} leads elsewhere and is not ours (created by private endpoint pe-x\\n); it is left as it is{remedy}"
        ),
    );
    // The same table holds for shared names: whoever has it keeps it, and what agrees is left alone.
    check(&shared(RecordSight::Absent), "create api [10.0.0.4]");
    check(
        &shared(record(RecordOwner::Endpoint(other), "10.0.0.4")),
        &format!("{begin} belongs to endpoint {}, which lives; it is left as it is{remedy}", endpoint("pe-other")),
    );
    check(&shared(record(RecordOwner::Somebody, "10.0.0.4")), "keep");
}

#[test]
fn the_zone_that_is_found_has_its_own_name_for_the_record() {
    let aks = Catalogue::known().named("Microsoft.ContainerService/managedClusters").unwrap();
    let fqdn = "c-1.abc.privatelink.westeurope.azmk8s.io";
    let placement = aks.placement(Cloud::Public, &[], fqdn).unwrap();
    let (home, subzone) = ("privatelink.westeurope.azmk8s.io", "abc.privatelink.westeurope.azmk8s.io");
    // Only those without a `!` are linked to the endpoint's network.
    let chosen = |zones: &[&str]| {
        let one = |name: &&str| match name.strip_prefix('!') {
            Some(name) => zone("a", name, &["hub"], LinkRule::EndpointNetwork),
            None => zone("a", name, &["spoke"], LinkRule::EndpointNetwork),
        };
        let zones: Vec<Zone> = zones.iter().map(one).collect();
        match choose_zone(&placement, &zones, Some(&network("spoke")), &DnsOptions::NONE) {
            ZoneChoice::Found(zone, name) => format!("{name} in {}", zone.name),
            ZoneChoice::NotLinked(id) => format!("{} is not linked", id.name()),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(chosen(&[home]), format!("c-1.abc in {home}"));
    assert_eq!(chosen(&[subzone]), format!("c-1 in {subzone}"));
    assert_eq!(chosen(&[home, subzone]), format!("c-1 in {subzone}"));
    assert_eq!(chosen(&["westeurope.azmk8s.io"]), "Missing");
    // The network's resolver does not see a zone that is not linked; the next one has the name.
    let (far_home, far_subzone) = (format!("!{home}"), format!("!{subzone}"));
    assert_eq!(chosen(&[&far_subzone, home]), format!("c-1.abc in {home}"));
    assert_eq!(chosen(&[&far_subzone]), format!("{subzone} is not linked"));
    assert_eq!(chosen(&[&far_subzone, &far_home]), format!("{subzone} is not linked"));
    assert_eq!(chosen(&[&far_home, subzone]), format!("c-1 in {subzone}"));
}

#[test]
fn names_without_a_record_set_are_reported_one_by_one() {
    let lost = |fqdn: &str| ObservedName { zone: ZoneChoice::Missing, ..observed(fqdn, "10.0.0.4") };
    let steps = plan_records(&[lost("a.example"), lost("b.example")], &endpoint("pe-app"));
    let fqdns: Vec<&str> = steps.iter().map(|(fqdn, _)| fqdn.as_str()).collect();
    assert_eq!(fqdns, ["a.example", "b.example"]);
}

#[test]
fn the_privatelink_zone_is_chosen_before_the_public_one() {
    use LinkRule::{AnyNetwork, EndpointNetwork};
    let own = |group: &str, name: &str, linked: &[&str]| zone(group, name, linked, EndpointNetwork);
    let hub = |group: &str, name: &str, linked: &[&str]| zone(group, name, linked, AnyNetwork);
    let cases = [
        ("none is configured", vec![], "missing"),
        ("only others are", vec![own("a", "privatelink.azurecr.io", &["spoke"])], "missing"),
        (
            "both are",
            vec![own("a", PUBLIC, &["spoke"]), own("b", PRIVATE, &["spoke"])],
            "found b/privatelink.cloud.defender.microsoft.com",
        ),
        ("only the public one is", vec![own("a", PUBLIC, &["spoke"])], "found a/cloud.defender.microsoft.com"),
        (
            "the private one is not linked",
            vec![own("a", PUBLIC, &["spoke"]), own("b", PRIVATE, &["hub"])],
            "not linked b/privatelink.cloud.defender.microsoft.com",
        ),
        (
            "the first is not linked",
            vec![own("a", PRIVATE, &["hub"]), own("b", PRIVATE, &["hub", "SPOKE"])],
            "found b/privatelink.cloud.defender.microsoft.com",
        ),
        (
            "two are linked",
            vec![own("a", PRIVATE, &["spoke"]), own("b", PRIVATE, &["spoke"])],
            "found a/privatelink.cloud.defender.microsoft.com",
        ),
        (
            "none is linked",
            vec![own("a", PRIVATE, &[]), own("b", PRIVATE, &["hub"])],
            "not linked a/privatelink.cloud.defender.microsoft.com",
        ),
        ("any link will do", vec![hub("a", PRIVATE, &["hub"])], "found a/privatelink.cloud.defender.microsoft.com"),
        (
            "any link will do and there is none",
            vec![hub("a", PRIVATE, &[])],
            "not linked a/privatelink.cloud.defender.microsoft.com",
        ),
        ("the public one is not linked", vec![own("a", PUBLIC, &["hub"])], "not linked a/cloud.defender.microsoft.com"),
    ];
    for (case, zones, expected) in cases {
        assert_eq!(chosen(&zones, Some(&network("spoke"))), expected, "{case}");
    }
}

#[test]
fn an_unknown_network_is_served_only_where_any_link_will_do() {
    let own = zone("a", PRIVATE, &["spoke"], LinkRule::EndpointNetwork);
    let hub = zone("b", PRIVATE, &["hub"], LinkRule::AnyNetwork);
    assert_eq!(chosen(std::slice::from_ref(&own), None), "not linked a/privatelink.cloud.defender.microsoft.com");
    assert_eq!(chosen(&[own, hub], None), "found b/privatelink.cloud.defender.microsoft.com");
}

fn chosen(zones: &[Zone], network: Option<&ResourceId>) -> String {
    chosen_by(&DnsOptions::NONE, zones, network)
}

/// The choice where missing zones are made in the group `b`, or for `private` zones by an override in `c`.
#[test]
fn a_missing_zone_is_made_where_the_file_says() {
    let scope = |group: &str| ZoneScope {
        subscription: "33333333-3333-3333-3333-333333333333".to_owned(),
        resource_group: group.to_owned(),
        link: LinkRule::EndpointNetwork,
    };
    let mut options = DnsOptions { zones: vec![scope("b")], create_missing_zones: true, ..DnsOptions::NONE };
    let spoke = network("spoke");
    assert_eq!(chosen_by(&options, &[], Some(&spoke)), format!("create b/{PRIVATE}"));
    assert_eq!(chosen_by(&options, &[], None), "missing");
    let unlinked = zone("b", PRIVATE, &[], LinkRule::EndpointNetwork);
    assert_eq!(chosen_by(&options, std::slice::from_ref(&unlinked), Some(&spoke)), format!("not linked b/{PRIVATE}"));
    // Whoever made it died before the link.
    let half_made = Zone { is_new: true, ..unlinked };
    assert_eq!(chosen_by(&options, std::slice::from_ref(&half_made), Some(&spoke)), format!("create b/{PRIVATE}"));
    assert_eq!(chosen_by(&options, std::slice::from_ref(&half_made), None), format!("not linked b/{PRIVATE}"));
    assert_eq!(chosen(std::slice::from_ref(&half_made), Some(&spoke)), format!("not linked b/{PRIVATE}"));
    let linked_elsewhere = Zone { linked_networks: vec![network("hub")], ..half_made.clone() };
    assert_eq!(chosen_by(&options, &[linked_elsewhere], Some(&spoke)), format!("not linked b/{PRIVATE}"));
    let elsewhere = Zone { is_new: true, ..zone("a", PRIVATE, &[], LinkRule::EndpointNetwork) };
    assert_eq!(chosen_by(&options, &[elsewhere], Some(&spoke)), format!("not linked a/{PRIVATE}"));
    options.overrides.insert(PRIVATE.to_owned(), scope("c"));
    assert_eq!(chosen_by(&options, &[], Some(&spoke)), format!("create c/{PRIVATE}"));
    assert!(options.admits(&scope("c"), PRIVATE) && !options.admits(&scope("b"), PRIVATE));
    assert!(options.admits(&scope("b"), PUBLIC) && !options.admits(&scope("c"), PUBLIC));
    assert_eq!(options.scopes().count(), 2);
}

fn chosen_by(options: &DnsOptions, zones: &[Zone], network: Option<&ResourceId>) -> String {
    match choose_zone(&placement(), zones, network, options) {
        ZoneChoice::Found(zone, _) => format!("found {}/{}", zone.id.resource_group(), zone.name),
        ZoneChoice::NotLinked(id) => format!("not linked {}/{}", id.resource_group(), id.name()),
        ZoneChoice::ToCreate(new) => format!("create {}/{}", new.zone.resource_group(), new.zone.name()),
        ZoneChoice::Missing => "missing".to_owned(),
    }
}
