use time::macros::date;

use super::*;
use crate::allowlist::KnownConnection;
use crate::resource_id::ResourceId;

mod definition;

const TODAY: Date = date!(2026 - 11 - 21);

fn target(name: &str) -> ResourceId {
    ResourceId::parse(&format!(
        "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/{name}"
    ))
    .unwrap()
}

fn endpoint(resource_group: &str) -> ResourceId {
    ResourceId::parse(&format!(
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/{resource_group}/providers/Microsoft.Network/privateEndpoints/pe-app"
    ))
    .unwrap()
}

/// A connection of which everything is known, with changes: `{ tenant: null }` makes the tenant unknown.
fn connection(changes: serde_json::Value) -> KnownConnection {
    let network = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/hub";
    let service = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-adf/providers/Microsoft.DataFactory/factories/adf";
    let mut known = serde_json::json!({
        "target": target("stdata"), "target_location": "West Europe", "group_ids": ["blob"],
        "endpoint": endpoint("rg-app"), "tenant": "44444444-4444-4444-4444-444444444444",
        "endpoint_location": "northeurope", "virtual_network": network, "address": "10.1.2.3",
        "service": service, "message": "Please, CHG-17", "approved_by_rule": 2,
    });
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            known.as_object_mut().unwrap().remove(key)
        } else {
            known.as_object_mut().unwrap().insert(key.clone(), value.clone())
        };
    }
    serde_json::from_value(known).unwrap()
}

/// Decides for a connection of which everything is known but for the changes.
fn check_known(rule: &str, changes: serde_json::Value, expected: &str) {
    let text = format!(
        "version: 1\nsets: {{ hubs: [\"*/virtualNetworks/hub\"] }}\nrules:\n  - {{ id: a, effect: {rule} }}\n  - {{ id: yes, effect: approve, target: {{ name: nothing-else }} }}\n"
    );
    let allowlist = Allowlist::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let decision = decide(&allowlist, connection(changes.clone()).facts(), TODAY);
    assert_eq!(format!("{}: {}", decision.effect, decision.reason), expected, "{rule} {changes}");
}

const MATCHES: &str = "approve: rule a matches";
const NOTHING: &str = "hold: no rule of the allowlist matches";

#[test]
fn every_fact_can_be_asked_for_and_none_approves_while_it_is_unknown() {
    let cases = [
        ("target_location", "target: { location: westeurope }", "target: { location: [uksouth] }"),
        ("group_ids", "target: { group_ids: blob }", "target: { group_ids: file }"),
        ("tenant", "requester: { tenant: 44444444-4444-4444-4444-444444444444 }", "requester: { tenant: \"5*\" }"),
        ("endpoint_location", "requester: { location: North Europe }", "requester: { location: westeurope }"),
        (
            "virtual_network",
            "requester: { virtual_network: { set: hubs } }",
            "requester: { virtual_network: \"*/spoke\" }",
        ),
        ("address", "requester: { address: [10.1.0.0/16, 10.9.9.9] }", "requester: { address: 10.2.0.0/16 }"),
        (
            "service",
            "requester: { subscription: \"1*\", service: /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-adf/providers/microsoft.datafactory/factories/ADF }",
            "requester: { subscription: \"1*\", service: /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-adf/providers/Microsoft.DataFactory/factories/other }",
        ),
        ("message", "requester: { name: pe-*, message: \"*chg-??\" }", "requester: { name: pe-*, message: \"chg-*\" }"),
        ("approved_by_rule", "target: { name: stdata }, limit: 3", "target: { name: stdata }, limit: 2"),
    ];
    for (fact, holds, does_not) in cases {
        let unknown = serde_json::json!({ fact: null });
        check_known(&format!("approve, {holds}"), serde_json::json!({}), MATCHES);
        check_known(&format!("approve, {does_not}"), serde_json::json!({}), NOTHING);
        check_known(&format!("approve, {holds}"), unknown.clone(), NOTHING);
        if fact == "approved_by_rule" {
            continue;
        }
        let key = fact.replace("endpoint_location", "requester.location").replace("target_location", "target.location");
        let key = if key == "group_ids" { "target.group_ids".to_owned() } else { key };
        let key = if key.contains('.') { key } else { format!("requester.{key}") };
        let held = format!("hold: {key} is unknown and rule a needs it");
        check_known(&format!("reject, {holds}"), unknown.clone(), &held);
        check_known(&format!("hold, {holds}"), unknown, &held);
    }
}

