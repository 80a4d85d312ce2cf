use time::macros::datetime;

use super::*;
use crate::allowlist::LinkRule;
use crate::dns::Zone;
use crate::facts::{Connection, ConnectionRequest};

const RULES: &str = "
version: 1
rules:
  - { id: never, effect: reject, requester: { resource_group: rg-bad } }
  - { id: apps, effect: approve, target: { group_ids: blob }, requester: { resource_group: rg-app } }
";
const APPS: &str = "22222222-2222-2222-2222-222222222222";
const PRIVATE: &str = "privatelink.blob.core.windows.net";

fn id(subscription: &str, resource_group: &str, rest: &str) -> ResourceId {
    ResourceId::parse(&format!(
        "/subscriptions/{subscription}/resourceGroups/{resource_group}/providers/Microsoft.{rest}"
    ))
    .unwrap()
}

fn network() -> ResourceId {
    id(APPS, "rg-net", "Network/virtualNetworks/spoke")
}

fn endpoint_id(resource_group: &str, name: &str) -> ResourceId {
    id(APPS, resource_group, &format!("Network/privateEndpoints/{name}"))
}

/// An endpoint for the storage account of its own name, with one name and one address.
fn endpoint(resource_group: &str, name: &str, status: &str) -> Endpoint {
    let target = id(APPS, "rg-data", &format!("Storage/storageAccounts/{name}"));
    let fqdn = format!("{name}.blob.core.windows.net");
    Endpoint {
        id: endpoint_id(resource_group, name),
        location: None,
        provisioning_state: "Succeeded".to_owned(),
        requests: vec![ConnectionRequest {
            target: Some(target),
            group_ids: vec!["blob".to_owned()],
            status: ConnectionStatus::parse(status),
            message: None,
        }],
        virtual_network: Some(network()),
        network_interfaces: Vec::new(),
        names: vec![EndpointName { fqdn, addresses: vec!["10.0.0.4".parse().unwrap()] }],
    }
}

fn record(name: &str, address: &str, owner: RecordOwner) -> (RecordSetRef, RecordSet) {
    let zone = id(APPS, "rg-dns", &format!("Network/privateDnsZones/{PRIVATE}"));
    let record = RecordSet { etag: "e1".to_owned(), addresses: vec![address.parse().unwrap()], owner };
    let record_type = RecordType::of(record.addresses[0]);
    (RecordSetRef { zone, record_type, name: name.to_owned() }, record)
}

fn owned(name: &str, address: &str, owner: &str) -> (RecordSetRef, RecordSet) {
    record(name, address, RecordOwner::Endpoint(endpoint_id("rg-app", owner)))
}

fn listing(endpoints: Vec<Endpoint>, records: Vec<(RecordSetRef, RecordSet)>) -> Listing {
    let zone = Zone {
        id: id(APPS, "rg-dns", &format!("Network/privateDnsZones/{PRIVATE}")),
        name: PRIVATE.to_owned(),
        linked_networks: vec![network()],
        is_new: false,
        link: LinkRule::EndpointNetwork,
    };
    let subscriptions = BTreeMap::from([(APPS.to_owned(), None)]);
    Listing { endpoints, subscriptions, zones: vec![zone], records, are_records_whole: true, ..Listing::default() }
}

const NOW: OffsetDateTime = datetime!(2026-11-21 10:00 UTC);

/// What is to be done for things to be as they should be.
fn undone(listing: &Listing, allowlist: &Allowlist) -> BTreeSet<Subject> {
    find(listing, allowlist, Catalogue::known(), Cloud::Public, NOW).undone()
}

/// What all sweeps of this day find; whatever is not a proof is found by each.
fn sweeps_of_a_day(listing: &Listing, rules: &str) -> Vec<Findings> {
    let allowlist = Allowlist::parse(rules).unwrap();
    let times = (0..96).map(|sweep| NOW + time::Duration::minutes(15 * sweep));
    times.map(|now| find(listing, &allowlist, Catalogue::known(), Cloud::Public, now)).collect()
}

/// The names of the endpoints that the sweep finds, in lower case.
fn check(listing: &Listing, expected: &[&str]) {
    let allowlist = Allowlist::parse(RULES).unwrap();
    let found = undone(listing, &allowlist);
    let names: Vec<String> = found.iter().map(|subject| subject.id().name().to_ascii_lowercase()).collect();
    assert_eq!(names, expected);
    assert!(found.iter().all(|subject| matches!(subject, Subject::Endpoint(_))));
}

