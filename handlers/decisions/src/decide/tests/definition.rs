//! Deciding by the words of the design, slowly and plainly, to compare with.

use proptest::prelude::*;

use super::*;
use crate::resource_id::ResourceId;

/// A rule before it is written down: conditions as (part, key, values), and those under `not`.
#[derive(Clone, Debug)]
struct PlainRule {
    effect: Effect,
    conditions: Vec<(&'static str, &'static str, Vec<&'static str>)>,
    not: Vec<(&'static str, &'static str, Vec<&'static str>)>,
    not_before: Option<Date>,
    expires: Option<Date>,
}

#[derive(Clone, Debug)]
struct PlainConnection {
    target: ResourceId,
    endpoint: ResourceId,
    group_ids: Option<Vec<String>>,
    tenant: Option<&'static str>,
}

const TENANTS: [&str; 2] = ["aaaaaaaa-4444-4444-4444-444444444444", "bbbbbbbb-4444-4444-4444-444444444444"];

impl PlainConnection {
    fn facts(&self) -> ConnectionFacts<'_> {
        let (group_ids, tenant) = (self.group_ids.as_deref(), self.tenant);
        ConnectionFacts { group_ids, tenant, ..ConnectionFacts::new(&self.target, &self.endpoint) }
    }

    /// Whether one condition holds; `None` is unknown.
    fn holds(&self, part: &str, key: &str, values: &[&str]) -> Option<bool> {
        let id = if part == "target" { &self.target } else { &self.endpoint };
        let is_any = |text: &str| values.iter().any(|value| naive_glob(value.as_bytes(), text.as_bytes()));
        match key {
            "subscription" => Some(is_any(id.subscription())),
            "resource_group" => Some(is_any(id.resource_group())),
            "name" => Some(is_any(id.name())),
            "group_ids" => self.group_ids.as_ref().map(|ids| !ids.is_empty() && ids.iter().all(|id| is_any(id))),
            "tenant" => self.tenant.map(is_any),
            _ => unreachable!("{key}"),
        }
    }
}

fn naive_glob(glob: &[u8], text: &[u8]) -> bool {
    match glob.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|taken| naive_glob(rest, &text[taken..])),
        Some((byte, rest)) => text
            .split_first()
            .is_some_and(|(first, tail)| (*byte == b'?' || byte.eq_ignore_ascii_case(first)) && naive_glob(rest, tail)),
    }
}

impl PlainRule {
    /// Whether it matches; `None` is unknown.
    fn matches(&self, connection: &PlainConnection) -> Option<bool> {
        let holds = |(part, key, values): &(&str, &str, Vec<&str>)| connection.holds(part, key, values);
        let mut all: Vec<Option<bool>> = self.conditions.iter().map(holds).collect();
        for part in ["target", "requester"] {
            let not: Vec<_> = self.not.iter().filter(|condition| condition.0 == part).map(holds).collect();
            if !not.is_empty() {
                all.push(and(&not).map(|holds| !holds));
            }
        }
        and(&all)
    }

    fn is_in_force(&self) -> bool {
        self.not_before.is_none_or(|first| first <= TODAY) && self.expires.is_none_or(|last| TODAY <= last)
    }

    fn yaml(&self, number: usize) -> String {
        let mut text = format!("  - {{ id: r{number}, effect: {}", self.effect);
        for part in ["target", "requester"] {
            let of = |conditions: &[(&str, &str, Vec<&str>)]| {
                let of_part = conditions.iter().filter(|condition| condition.0 == part);
                of_part.map(|(_, key, values)| format!("{key}: {values:?}")).collect::<Vec<_>>()
            };
            let (mut keys, not) = (of(&self.conditions), of(&self.not));
            if !not.is_empty() {
                keys.push(format!("not: {{ {} }}", not.join(", ")));
            }
            if !keys.is_empty() {
                text.push_str(&format!(", {part}: {{ {} }}", keys.join(", ")));
            }
        }
        for (key, day) in [("not_before", self.not_before), ("expires", self.expires)] {
            text.push_str(&day.map(|day| format!(", {key}: {day}")).unwrap_or_default());
        }
        text + " }\n"
    }
}

