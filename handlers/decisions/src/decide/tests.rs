use proptest::prelude::*;
use time::macros::date;

use super::*;
use crate::allowlist::{Pattern, RequesterConditions, TargetConditions};

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

/// Decides for one storage account, as `effect: reason`.
fn check(rules: &str, group_ids: Option<&[&str]>, expected: &str) {
    let allowlist = Allowlist::parse(&format!("version: 1\nrules:\n{rules}")).unwrap();
    let group_ids: Option<Vec<String>> = group_ids.map(|ids| ids.iter().map(|&id| id.to_owned()).collect());
    let facts =
        ConnectionFacts { target: &target("stdata"), group_ids: group_ids.as_deref(), endpoint: &endpoint("rg-app") };
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
        let facts = ConnectionFacts { target: &target("stdata"), group_ids: None, endpoint: &endpoint("rg-app") };
        let decision = decide(&allowlist, facts, TODAY);
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
    let facts = ConnectionFacts { target: &target("stdata"), group_ids: None, endpoint: &endpoint("rg-app") };
    let empty = decide(&Allowlist::default(), facts, TODAY);
    assert_eq!(empty, Decision { effect: Effect::Hold, reason: Reason::NoRule });
}

/// Whether a rule's conditions hold, by the words of the design: `None` is unknown.
fn naive_match(rule: &Rule, facts: ConnectionFacts<'_>) -> Option<bool> {
    let is_any = |values: &Option<Values>, value: &str| match values {
        None => true,
        Some(values) => values.0.iter().any(|pattern| pattern.matches(value)),
    };
    let known = is_any(&rule.target.name, facts.target.name())
        && is_any(&rule.requester.resource_group, facts.endpoint.resource_group());
    match (&rule.target.group_ids, facts.group_ids) {
        (None, _) => Some(known),
        (Some(_), None) if known => None,
        (Some(_), None) => Some(false),
        (Some(_), Some(ids)) => {
            let unlisted = ids.iter().filter(|id| !is_any(&rule.target.group_ids, id)).count();
            Some(known && unlisted == 0 && !ids.is_empty())
        }
    }
}

fn naive_effect(allowlist: &Allowlist, facts: ConnectionFacts<'_>) -> Effect {
    let some = |effect: Effect, wanted: Option<bool>| {
        let mut of_effect = allowlist.rules.iter().filter(|rule| rule.effect == effect);
        of_effect.any(|rule| rule.is_in_force(TODAY) && naive_match(rule, facts) == wanted)
    };
    let (yes, unknown) = (Some(true), None);
    let is_held = some(Effect::Hold, yes) || some(Effect::Hold, unknown) || some(Effect::Reject, unknown);
    if some(Effect::Reject, yes) {
        Effect::Reject
    } else if some(Effect::Approve, yes) && !is_held {
        Effect::Approve
    } else {
        Effect::Hold
    }
}

fn any_values(words: &'static [&'static str]) -> impl Strategy<Value = Option<Values>> {
    let pattern = prop::sample::select(words).prop_map(Pattern::new);
    prop::option::weighted(0.4, prop::collection::vec(pattern, 1..3).prop_map(Values))
}

fn any_day() -> impl Strategy<Value = Option<Date>> {
    prop::option::weighted(0.3, (-1_i64..=1).prop_map(|days| TODAY + time::Duration::days(days)))
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let effect = prop::sample::select(&[Effect::Approve, Effect::Hold, Effect::Reject][..]);
    let values = (any_values(&["a", "b", "*"]), any_values(&["blob", "FILE", "*"]), any_values(&["a", "B", "?"]));
    (effect, values, any_day(), any_day()).prop_map(
        |(effect, (name, group_ids, resource_group), not_before, expires)| Rule {
            id: "r".to_owned(),
            effect,
            owner: None,
            reason: None,
            target: TargetConditions { name, group_ids, ..TargetConditions::default() },
            requester: RequesterConditions { resource_group, ..RequesterConditions::default() },
            not_before,
            expires,
            line: 1,
        },
    )
}

fn any_allowlist() -> impl Strategy<Value = Allowlist> {
    prop::collection::vec(any_rule(), 0..6).prop_map(|rules| Allowlist { rules, ..Allowlist::default() })
}

#[derive(Clone, Debug)]
struct Facts {
    target: ResourceId,
    group_ids: Option<Vec<String>>,
    endpoint: ResourceId,
}