#[test]
fn what_is_as_it_should_be_is_left_alone() {
    check(&Listing::default(), &[]);
    check(&listing(vec![endpoint("rg-app", "good", "Approved")], vec![owned("GOOD", "10.0.0.4", "Good")]), &[]);
    let of_azure = record("good", "10.0.0.4", RecordOwner::ZoneGroup("created by private endpoint good".to_owned()));
    check(&listing(vec![endpoint("rg-app", "good", "Approved")], vec![of_azure]), &[]);
    let with_zone_group = Endpoint { names: Vec::new(), ..endpoint("rg-app", "good", "Approved") };
    check(&listing(vec![with_zone_group], vec![]), &[]);
}

#[test]
fn a_pending_connection_is_found_where_a_rule_decides_it() {
    let pending = |resource_group: &str| listing(vec![endpoint(resource_group, "pe", "Pending")], vec![]);
    check(&pending("rg-app"), &["pe"]);
    check(&pending("rg-bad"), &[]);
    check(&pending("rg-nobody"), &[]);
    let mut other_group = endpoint("rg-app", "pe", "Pending");
    other_group.requests[0].group_ids = vec!["file".to_owned()];
    check(&listing(vec![other_group], vec![]), &[]);
}

#[test]
fn what_becomes_of_pending_connections_is_for_the_file_to_say() {
    let found = |on_change: &str, resource_group: &str| {
        let allowlist =
            Allowlist::parse(&RULES.replace("version: 1\n", &format!("version: 1\n{on_change}\n"))).unwrap();
        let listing = listing(vec![endpoint(resource_group, "pe", "Pending")], vec![]);
        undone(&listing, &allowlist).len()
    };
    let cases = [("", 1, 0), ("on_change: report", 0, 0), ("on_change: reconcile", 1, 1)];
    for (on_change, approved, rejected) in cases {
        assert_eq!((found(on_change, "rg-app"), found(on_change, "rg-bad")), (approved, rejected), "{on_change}");
    }
}

#[test]
fn an_approved_endpoint_is_found_where_a_record_can_be_written() {
    let approved = || vec![endpoint("rg-app", "pe", "Approved")];
    check(&listing(approved(), vec![]), &["pe"]);
    check(&listing(approved(), vec![owned("pe", "10.0.0.9", "pe")]), &["pe"]);
    check(&listing(approved(), vec![record("pe", "10.0.0.9", RecordOwner::Somebody)]), &[]);
    check(&Listing { zones: vec![], ..listing(approved(), vec![]) }, &[]);
    check(&listing(vec![endpoint("rg-nobody", "pe", "Approved")], vec![]), &[]);
}

#[test]
fn a_name_that_is_not_the_targets_is_nothing_to_do() {
    let named = |fqdn: &str| {
        let mut endpoint = endpoint("rg-app", "pe", "Approved");
        endpoint.names[0].fqdn = fqdn.to_owned();
        listing(vec![endpoint], vec![])
    };
    check(&named("pe-secondary.blob.core.windows.net"), &["pe"]);
    check(&named("prod.blob.core.windows.net"), &[]);
    check(&named("pe2.blob.core.windows.net"), &[]);
    check(&named("*.blob.core.windows.net"), &[]);
}

#[test]
fn a_record_is_taken_over_only_from_an_endpoint_that_is_gone() {
    let taken = |others: Vec<Endpoint>| {
        let endpoints = [vec![endpoint("rg-app", "pe", "Approved")], others].concat();
        listing(endpoints, vec![owned("pe", "10.0.0.9", "other"), owned("other", "10.0.0.4", "other")])
    };
    check(&taken(vec![endpoint("rg-app", "other", "Approved")]), &[]);
    check(&taken(vec![]), &["other", "pe"]);
}

#[test]
fn a_final_or_strange_status_is_not_work() {
    for status in ["Rejected", "Disconnected", "Timeout"] {
        check(&listing(vec![endpoint("rg-app", "pe", status)], vec![]), &[]);
    }
    let mut by_alias = endpoint("rg-app", "pe", "Pending");
    by_alias.requests[0].target = None;
    check(&listing(vec![by_alias], vec![]), &[]);
}