#[test]
fn not_holds_when_its_conditions_do_not_all_hold() {
    let cases = [
        ("target: { not: { name: other } }", MATCHES),
        ("target: { not: { name: stdata } }", NOTHING),
        ("target: { not: { name: stdata, resource_group: other } }", MATCHES),
        ("target: { not: { name: stdata, resource_group: rg-data } }", NOTHING),
        ("target: { not: { group_ids: [blob, file] } }", NOTHING),
        ("target: { name: stdata }, requester: { not: { address: 10.1.0.0/16 } }", NOTHING),
        ("target: { name: stdata, not: { location: uksouth } }, requester: { not: { tenant: \"5*\" } }", MATCHES),
    ];
    for (conditions, expected) in cases {
        check_known(&format!("approve, {conditions}"), serde_json::json!({}), expected);
    }
    let unknown = serde_json::json!({ "tenant": null });
    check_known("approve, requester: { not: { tenant: \"5*\" } }", unknown.clone(), NOTHING);
    check_known("approve, requester: { not: { tenant: \"5*\", name: other } }", unknown.clone(), MATCHES);
    check_known(
        "reject, requester: { not: { tenant: \"5*\" } }",
        unknown,
        "hold: requester.tenant is unknown and rule a needs it",
    );
}

#[test]
fn every_address_must_lie_in_a_listed_range() {
    let rule = "approve, requester: { address: 10.1.0.0/16 }";
    check_known(rule, serde_json::json!({ "address": ["10.1.0.1", "10.1.0.2"] }), MATCHES);
    check_known(rule, serde_json::json!({ "address": ["10.1.0.1", "10.2.0.2"] }), NOTHING);
    check_known(rule, serde_json::json!({ "address": [] }), NOTHING);
}

#[test]
fn a_limit_counts_what_the_rule_may_have_approved() {
    let rules = "  - { id: first, effect: approve, requester: { resource_group: rg-first } }\n  - { id: few, effect: approve, limit: 2, target: { group_ids: blob } }\n";
    let allowlist = Allowlist::parse(&format!("version: 1\nrules:\n{rules}")).unwrap();
    let target = target("stdata");
    let (mine, first, app) = (endpoint("rg-mine"), endpoint("rg-first"), endpoint("rg-app"));
    let (blob, file) = (["blob".to_owned()], ["file".to_owned()]);
    let other = |endpoint, group_ids| ConnectionFacts { group_ids, ..ConnectionFacts::new(&target, endpoint) };
    let decide_with = |others: &[ConnectionFacts<'_>]| {
        let approved = Approved::Listed(others);
        let facts = ConnectionFacts { group_ids: Some(&blob), approved, ..ConnectionFacts::new(&target, &mine) };
        decide(&allowlist, facts, TODAY).effect
    };
    let by_few = other(&app, Some(&blob[..]));
    let (by_first, by_none, perhaps) =
        (other(&first, Some(&blob[..])), other(&app, Some(&file[..])), other(&app, None));
    assert_eq!(decide_with(&[]), Effect::Approve);
    assert_eq!(decide_with(&[by_few]), Effect::Approve);
    assert_eq!(decide_with(&[by_few, by_few]), Effect::Hold);
    assert_eq!(decide_with(&[by_few, by_first, by_none]), Effect::Approve);
    assert_eq!(decide_with(&[by_few, perhaps]), Effect::Hold);
}

