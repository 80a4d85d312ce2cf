use time::OffsetDateTime;
use time::macros::date;

use super::*;
use crate::allowlist::Allowlist;
use crate::catalogue::Cloud;
use crate::facts::{Connection, ConnectionRequest, Endpoint};
use crate::in_force::AllowlistVersion;
use crate::sweep::find;

const APPS: &str = "22222222-2222-2222-2222-222222222222";
const MANAGED: &str = "92b2afd7-e3db-4660-90c5-0da4aebf53d4";
const TODAY: Date = date!(2026 - 11 - 21);

const APPROVE: &str = "{ id: apps, effect: approve, requester: { resource_group: rg-app } }";
const APPROVE_MORE: &str = "{ id: more, effect: approve, requester: { resource_group: \"rg-*\" } }";
const REJECT: &str = "{ id: never, effect: reject, requester: { resource_group: rg-app } }";

fn in_force(rules: &[&str]) -> InForce {
    in_force_with("", rules)
}

fn in_force_with(on_change: &str, rules: &[&str]) -> InForce {
    let text = format!("version: 1\n{on_change}\nrules: [{}]\n", rules.join(", "));
    let allowlist = Allowlist::parse(&text).unwrap();
    InForce::allowlist(allowlist, AllowlistVersion::of(text.as_bytes(), "test", OffsetDateTime::UNIX_EPOCH))
}

fn target() -> ResourceId {
    let id = format!("/subscriptions/{APPS}/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/st");
    ResourceId::parse(&id).unwrap()
}

fn endpoint_id(subscription: &str, name: &str) -> ResourceId {
    let id = format!(
        "/subscriptions/{subscription}/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/{name}"
    );
    ResourceId::parse(&id).unwrap()
}

fn endpoint(name: &str, status: &str) -> Endpoint {
    Endpoint {
        id: endpoint_id(APPS, name),
        location: None,
        provisioning_state: "Succeeded".to_owned(),
        requests: vec![ConnectionRequest {
            target: Some(target()),
            group_ids: vec!["blob".to_owned()],
            status: ConnectionStatus::parse(status),
            message: None,
        }],
        virtual_network: None,
        network_interfaces: Vec::new(),
        names: Vec::new(),
    }
}

fn connection(endpoint: ResourceId, status: &str) -> Connection {
    Connection {
        id: target().child("privateEndpointConnections", endpoint.name()).unwrap(),
        target: target(),
        endpoint,
        status: ConnectionStatus::parse(status),
        description: String::new(),
        is_settling: false,
        group_ids: None,
    }
}

/// The changes, and what a sweep by the new allowlist finds.
fn after(listing: &Listing, former: &InForce, now: &InForce) -> (Vec<DecisionChange>, BTreeSet<Subject>) {
    let queue = match now {
        InForce::Allowlist(active) => {
            let now = TODAY.midnight().assume_utc();
            find(listing, &active.allowlist, Catalogue::known(), Cloud::Public, now).undone()
        }
        InForce::Nothing(_) => BTreeSet::new(),
    };
    (changes(listing, Catalogue::known(), former, now, &queue, TODAY), queue)
}

/// One endpoint in this state, seen from both sides: what changes for it, in words.
fn check(status: &str, former: &[&str], now: &[&str], on_change: &str) -> Vec<String> {
    let pe = endpoint("pe", status);
    let connections = vec![connection(pe.id.clone(), status)];
    let listing = Listing { endpoints: vec![pe], connections, ..Listing::default() };
    let (changes, _) = after(&listing, &in_force(former), &in_force_with(on_change, now));
    let side = |decision: &Decision| match decision.rule() {
        Some(rule) => format!("{} by {rule}", decision.effect.as_str()),
        None => decision.effect.as_str().to_owned(),
    };
    let shown = changes.iter().map(|change| {
        let outcome = if change.is_queued { "queued" } else { "reported" };
        format!("{} to {}: {outcome}", side(&change.from), side(&change.to))
    });
    shown.collect()
}

#[test]
fn each_change_has_its_consequence() {
    let (default, report, reconcile) = ("", "on_change: report", "on_change: reconcile");
    let (nothing, approve, reject) = (&[][..], &[APPROVE][..], &[REJECT, APPROVE][..]);
    let cases = [
        ("Pending", nothing, approve, default, "hold to approve by apps: queued"),
        ("Pending", nothing, approve, reconcile, "hold to approve by apps: queued"),
        ("Pending", nothing, approve, report, "hold to approve by apps: reported"),
        ("Pending", approve, reject, default, "approve by apps to reject by never: reported"),
        ("Pending", approve, reject, report, "approve by apps to reject by never: reported"),
        ("Pending", approve, reject, reconcile, "approve by apps to reject by never: queued"),
        ("Pending", approve, nothing, reconcile, "approve by apps to hold: reported"),
        ("Approved", approve, nothing, reconcile, "approve by apps to hold: reported"),
        ("Approved", approve, reject, reconcile, "approve by apps to reject by never: reported"),
        ("Approved", approve, &[APPROVE_MORE], default, "approve by apps to approve by more: reported"),
        ("Rejected", reject, approve, reconcile, "reject by never to approve by apps: reported"),
    ];
    for (status, former, now, on_change, expected) in cases {
        assert_eq!(check(status, former, now, on_change), [expected], "{status} {former:?} {now:?} {on_change}");
    }
}

#[test]
fn what_is_decided_as_before_is_not_reported() {
    assert_eq!(check("Pending", &[APPROVE], &[APPROVE, APPROVE_MORE], ""), Vec::<String>::new());
    let (listing, none) = (Listing { endpoints: vec![endpoint("pe", "Pending")], ..Listing::default() }, in_force(&[]));
    let nothing = InForce::Nothing("it cannot be read".to_owned());
    assert_eq!(after(&listing, &nothing, &none), (Vec::new(), BTreeSet::new()));
}

#[test]
fn work_that_was_undone_before_is_queued_beside_the_change() {
    let listing = Listing { endpoints: vec![endpoint("pe", "Pending")], ..Listing::default() };
    let (changes, queue) = after(&listing, &in_force(&[APPROVE]), &in_force(&[APPROVE, APPROVE_MORE]));
    assert_eq!((queue.len(), changes.len()), (1, 0));
}

/// Managed endpoints can be reconciled by their target only. That approves the one and leaves the other as it is.
#[test]
fn one_that_is_to_be_reported_keeps_no_other_of_its_target_waiting() {
    let managed = |name: &str| connection(endpoint_id(MANAGED, name), "Pending");
    let listing = Listing { connections: vec![managed("factory"), managed("synapse")], ..Listing::default() };
    let factory = "{ id: factory, effect: approve, requester: { name: factory } }";
    let synapse = "{ id: synapse, effect: reject, requester: { name: synapse } }";
    for (on_change, expected) in
        [("", [true, false]), ("on_change: report", [false, false]), ("on_change: reconcile", [true, true])]
    {
        let now = in_force_with(on_change, &[factory, synapse]);
        let (changes, queue) = after(&listing, &in_force(&[]), &now);
        assert_eq!(changes.iter().map(|change| change.is_queued).collect::<Vec<_>>(), expected, "{on_change}");
        let target = BTreeSet::from([Subject::Target(target())]);
        assert_eq!(queue, if on_change.contains("report") { BTreeSet::new() } else { target }, "{on_change}");
    }
}