#[test]
fn the_records_of_an_endpoint_that_is_gone_are_found_once() {
    let two = vec![owned("a", "10.0.0.4", "gone"), owned("b", "10.0.0.5", "GONE")];
    check(&listing(vec![], two), &["gone"]);
    check(&listing(vec![], vec![record("a", "10.0.0.4", RecordOwner::Somebody)]), &[]);
}

/// A subscription that we may not read must not look like one that was emptied.
#[test]
fn an_endpoint_is_missed_only_where_it_should_have_been_listed() {
    let unlisted = |endpoints: Vec<Endpoint>, records: Vec<(RecordSetRef, RecordSet)>| Listing {
        subscriptions: BTreeMap::new(),
        ..listing(endpoints, records)
    };
    check(&unlisted(vec![], vec![owned("a", "10.0.0.4", "gone")]), &[]);
    check(&unlisted(vec![endpoint("rg-app", "pe", "Approved")], vec![owned("pe", "10.0.0.9", "gone")]), &[]);
}

#[test]
fn among_ten_thousand_endpoints_exactly_those_that_lack_something_are_found() {
    let names: Vec<String> = (0..10_000).map(|n| format!("pe{n:04}")).collect();
    let endpoints = names.iter().map(|name| endpoint("rg-app", name, "Approved")).collect();
    let is_lost = |name: &&String| name.ends_with("777");
    let kept = names.iter().filter(|name| !is_lost(name));
    let records = kept.map(|name| owned(name, "10.0.0.4", name)).collect();
    let lost: Vec<&str> = names.iter().filter(is_lost).map(String::as_str).collect();
    assert_eq!(lost.len(), 10);
    check(&listing(endpoints, records), &lost);
}

#[test]
fn an_endpoint_with_both_families_lacks_each_record_by_itself() {
    let dual = |own: &[&str]| {
        let mut endpoint = endpoint("rg-app", "pe", "Approved");
        endpoint.names[0].addresses = own.iter().map(|address| address.parse().unwrap()).collect();
        vec![endpoint]
    };
    let both = || dual(&["10.0.0.4", "fd00::4"]);
    let (a, aaaa) = (|| owned("pe", "10.0.0.4", "pe"), || owned("pe", "fd00::4", "pe"));
    check(&listing(both(), vec![a(), aaaa()]), &[]);
    check(&listing(both(), vec![a()]), &["pe"]);
    check(&listing(both(), vec![aaaa()]), &["pe"]);
    check(&listing(both(), vec![a(), owned("PE", "fd00::9", "pe")]), &["pe"]);
    check(&listing(both(), vec![a(), record("pe", "fd00::9", RecordOwner::Somebody)]), &[]);
    check(&listing(dual(&["fd00::4"]), vec![aaaa()]), &[]);
    check(&listing(dual(&["fd00::4"]), vec![a()]), &["pe"]);
    check(&listing(vec![], vec![aaaa()]), &["pe"]);
}

/// What an unknown type needs is learned when its connections are reconciled.
#[test]
fn a_pending_connection_to_an_unknown_type_is_found_where_a_rule_allows_it() {
    let of_unknown = |resource_group: &str, group_id: &str, status: &str| {
        let mut endpoint = endpoint(resource_group, "pe", status);
        endpoint.requests[0].target = Some(id(APPS, "rg-data", "Contoso/widgets/w"));
        endpoint.requests[0].group_ids = vec![group_id.to_owned()];
        listing(vec![endpoint], vec![])
    };
    check(&of_unknown("rg-app", "blob", "Pending"), &["pe"]);
    check(&of_unknown("rg-app", "other", "Pending"), &[]);
    check(&of_unknown("rg-nobody", "blob", "Pending"), &[]);
    check(&of_unknown("rg-app", "blob", "Approved"), &[]);
    let listed = of_unknown("rg-app", "blob", "Pending").all_connections(Catalogue::known());
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].known.group_ids, Some(vec!["blob".to_owned()]));
    // Without group ids nobody knows what is asked for, so a rule about them cannot allow it.
    let mut silent = of_unknown("rg-app", "blob", "Pending");
    silent.endpoints[0].requests[0].group_ids.clear();
    assert_eq!(silent.all_connections(Catalogue::known())[0].known.group_ids, None);
}