fn and(all: &[Option<bool>]) -> Option<bool> {
    if all.contains(&Some(false)) {
        Some(false)
    } else if all.contains(&None) {
        None
    } else {
        Some(true)
    }
}

/// The decision as (effect, number of the rule it names).
fn by_definition(rules: &[PlainRule], connection: &PlainConnection) -> (Effect, Option<usize>) {
    let first = |effects: &[Effect], wanted: Option<bool>| {
        rules
            .iter()
            .position(|rule| effects.contains(&rule.effect) && rule.is_in_force() && rule.matches(connection) == wanted)
    };
    let in_order = [
        (Effect::Reject, first(&[Effect::Reject], Some(true))),
        (Effect::Hold, first(&[Effect::Hold], Some(true))),
        (Effect::Hold, first(&[Effect::Reject, Effect::Hold], None)),
        (Effect::Approve, first(&[Effect::Approve], Some(true))),
    ];
    in_order.into_iter().find(|(_, rule)| rule.is_some()).unwrap_or((Effect::Hold, None))
}

fn read(rules: &[PlainRule]) -> Allowlist {
    let rules: String = rules.iter().enumerate().map(|(number, rule)| rule.yaml(number)).collect();
    let text = if rules.is_empty() { "version: 1".to_owned() } else { format!("version: 1\nrules:\n{rules}") };
    Allowlist::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn decided(allowlist: &Allowlist, connection: &PlainConnection) -> (Effect, Option<usize>) {
    let decision = decide(allowlist, connection.facts(), TODAY);
    (decision.effect, decision.rule().map(|rule| rule[1..].parse().unwrap()))
}

const NAMES: &[&str] = &["a", "b", "ab", "a*", "*b", "?", "*", "A", "*a*", "ab*", "abc"];
const SUBSCRIPTIONS: &[&str] =
    &["11111111-1111-1111-1111-111111111111", "33333333-3333-3333-3333-333333333333", "1*", "*3", "*"];

fn any_condition() -> impl Strategy<Value = (&'static str, &'static str, Vec<&'static str>)> {
    let of = |part, key, values: &'static [&'static str]| {
        (Just(part), Just(key), prop::collection::vec(prop::sample::select(values), 1..3))
    };
    prop_oneof![
        of("target", "name", NAMES),
        of("target", "resource_group", NAMES),
        of("target", "subscription", SUBSCRIPTIONS),
        of("target", "group_ids", &["blob", "FILE", "*", "b*"]),
        of("requester", "name", NAMES),
        of("requester", "resource_group", NAMES),
        of("requester", "subscription", SUBSCRIPTIONS),
        of("requester", "tenant", &["a*", "AAAAAAAA-4444-4444-4444-444444444444"]),
    ]
}

fn any_conditions(
    count: std::ops::Range<usize>,
) -> impl Strategy<Value = Vec<(&'static str, &'static str, Vec<&'static str>)>> {
    prop::collection::vec(any_condition(), count).prop_map(|mut conditions| {
        conditions.sort_unstable();
        conditions.dedup_by_key(|condition| (condition.0, condition.1));
        conditions
    })
}

fn any_rule() -> impl Strategy<Value = PlainRule> {
    let effect = prop_oneof![3 => Just(Effect::Approve), 1 => Just(Effect::Hold), 1 => Just(Effect::Reject)];
    let day = || prop::option::weighted(0.2, (-1_i64..=1).prop_map(|days| TODAY + time::Duration::days(days)));
    (effect, any_conditions(1..4), any_conditions(0..2), day(), day()).prop_map(
        |(effect, conditions, not, first, second)| {
            let (not_before, expires) = match (first, second) {
                (Some(first), Some(second)) => (Some(first.min(second)), Some(first.max(second))),
                days => days,
            };
            PlainRule { effect, conditions, not, not_before, expires }
        },
    )
}

fn any_rules() -> impl Strategy<Value = Vec<PlainRule>> {
    prop::collection::vec(any_rule(), 0..12)
}

