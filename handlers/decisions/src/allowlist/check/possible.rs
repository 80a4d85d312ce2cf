//! Conditions of one rule that no connection can meet together.

use std::collections::BTreeSet;

use super::catalogued::{could_ask_for, texts_on, types_of};
use super::coverage::conditions_cover;
use super::{Checked, Findings, Severity, for_new_conditions};
use crate::allowlist::Rule;
use crate::allowlist::condition::{Fact, Texts, Values};
use crate::resource_id::ResourceId;

pub(super) fn impossible(checked: &Checked<'_>, findings: &mut Findings) {
    types_that_count_as_others(checked, findings);
    for rule in checked.allowlist.rules() {
        group_ids_of_other_types(checked, rule, findings);
        network_elsewhere(checked, rule, findings);
        excluded_by_not(checked, rule, findings);
    }
}

/// Some types no target of a connection has: one of its group ids tells that it is about such a resource.
fn types_that_count_as_others(checked: &Checked<'_>, findings: &mut Findings) {
    for row in checked.catalogue.target_types() {
        let Some(counts_as) = row.counts_as() else { continue };
        let why = "connections of slots count as the site's";
        let ids: Vec<String> = row.group_ids.listed().iter().map(|id| format!("\"{id}\"")).collect();
        let remedy = format!("write `type: {counts_as}` with `group_ids: [{}]`", ids.join(", "));
        let is_it = |text: &str| text.eq_ignore_ascii_case(&row.resource_type);
        let is_it_alone = |types: &Texts| types.globs.is_empty() && types.plain.iter().all(|text| is_it(text));
        let mut seen = BTreeSet::new();
        for rule in checked.allowlist.rules() {
            let asked = rule.conditions.on(Fact::TargetType);
            if let Some(condition) = asked.filter(|_| texts(rule, Fact::TargetType).is_some_and(is_it_alone)) {
                let message = format!("rule `{}` never matches: {why}", rule.id);
                findings.add(rule, condition.place, message, &*remedy);
                continue;
            }
            for_new_conditions(&rule.conditions, &mut seen, &mut |condition| {
                if texts_on(condition, Fact::TargetType).is_some_and(|types| types.plain.iter().any(|text| is_it(text)))
                {
                    let message = format!("type `{}` never matches: {why}", row.resource_type);
                    findings.add_as(Severity::Warning, Some(rule), condition.place, message, &*remedy);
                }
            });
        }
    }
}

fn group_ids_of_other_types(checked: &Checked<'_>, rule: &Rule, findings: &mut Findings) {
    // A rule without a type asks for a group id of any; whether one has it, another check says.
    let (Some(_), Some(condition), Some(asked)) = (
        rule.conditions.on(Fact::TargetType),
        rule.conditions.on(Fact::TargetGroupIds),
        texts(rule, Fact::TargetGroupIds),
    ) else {
        return;
    };
    let types = types_of(checked, rule);
    let has_one = types.iter().any(|row| could_ask_for(row, asked));
    if types.is_empty() || has_one {
        return;
    }
    let names: Vec<&str> = types.iter().map(|row| row.resource_type.as_str()).collect();
    let known: Vec<&str> = types.iter().flat_map(|row| row.group_ids.listed().iter().map(String::as_str)).collect();
    let message = format!("rule `{}` never matches: {} has none of these group ids", rule.id, names.join(", "));
    let remedy = match known.is_empty() {
        true => "take `group_ids` out; this type has none".to_owned(),
        false => format!("use one of {}", known.join(", ")),
    };
    findings.add(rule, condition.place, message, remedy);
}

/// An endpoint is in the subscription of its network:
/// <https://learn.microsoft.com/azure/private-link/private-endpoint-overview>.
fn network_elsewhere(checked: &Checked<'_>, rule: &Rule, findings: &mut Findings) {
    let (Some(condition), Some(networks), Some(subscriptions)) = (
        rule.conditions.on(Fact::RequesterVirtualNetwork),
        texts(rule, Fact::RequesterVirtualNetwork),
        texts(rule, Fact::RequesterSubscription),
    ) else {
        return;
    };
    let is_elsewhere = |id: &str| ResourceId::parse(id).is_ok_and(|id| !subscriptions.contains(id.subscription()));
    if networks.globs.is_empty()
        && checked.may_compare(networks.plain.len())
        && networks.plain.iter().all(|id| is_elsewhere(id))
    {
        let message = format!("rule `{}` never matches: its networks are in none of its subscriptions", rule.id);
        findings.add(rule, condition.place, message, "an endpoint is in its network's subscription; name that one");
    }
}

fn excluded_by_not(checked: &Checked<'_>, rule: &Rule, findings: &mut Findings) {
    for not in rule.conditions.not.iter().filter(|not| conditions_cover(checked, &not.conditions, &rule.conditions)) {
        let message =
            format!("rule `{}` never matches: `{}` excludes all that its conditions ask for", rule.id, not.key);
        findings.add(rule, not.place, message, "narrow the `not`, or take it out");
    }
}

fn texts(rule: &Rule, fact: Fact) -> Option<&Texts> {
    match &*rule.conditions.on(fact)?.values {
        Values::Texts(texts) => Some(texts),
        Values::Ranges(_) => None,
    }
}
