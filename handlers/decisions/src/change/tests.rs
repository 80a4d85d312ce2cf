use time::OffsetDateTime;
use time::macros::date;

use super::*;
use crate::allowlist::Allowlist;
use crate::catalogue::Cloud;
use crate::facts::ConnectionRequest;
use crate::in_force::AllowlistVersion;
use crate::sweep::subjects;

const APPS: &str = "22222222-2222-2222-2222-222222222222";
const MANAGED: &str = "92b2afd7-e3db-4660-90c5-0da4aebf53d4";
const TODAY: Date = date!(2026 - 11 - 21);

const APPROVE: &str = "{ id: apps, effect: approve, requester: { resource_group: rg-app } }";
const APPROVE_MORE: &str = "{ id: more, effect: approve, requester: { resource_group: \"rg-*\" } }";
const REJECT: &str = "{ id: never, effect: reject, requester: { resource_group: rg-app } }";

fn in_force(rules: &[&str]) -> InForce {
    let text = format!("version: 1\nrules: [{}]\n", rules.join(", "));
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
        provisioning_state: "Succeeded".to_owned(),
        requests: vec![ConnectionRequest {
            target: Some(target()),
            group_ids: vec!["blob".to_owned()],
            status: ConnectionStatus::parse(status),
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
        provisioning_state: None,
        group_ids: None,
    }
}

fn after(listing: &Listing, former: &InForce, now: &InForce, on_change: OnChange) -> Consequences {
    let unsettled = match now {
        InForce::Allowlist(active) => subjects(listing, &active.allowlist, Catalogue::known(), Cloud::Public, TODAY),
        InForce::Nothing(_) => BTreeSet::new(),
    };
    consequences(listing, former, now, unsettled, on_change, TODAY)
}

/// One endpoint in this state, seen from both sides: what changes for it, in words.
fn check(status: &str, former: &[&str], now: &[&str], on_change: OnChange) -> Vec<String> {
    let pe = endpoint("pe", status);
    let connections = vec![connection(pe.id.clone(), status)];
    let listing = Listing { endpoints: vec![pe], connections, ..Listing::default() };
    let found = after(&listing, &in_force(former), &in_force(now), on_change);
    let shown = found.changes.iter().map(|change| {
        assert_eq!(change.is_queued, found.queue.contains(&Subject::Endpoint(change.endpoint.clone())));
        let side = |decision: &Decision| match decision.rule() {
            Some(rule) => format!("{} by {rule}", decision.effect.as_str()),
            None => decision.effect.as_str().to_owned(),
        };
        let outcome = if change.is_queued { "queued" } else { "reported" };
        format!("{} to {}: {outcome}", side(&change.from), side(&change.to))
    });
    shown.collect()
}

#[test]
fn each_change_has_its_consequence() {
    use OnChange::{Default, Reconcile, Report};
    let (nothing, approve, reject) = (&[][..], &[APPROVE][..], &[REJECT, APPROVE][..]);
    let cases = [
        ("Pending", nothing, approve, Default, "hold to approve by apps: queued"),
        ("Pending", nothing, approve, Reconcile, "hold to approve by apps: queued"),
        ("Pending", nothing, approve, Report, "hold to approve by apps: reported"),
        ("Pending", approve, reject, Default, "approve by apps to reject by never: reported"),
        ("Pending", approve, reject, Report, "approve by apps to reject by never: reported"),
        ("Pending", approve, reject, Reconcile, "approve by apps to reject by never: queued"),
        ("Pending", approve, nothing, Reconcile, "approve by apps to hold: reported"),
        ("Approved", approve, nothing, Reconcile, "approve by apps to hold: reported"),
        ("Approved", approve, reject, Reconcile, "approve by apps to reject by never: reported"),
        ("Approved", approve, &[APPROVE_MORE], Default, "approve by apps to approve by more: reported"),
        ("Rejected", reject, approve, Reconcile, "reject by never to approve by apps: reported"),
    ];
    for (status, former, now, on_change, expected) in cases {
        assert_eq!(check(status, former, now, on_change), [expected], "{status} {former:?} {now:?} {on_change:?}");
    }
}

#[test]
fn what_is_decided_as_before_is_not_reported() {
    assert_eq!(check("Pending", &[APPROVE], &[APPROVE, APPROVE_MORE], OnChange::Default), Vec::<String>::new());
    let (listing, none) = (Listing { endpoints: vec![endpoint("pe", "Pending")], ..Listing::default() }, in_force(&[]));
    let nothing = InForce::Nothing("it cannot be read".to_owned());
    assert_eq!(after(&listing, &nothing, &none, OnChange::Default), Consequences::default());
}

#[test]
fn work_that_was_undone_before_is_queued_beside_the_change() {
    let listing = Listing { endpoints: vec![endpoint("pe", "Pending")], ..Listing::default() };
    let found = after(&listing, &in_force(&[APPROVE]), &in_force(&[APPROVE, APPROVE_MORE]), OnChange::Default);
    assert_eq!((found.queue.len(), found.changes.len()), (1, 0));
}

/// Managed endpoints can be reconciled by their target only, and that settles all its connections.
#[test]
fn a_target_waits_while_reconciling_it_would_reject_what_is_to_be_reported() {
    let managed = |name: &str| connection(endpoint_id(MANAGED, name), "Pending");
    let listing = Listing { connections: vec![managed("factory"), managed("synapse")], ..Listing::default() };
    let former = in_force(&[]);
    let factory = "{ id: factory, effect: approve, requester: { name: factory } }";
    let found = after(&listing, &former, &in_force(&[factory]), OnChange::Default);
    assert_eq!(found.queue, BTreeSet::from([Subject::Target(target())]));
    assert_eq!(found.changes.iter().filter(|change| change.is_queued).count(), 1);

    let synapse = "{ id: synapse, effect: reject, requester: { name: synapse } }";
    let found = after(&listing, &former, &in_force(&[factory, synapse]), OnChange::Default);
    assert_eq!((found.queue.len(), found.changes.len()), (0, 2));
    assert!(found.changes.iter().all(|change| !change.is_queued));
    let found = after(&listing, &former, &in_force(&[factory, synapse]), OnChange::Reconcile);
    assert!(found.changes.iter().all(|change| change.is_queued));
}