/// Expiring a rule and adding one with a limit below it is how a wide rule is narrowed.
#[test]
fn a_rule_that_may_not_have_approved_takes_nothing_off_a_later_limit() {
    let target = target("stdata");
    let (mine, other) = (endpoint("rg-mine"), endpoint("rg-app"));
    let others = [ConnectionFacts::new(&target, &other)];
    let facts = ConnectionFacts { approved: Approved::Listed(&others), ..ConnectionFacts::new(&target, &mine) };
    for earlier in ["expires: 2020-01-01", "not_before: 2030-01-01", "limit: 1"] {
        let rule =
            |id: &str, more: &str| format!("  - {{ id: {id}, effect: approve, target: {{ name: stdata }}, {more} }}\n");
        let text = format!("version: 1\nrules:\n{}{}", rule("earlier", earlier), rule("few", "limit: 1"));
        assert_eq!(decide(&Allowlist::parse(&text).unwrap(), facts, TODAY).effect, Effect::Hold, "{earlier}");
    }
}

/// Decides for one storage account, as `effect: reason`.
fn check(rules: &str, group_ids: Option<&[&str]>, expected: &str) {
    let allowlist = Allowlist::parse(&format!("version: 1\nrules:\n{rules}")).unwrap();
    let group_ids: Option<Vec<String>> = group_ids.map(|ids| ids.iter().map(|&id| id.to_owned()).collect());
    let (target, endpoint) = (target("stdata"), endpoint("rg-app"));
    let facts = ConnectionFacts { group_ids: group_ids.as_deref(), ..ConnectionFacts::new(&target, &endpoint) };
    let decision = decide(&allowlist, facts, TODAY);
    assert_eq!(format!("{}: {}", decision.effect.as_str(), decision.reason), expected, "{rules}{group_ids:?}");
}

const REJECT: &str = "  - { id: no, effect: reject, target: { name: stdata } }\n";
const HOLD: &str = "  - { id: wait, effect: hold, target: { name: stdata } }\n";
const APPROVE: &str = "  - { id: yes, effect: approve, reason: they may, target: { name: stdata } }\n";
const OTHER: &str = "  - { id: other, effect: reject, target: { name: stother } }\n";

#[test]
fn reject_beats_hold_beats_approve_beats_nothing() {
    let cases = [
        (vec![APPROVE, HOLD, REJECT], "reject: rule no matches"),
        (vec![REJECT, HOLD, APPROVE], "reject: rule no matches"),
        (vec![APPROVE, REJECT], "reject: rule no matches"),
        (vec![APPROVE, HOLD], "hold: rule wait matches"),
        (vec![HOLD, APPROVE], "hold: rule wait matches"),
        (vec![OTHER, APPROVE], "approve: rule yes matches (they may)"),
        (vec![OTHER], "hold: no rule of the allowlist matches"),
    ];
    for (rules, expected) in cases {
        check(&rules.concat(), Some(&["blob"]), expected);
    }
}

#[test]
fn the_first_rule_of_an_effect_is_the_one_named() {
    for rule in [REJECT, HOLD, APPROVE] {
        let first = rule.replace("id: ", "id: first-");
        let allowlist = Allowlist::parse(&format!("version: 1\nrules:\n{OTHER}{first}{rule}")).unwrap();
        let (target, endpoint) = (target("stdata"), endpoint("rg-app"));
        let decision = decide(&allowlist, ConnectionFacts::new(&target, &endpoint), TODAY);
        assert!(decision.rule().unwrap().starts_with("first-"), "{decision:?}");
    }
}