fn any_connection() -> impl Strategy<Value = PlainConnection> {
    let name = || prop::sample::select(&["a", "B", "ab", "abc", "xax"][..]);
    let id = move |types: &'static str| {
        (prop::sample::select(&SUBSCRIPTIONS[..2]), name(), name()).prop_map(move |(subscription, group, name)| {
            ResourceId::parse(&format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{types}/{name}"))
                .unwrap()
        })
    };
    let ids = prop::collection::vec(prop::sample::select(&["blob", "file"][..]).prop_map(str::to_owned), 0..3);
    let group_ids = prop::option::weighted(0.7, ids);
    let tenant = prop::option::weighted(0.7, prop::sample::select(&TENANTS[..]));
    (id("Microsoft.Storage/storageAccounts"), id("Microsoft.Network/privateEndpoints"), group_ids, tenant)
        .prop_map(|(target, endpoint, group_ids, tenant)| PlainConnection { target, endpoint, group_ids, tenant })
}

proptest! {
    #[test]
    fn deciding_agrees_with_the_definition(rules in any_rules(), connection in any_connection()) {
        prop_assert_eq!(decided(&read(&rules), &connection), by_definition(&rules, &connection));
    }

    #[test]
    fn a_further_reject_or_hold_rule_never_makes_an_approval(rules in any_rules(), connection in any_connection(), rule in any_rule(), at in 0..12_usize) {
        prop_assume!(rule.effect != Effect::Approve);
        prop_assume!(decided(&read(&rules), &connection).0 != Effect::Approve);
        let mut more = rules;
        more.insert(at.min(more.len()), rule);
        prop_assert_ne!(decided(&read(&more), &connection).0, Effect::Approve);
    }

    #[test]
    fn knowing_less_never_makes_an_approval(rules in any_rules(), connection in any_connection(), forget_tenant: bool) {
        prop_assume!(decided(&read(&rules), &connection).0 != Effect::Approve);
        let less = if forget_tenant {
            PlainConnection { tenant: None, ..connection }
        } else {
            PlainConnection { group_ids: None, ..connection }
        };
        prop_assert_ne!(decided(&read(&rules), &less).0, Effect::Approve);
    }

    #[test]
    fn an_explanation_is_of_the_decision_and_names_what_really_matches(rules in any_rules(), connection in any_connection()) {
        let explanation = explain(&read(&rules), connection.facts(), TODAY);
        let decision = (explanation.decision.effect, explanation.decision.rule().map(|rule| rule[1..].parse().unwrap()));
        prop_assert_eq!(decision, by_definition(&rules, &connection));
        for lost in &explanation.lost {
            let rule = &rules[lost[1..].parse::<usize>().unwrap()];
            prop_assert!(rule.is_in_force() && rule.matches(&connection) == Some(true));
        }
        for near in &explanation.nearest {
            let rule = &rules[near.rule[1..].parse::<usize>().unwrap()];
            prop_assert!(!rule.is_in_force() || rule.matches(&connection) != Some(true));
            prop_assert!(rule.effect == Effect::Approve && !near.shortfalls.is_empty());
        }
    }

    /// What is approved or rejected by what is known needs nothing more, and what could be asks for no more than it lacks.
    #[test]
    fn only_what_could_make_a_difference_is_worth_reading(rules in any_rules(), connection in any_connection()) {
        let worth = facts_worth_reading(&read(&rules), connection.facts(), TODAY);
        if decided(&read(&rules), &connection).0 != Effect::Hold {
            prop_assert!(worth.is_empty());
        }
        prop_assert!(!worth.contains(&Fact::RequesterTenant) || connection.tenant.is_none());
        prop_assert!(!worth.contains(&Fact::TargetGroupIds) || connection.group_ids.is_none());
        prop_assert!(worth.is_empty() || might_act(&read(&rules), connection.facts(), TODAY));
    }

    /// What might act is found whatever more is known: a sweep may pass over the rest.
    #[test]
    fn what_might_not_act_never_does(rules in any_rules(), connection in any_connection()) {
        let allowlist = read(&rules);
        let less = PlainConnection { tenant: None, group_ids: None, ..connection.clone() };
        if decided(&allowlist, &connection).0 != Effect::Hold {
            prop_assert!(might_act(&allowlist, less.facts(), TODAY));
        }
    }
}