fn connection(name: &str, target: &ResourceId, endpoint: ResourceId, status: &str) -> Connection {
    Connection {
        id: target.child("privateEndpointConnections", name).unwrap(),
        target: target.clone(),
        endpoint,
        status: ConnectionStatus::parse(status),
        description: String::new(),
        is_settling: false,
        group_ids: None,
    }
}

/// Such an endpoint does not say which target it means, so that it alone leads nowhere.
#[test]
fn a_target_is_found_where_an_endpoint_names_it_by_alias() {
    let rules = "version: 1\nrules:\n  - { id: all, effect: approve, requester: { resource_group: rg-app } }\n";
    let target = id(APPS, "rg-data", "Network/privateLinkServices/pls");
    let mut by_alias = endpoint("rg-app", "pe", "Pending");
    by_alias.requests[0].target = None;
    let pending = connection("pe.1", &target, by_alias.id.clone(), "Pending");
    let listing = Listing { connections: vec![pending], ..listing(vec![by_alias], vec![]) };
    assert_eq!(undone(&listing, &Allowlist::parse(rules).unwrap()), BTreeSet::from([Subject::Target(target)]));
}

#[test]
fn what_an_endpoint_that_was_made_anew_has_left_hides_nothing() {
    let pe = |status: &str| endpoint("rg-app", "pe", status);
    let target = pe("Pending").requests[0].target.clone().unwrap();
    let row = |name: &str, status: &str| connection(name, &target, pe(status).id, status);
    for left in ["Disconnected", "Rejected"] {
        for (old, new) in [("pe.1", "pe.2"), ("pe.2", "pe.1")] {
            let mut rows = vec![row(old, left), row(new, "Pending")];
            rows.sort_by(|one, other| one.id.cmp(&other.id));
            check(&Listing { connections: rows, ..listing(vec![pe("Pending")], vec![]) }, &["pe"]);
            // What is settled is not listed on the target's side.
            let settled = || Listing { connections: vec![row(old, left)], ..listing(vec![pe("Approved")], vec![]) };
            check(&settled(), &["pe"]);
            let found = find(&settled(), &Allowlist::parse(RULES).unwrap(), Catalogue::known(), Cloud::Public, NOW);
            assert!(found.disconnected.is_empty());
        }
        check(&Listing { connections: vec![row("pe.1", left)], ..listing(vec![pe(left)], vec![]) }, &[]);
    }
}

#[test]
fn a_target_is_found_where_a_rule_decides_a_connection_of_an_endpoint_that_nobody_listed() {
    let rules = "version: 1\nrules:\n  - { id: managed, effect: approve, requester: { name: \"factory.*\" } }\n";
    let allowlist = Allowlist::parse(rules).unwrap();
    let target = id(APPS, "rg-data", "Storage/storageAccounts/st");
    let connection = |name: &str, status: &str| {
        let endpoint = id("92b2afd7-e3db-4660-90c5-0da4aebf53d4", "rg", &format!("Network/privateEndpoints/{name}"));
        connection(name, &target, endpoint, status)
    };
    let found = |connection: Connection| {
        let listing = Listing { connections: vec![connection], ..Listing::default() };
        undone(&listing, &allowlist)
    };
    assert_eq!(found(connection("factory.blob", "Pending")), BTreeSet::from([Subject::Target(target.clone())]));
    assert_eq!(found(connection("factory.blob", "Approved")), BTreeSet::new());
    assert_eq!(found(connection("stranger", "Pending")), BTreeSet::new());
}

/// What is listed in part must not make ten thousand endpoints look as if they lacked their records.
#[test]
fn no_record_is_missed_where_not_all_are_listed() {
    let partly = |endpoint: Endpoint, records| Listing { are_records_whole: false, ..listing(vec![endpoint], records) };
    check(&partly(endpoint("rg-app", "pe", "Approved"), vec![]), &[]);
    check(&partly(endpoint("rg-app", "pe", "Approved"), vec![owned("a", "10.0.0.4", "gone")]), &["gone"]);
    check(&partly(endpoint("rg-app", "pe", "Pending"), vec![]), &["pe"]);
}