#[test]
fn every_condition_must_hold_whatever_the_letter_case() {
    let conditions = [
        ("target: { type: microsoft.storage/STORAGEACCOUNTS }", true),
        ("target: { type: Microsoft.Storage/other }", false),
        ("target: { type: \"Microsoft.Storage/*\" }", true),
        ("target: { subscription: 33333333-3333-3333-3333-333333333333 }", true),
        ("target: { subscription: 11111111-1111-1111-1111-111111111111 }", false),
        ("target: { resource_group: RG-DATA }", true),
        ("target: { resource_group: rg-app }", false),
        ("target: { name: \"st????\" }", true),
        ("target: { name: \"st???\" }", false),
        ("target: { name: [x, \"*\"] }", true),
        ("target: { group_ids: BLOB }", true),
        ("requester: { subscription: \"1111*\" }", true),
        ("requester: { subscription: 33333333-3333-3333-3333-333333333333 }", false),
        ("requester: { resource_group: [rg-other, Rg-App] }", true),
        ("requester: { resource_group: rg-data }", false),
        ("requester: { name: \"PE-*\" }", true),
        ("requester: { name: app }", false),
        ("target: { name: stdata, group_ids: blob }, requester: { name: pe-app }", true),
        ("target: { name: stdata, group_ids: blob }, requester: { name: pe-other }", false),
        ("target: { name: stdata, group_ids: file }, requester: { name: pe-app }", false),
    ];
    for (conditions, is_match) in conditions {
        let rules = format!("  - {{ id: a, effect: approve, {conditions} }}\n");
        let expected = if is_match { "approve: rule a matches" } else { "hold: no rule of the allowlist matches" };
        check(&rules, Some(&["blob"]), expected);
    }
}

#[test]
fn group_ids_hold_only_when_every_one_is_listed() {
    let rules = "  - { id: a, effect: approve, target: { group_ids: [blob, \"dfs*\"] } }\n";
    let yes = "approve: rule a matches";
    let no = "hold: no rule of the allowlist matches";
    let cases: [(&[&str], &str); 6] = [
        (&["blob"], yes),
        (&["Blob", "dfs_secondary"], yes),
        (&["blob", "file"], no),
        (&["file", "blob"], no),
        (&["file"], no),
        (&[], no),
    ];
    for (group_ids, expected) in cases {
        check(rules, Some(group_ids), expected);
    }
}

#[test]
fn unknown_group_ids_never_approve_and_make_a_refusal_a_hold() {
    let needing = |effect: &str, more: &str| {
        format!("  - {{ id: {effect}-blob, effect: {effect}, target: {{ group_ids: blob{more} }} }}\n")
    };
    let cases = [
        (needing("approve", ""), "hold: no rule of the allowlist matches"),
        (needing("reject", ""), "hold: target.group_ids is unknown and rule reject-blob needs it"),
        (needing("hold", ""), "hold: target.group_ids is unknown and rule hold-blob needs it"),
        (needing("reject", "") + APPROVE, "hold: target.group_ids is unknown and rule reject-blob needs it"),
        (needing("hold", "") + APPROVE, "hold: target.group_ids is unknown and rule hold-blob needs it"),
        (needing("hold", "") + &needing("reject", ""), "hold: target.group_ids is unknown and rule hold-blob needs it"),
        (needing("approve", "") + APPROVE, "approve: rule yes matches (they may)"),
        (needing("reject", "") + REJECT, "reject: rule no matches"),
        (needing("reject", "") + HOLD, "hold: rule wait matches"),
        // Another condition says no already, so the unknown one changes nothing.
        (needing("reject", ", name: stother") + APPROVE, "approve: rule yes matches (they may)"),
    ];
    for (rules, expected) in cases {
        check(&rules, None, expected);
    }
}

#[test]
fn a_rule_is_in_force_from_its_first_to_its_last_day() {
    let cases = [
        ("not_before: 2026-11-21", true),
        ("not_before: 2026-11-22", false),
        ("expires: 2026-11-21", true),
        ("expires: 2026-11-20", false),
        ("not_before: 2026-11-21, expires: 2026-11-21", true),
        ("not_before: 2026-01-01, expires: 2026-11-20", false),
        ("not_before: 2026-11-22, expires: 2027-01-01", false),
    ];
    for (days, is_in_force) in cases {
        let rule = |effect: &str| format!("  - {{ id: a, effect: {effect}, target: {{ name: stdata }}, {days} }}\n");
        let approved = if is_in_force { "approve: rule a matches" } else { "hold: no rule of the allowlist matches" };
        check(&rule("approve"), None, approved);
        let rejected = if is_in_force { "reject: rule a matches" } else { "approve: rule yes matches (they may)" };
        check(&(APPROVE.to_owned() + &rule("reject")), None, rejected);
        let unknown = rule("reject").replace("name: stdata", "group_ids: blob");
        let held = "hold: target.group_ids is unknown and rule a needs it";
        check(
            &(APPROVE.to_owned() + &unknown),
            None,
            if is_in_force { held } else { "approve: rule yes matches (they may)" },
        );
    }
}