impl Facts {
    fn borrow(&self) -> ConnectionFacts<'_> {
        let (target, endpoint) = (&self.target, &self.endpoint);
        ConnectionFacts { target, group_ids: self.group_ids.as_deref(), endpoint }
    }
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let name = || prop::sample::select(&["a", "B"][..]);
    let ids = prop::collection::vec(prop::sample::select(&["blob", "file"][..]).prop_map(str::to_owned), 0..3);
    (name(), prop::option::weighted(0.7, ids), name()).prop_map(|(name, group_ids, resource_group)| Facts {
        target: target(name),
        group_ids,
        endpoint: endpoint(resource_group),
    })
}

proptest! {
    #[test]
    fn deciding_agrees_with_the_definition(allowlist in any_allowlist(), facts in any_facts()) {
        let decision = decide(&allowlist, facts.borrow(), TODAY);
        prop_assert_eq!(decision.effect, naive_effect(&allowlist, facts.borrow()), "{:?}", decision);
    }

    #[test]
    fn a_rule_that_does_not_match_changes_nothing(allowlist in any_allowlist(), facts in any_facts(), rule in any_rule(), at in 0..6_usize) {
        let before = decide(&allowlist, facts.borrow(), TODAY);
        let matches = naive_match(&rule, facts.borrow());
        prop_assume!(matches == Some(false) || (matches.is_none() && rule.effect == Effect::Approve) || !rule.is_in_force(TODAY));
        let mut more = allowlist;
        more.rules.insert(at.min(more.rules.len()), rule);
        prop_assert_eq!(decide(&more, facts.borrow(), TODAY), before);
    }

    #[test]
    fn a_further_reject_or_hold_rule_never_makes_an_approval(allowlist in any_allowlist(), facts in any_facts(), rule in any_rule(), at in 0..6_usize) {
        prop_assume!(rule.effect != Effect::Approve);
        prop_assume!(decide(&allowlist, facts.borrow(), TODAY).effect != Effect::Approve);
        let mut more = allowlist;
        more.rules.insert(at.min(more.rules.len()), rule);
        prop_assert_ne!(decide(&more, facts.borrow(), TODAY).effect, Effect::Approve);
    }

    #[test]
    fn knowing_less_never_makes_an_approval(allowlist in any_allowlist(), facts in any_facts()) {
        let less = Facts { group_ids: None, ..facts.clone() };
        prop_assume!(decide(&allowlist, facts.borrow(), TODAY).effect != Effect::Approve);
        prop_assume!(facts.group_ids.as_ref().is_some_and(|ids| !ids.is_empty()));
        prop_assert_ne!(decide(&allowlist, less.borrow(), TODAY).effect, Effect::Approve);
    }
}

#[test]
fn group_ids_are_known_only_as_far_as_both_sides_agree() {
    let row = |group_ids: &[&str]| TargetType {
        resource_type: "Microsoft.Storage/storageAccounts".to_owned(),
        api_version: String::new(),
        group_ids: group_ids.iter().map(|&id| id.to_owned()).collect(),
        approval: crate::catalogue::ApprovalBody::Minimal,
        source: String::new(),
    };
    let owned = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    /// Of the type, asked by the endpoint, listed by the target; and what is known of them.
    type Case = (Ids, Option<Ids>, Option<Ids>, Option<Ids>);
    type Ids = &'static [&'static str];
    let cases: [Case; 10] = [
        (&["blob"], Some(&["blob"]), None, Some(&["blob"])),
        (&["blob"], None, Some(&["blob"]), Some(&["blob"])),
        (&["blob"], Some(&["blob"]), Some(&["Blob"]), Some(&["blob"])),
        (&["blob"], Some(&["blob"]), Some(&["file"]), None),
        (&["blob"], Some(&["blob"]), Some(&["blob", "file"]), None),
        (&["blob"], Some(&["blob"]), Some(&[]), Some(&["blob"])),
        (&["blob"], None, Some(&[]), None),
        (&["blob"], None, Some(&[""]), None),
        (&["blob"], None, None, None),
        (&[], None, None, Some(&[])),
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
            provisioning_state: None,
            group_ids: listed.map(owned),
        };
        let known = known_group_ids(&row(of_type), seen.as_ref(), &connection);
        assert_eq!(known, expected.map(owned), "{of_type:?} {asked:?} {listed:?}");
    }
}
