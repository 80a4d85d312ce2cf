//! Rules that others leave nothing to do.
//!
//! One rule covers another if whatever matches the second matches the first as well. That is shown condition by
//! condition, so some coverings are missed (by several rules together, or through `not`) and none is made up. Which rules
//! could cover a rule is asked of the index, by a connection made up to match it.

use std::borrow::Cow;

use super::{Checked, Findings};
use crate::allowlist::condition::{Conditions, Fact, Texts, Values};
use crate::allowlist::{Names, Pattern, Rule};

/// Of more rules that could cover one only so many are looked at: this keeps checking a large file quick.
const LOOKED_AT_MAX: usize = 50;

pub(super) fn unreachable(checked: &Checked<'_>, findings: &mut Findings) {
    for rule in checked.allowlist.rules() {
        let beating = covering(checked, rule).find(|other| other.effect.rank() < rule.effect.rank());
        if let Some(other) = beating {
            let message = format!(
                "rule `{}` never decides: rule `{}` says {} to all that it matches",
                rule.id, other.id, other.effect
            );
            findings.add(
                rule,
                rule.place,
                message,
                format!("take it out, or narrow `{}` on line {}", other.id, other.place.line),
            );
        }
    }
}

pub(super) fn shadowed(checked: &Checked<'_>, findings: &mut Findings) {
    for rule in checked.allowlist.rules() {
        if let Some(other) = earlier_of_its_effect(checked, rule).find(|other| !covers(rule, other, checked)) {
            let message =
                format!("rule `{}` is never the one named: rule `{}` matches all that it does", rule.id, other.id);
            let remedy = format!("take it out, or put it before `{}` on line {}", other.id, other.place.line);
            findings.add(rule, rule.place, message, remedy);
        }
    }
}

pub(super) fn duplicate(checked: &Checked<'_>, findings: &mut Findings) {
    for rule in checked.allowlist.rules() {
        if let Some(other) = earlier_of_its_effect(checked, rule).find(|other| covers(rule, other, checked)) {
            let message =
                format!("rule `{}` says the same as rule `{}` on line {}", rule.id, other.id, other.place.line);
            findings.add(rule, rule.place, message, "keep one of the two");
        }
    }
}

/// The rules that cover this one, are of its effect and stand before it.
fn earlier_of_its_effect<'a>(checked: &'a Checked<'_>, rule: &'a Rule) -> impl Iterator<Item = &'a Rule> {
    covering(checked, rule).filter(|other| other.effect == rule.effect && other.place < rule.place)
}

/// The rules that cover this one, in the file's order.
fn covering<'a>(checked: &'a Checked<'_>, rule: &'a Rule) -> impl Iterator<Item = &'a Rule> {
    let rules = checked.allowlist.rules();
    let mut candidates = Vec::new();
    checked.allowlist.index().candidates(&witness(rule), |position| {
        if candidates.len() < LOOKED_AT_MAX {
            candidates.push(position);
        }
    });
    candidates.sort_unstable();
    candidates.dedup();
    let others = candidates.into_iter().map(|position| &rules[position]);
    others.filter(move |other| other.id != rule.id && covers(other, rule, checked))
}

/// Names that the rule's conditions on names hold for. Where it has no condition, a name that nobody gives.
fn witness(rule: &Rule) -> Names<'_> {
    std::array::from_fn(|at| {
        let values = rule.conditions.on(Fact::OF_IDS[at]).map(|condition| &*condition.values);
        let Some(Values::Texts(texts)) = values else { return Cow::Borrowed("\u{1}") };
        match (texts.plain.first(), texts.globs.first()) {
            (Some(text), _) => Cow::Borrowed(&**text),
            (None, Some(glob)) => Cow::Owned(glob.as_str().replace(['*', '?'], "\u{1}")),
            (None, None) => Cow::Borrowed("\u{1}"),
        }
    })
}

/// Whether all that `inner` matches from today on is matched by `outer`, too.
fn covers(outer: &Rule, inner: &Rule, checked: &Checked<'_>) -> bool {
    let begins = |rule: &Rule| rule.not_before.map_or(checked.today, |first| first.max(checked.today));
    let lasts = match (outer.expires, inner.expires) {
        (None, _) => true,
        (Some(outer), Some(inner)) => inner <= outer,
        (Some(_), None) => false,
    };
    let is_over = |rule: &Rule| rule.expires.is_some_and(|last| last < checked.today);
    lasts
        && begins(outer) <= begins(inner)
        && !is_over(outer)
        && !is_over(inner)
        && (outer.limit.is_none() || outer.limit == inner.limit)
        && conditions_cover(checked, &outer.conditions, &inner.conditions)
}

pub(super) fn conditions_cover(checked: &Checked<'_>, outer: &Conditions, inner: &Conditions) -> bool {
    let condition_is_covered = |asked: &crate::allowlist::Condition| {
        inner.on(asked.fact).is_some_and(|given| values_cover(checked, &asked.values, &given.values))
    };
    let is_said_too = |asked: &crate::allowlist::Not| {
        inner.not.iter().any(|given| {
            given.key == asked.key
                && conditions_cover(checked, &given.conditions, &asked.conditions)
                && conditions_cover(checked, &asked.conditions, &given.conditions)
        })
    };
    outer.all.iter().all(condition_is_covered) && outer.not.iter().all(is_said_too)
}

/// Whether all that `inner` contains is in `outer`, too.
fn values_cover(checked: &Checked<'_>, outer: &Values, inner: &Values) -> bool {
    match (outer, inner) {
        (Values::Texts(outer), Values::Texts(inner)) => {
            std::ptr::eq(outer, inner)
                || checked.may_compare(inner.plain.len() + inner.globs.len() * outer.globs.len())
                    && inner.plain.iter().all(|text| outer.contains(text))
                    && inner.globs.iter().all(|glob| glob_is_covered(outer, glob))
        }
        (Values::Ranges(outer), Values::Ranges(inner)) => {
            checked.may_compare(inner.len() * outer.len())
                && inner.iter().all(|range| outer.iter().any(|outer| outer.contains(range)))
        }
        (Values::Texts(_), Values::Ranges(_)) | (Values::Ranges(_), Values::Texts(_)) => false,
    }
}

/// A star takes whatever another glob's wildcards stand for; a question mark may not.
fn glob_is_covered(outer: &Texts, inner: &Pattern) -> bool {
    let covers = |glob: &Pattern| glob == inner || !glob.as_str().contains('?') && glob.matches_folded(inner.as_str());
    outer.globs.iter().any(covers)
}