#[test]
fn without_an_allowlist_everything_is_held() {
    let decision = Decision::without_allowlist("3:5: `x` is not a day");
    assert_eq!((decision.effect, decision.rule()), (Effect::Hold, None));
    assert_eq!(decision.reason.to_string(), "no allowlist is in force: 3:5: `x` is not a day");
    let (target, endpoint) = (target("stdata"), endpoint("rg-app"));
    let empty = decide(&Allowlist::default(), ConnectionFacts::new(&target, &endpoint), TODAY);
    assert_eq!(empty, Decision { effect: Effect::Hold, reason: Reason::NoRule });
}

#[test]
fn group_ids_are_known_only_as_far_as_both_sides_agree() {
    use GroupIds::{ChosenByOwner, Listed, None as NoGroupIds, Unpublished};
    let blob = || Listed(vec!["blob".to_owned()]);
    let owned = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    /// Of the type, asked by the endpoint, listed by the target; and what is known of them.
    type Case = (GroupIds, Option<Ids>, Option<Ids>, Option<Ids>);
    type Ids = &'static [&'static str];
    let cases: [Case; 16] = [
        (blob(), Some(&["blob"]), None, Some(&["blob"])),
        (blob(), None, Some(&["blob"]), Some(&["blob"])),
        (blob(), Some(&["blob"]), Some(&["Blob"]), Some(&["blob"])),
        (blob(), Some(&["blob"]), Some(&["file"]), None),
        (blob(), Some(&["blob"]), Some(&["blob", "file"]), None),
        (blob(), Some(&["blob"]), Some(&[]), Some(&["blob"])),
        (blob(), None, Some(&[]), None),
        (blob(), None, Some(&[""]), None),
        (blob(), None, None, None),
        (NoGroupIds, None, None, Some(&[])),
        (NoGroupIds, Some(&["x"]), Some(&["y"]), Some(&[])),
        (ChosenByOwner, Some(&["Frontend"]), None, Some(&["Frontend"])),
        (ChosenByOwner, Some(&["frontend"]), Some(&["other"]), None),
        (ChosenByOwner, None, Some(&[]), None),
        (Unpublished, Some(&["account"]), None, Some(&["account"])),
        (Unpublished, None, None, None),
    ];
    for (of_type, asked, listed, expected) in cases {
        let target = target("st");
        let request = |ids: &[&str]| crate::facts::ConnectionRequest {
            target: Some(target.clone()),
            group_ids: owned(ids),
            status: crate::facts::ConnectionStatus::Pending,
            message: None,
        };
        let seen = asked.map(|ids| Endpoint {
            id: endpoint("rg-app"),
            location: None,
            provisioning_state: String::new(),
            requests: vec![request(ids)],
            virtual_network: None,
            network_interfaces: Vec::new(),
            names: Vec::new(),
        });
        let connection = Connection {
            id: target.child("privateEndpointConnections", "c").unwrap(),
            target: target.clone(),
            endpoint: endpoint("rg-app"),
            status: crate::facts::ConnectionStatus::Pending,
            description: String::new(),
            is_settling: false,
            group_ids: listed.map(owned),
        };
        let known = known_group_ids(&of_type, seen.as_ref(), &connection);
        assert_eq!(known, expected.map(owned), "{of_type:?} {asked:?} {listed:?}");
    }
}