#[test]
fn each_finding_is_of_one_kind() {
    let endpoints = vec![
        endpoint("rg-app", "waits", "Pending"),
        endpoint("rg-app", "lacks", "Approved"),
        endpoint("rg-nobody", "strange", "Approved"),
        endpoint("rg-app", "removed", "Disconnected"),
    ];
    let listing = listing(endpoints, vec![owned("gone", "10.0.0.9", "gone")]);
    let allowlist = Allowlist::parse(RULES).unwrap();
    let found = find(&listing, &allowlist, Catalogue::known(), Cloud::Public, NOW);
    let names = |subjects: &BTreeSet<Subject>| {
        subjects.iter().map(|subject| subject.id().name().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&found.pending), ["waits"]);
    assert_eq!(names(&found.records), ["lacks"]);
    assert_eq!(names(&found.orphans), ["gone"]);
    assert_eq!(found.not_approved.iter().map(|one| one.of.endpoint.name()).collect::<Vec<_>>(), ["strange"]);
    assert_eq!(found.disconnected.iter().map(|one| one.endpoint.name()).collect::<Vec<_>>(), ["removed"]);
    assert_eq!(names(&found.undone()), ["gone", "lacks", "waits"]);
    assert!(found.queue().is_superset(&found.undone()));
}

/// An approved connection of an endpoint in `rg-app` under these rules: what they say, and the rule that has expired.
fn not_approved(rules: &str) -> Option<(Effect, Option<String>)> {
    let listing = listing(vec![endpoint("rg-app", "pe", "Approved")], vec![]);
    let allowlist = Allowlist::parse(&format!("version: 1\nrules:\n{rules}")).unwrap();
    let found = find(&listing, &allowlist, Catalogue::known(), Cloud::Public, NOW);
    let [one] = &found.not_approved[..] else { return None };
    assert!(found.proofs.is_empty());
    assert_eq!(found.undone(), BTreeSet::new(), "it is left as it is");
    Some((one.effect, one.expired_rule.clone()))
}

#[test]
fn what_is_approved_and_would_not_be_now_is_reported_with_the_rule_that_expired() {
    let old = "  - { id: old, effect: approve, requester: { resource_group: rg-app }, expires: 2026-11-20 }\n";
    let older = "  - { id: older, effect: approve, target: { group_ids: blob }, expires: 2026-01-01 }\n";
    let other = "  - { id: other, effect: approve, requester: { resource_group: rg-x }, expires: 2026-01-01 }\n";
    let reject = "  - { id: never, effect: reject }\n";
    let expired = |rule: &str| Some(rule.to_owned());
    assert_eq!(not_approved(old), Some((Effect::Hold, expired("old"))));
    assert_eq!(not_approved(&format!("{other}{old}{older}")), Some((Effect::Hold, expired("old"))));
    assert_eq!(not_approved(other), Some((Effect::Hold, None)));
    assert_eq!(not_approved(&format!("{old}{reject}")), Some((Effect::Reject, expired("old"))));
    assert_eq!(not_approved("  - { id: no, effect: hold }\n"), Some((Effect::Hold, None)));
    // On its last day, and where another rule approves, nothing has expired.
    assert_eq!(not_approved(&old.replace("2026-11-20", "2026-11-21")), None);
    assert_eq!(
        not_approved(&format!("{old}  - {{ id: new, effect: approve, target: {{ group_ids: blob }} }}\n")),
        None
    );
    // A region that nobody knows keeps the rule from deciding, and does not make it another decision.
    assert_eq!(not_approved("  - { id: a, effect: approve, target: { location: eastus } }\n"), None);
}

#[test]
fn what_works_is_proven_again_once_a_day() {
    let works = listing(vec![endpoint("rg-app", "pe", "Approved")], vec![owned("pe", "10.0.0.4", "pe")]);
    let turns = |listing: &Listing, rules: &str| {
        let found = sweeps_of_a_day(listing, rules);
        assert!(found.iter().all(|found| found.undone().is_empty()));
        found.iter().filter(|found| !found.queue().is_empty()).count()
    };
    assert_eq!(turns(&works, RULES), 1);
    assert_eq!(turns(&works, &RULES.replace("rules:", "validation: { enabled: false }\nrules:")), 0);
    assert_eq!(turns(&works, &RULES.replace("rg-app", "rg-other")), 0);
    let rejected = listing(vec![endpoint("rg-app", "pe", "Rejected")], vec![]);
    assert_eq!(turns(&rejected, RULES), 0);
}
