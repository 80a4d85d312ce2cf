//! Decides what becomes of a connection, by the allowlist, with the reason.
//!
//! Any matching reject rule beats any matching hold rule, which beats any matching approve rule; nothing matches: hold.
//! Among rules of one effect the first in the file is the one named. A fact that could not be read never approves: an
//! approve rule that needs it does not match, and a reject or hold rule that would match but for it makes the decision
//! hold.

use std::collections::BTreeSet;
use std::fmt;

use time::Date;

use crate::allowlist::{Allowlist, Effect, Rule, Values};
use crate::catalogue::TargetType;
use crate::facts::{Connection, Endpoint};
use crate::resource_id::ResourceId;

/// The facts that rules are matched against.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionFacts<'a> {
    /// The private-link resource.
    pub target: &'a ResourceId,
    /// The group ids asked for, or `None` where neither side tells them.
    pub group_ids: Option<&'a [String]>,
    /// The private endpoint, as the target's side names it.
    pub endpoint: &'a ResourceId,
}

/// What becomes of a connection, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// What to do.
    pub effect: Effect,
    /// Why.
    pub reason: Reason,
}

/// Why a decision came out as it did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reason {
    /// This rule decided.
    Rule {
        /// The rule's id.
        id: String,
        /// Who answers for the rule.
        owner: Option<String>,
        /// The rule's own reason.
        reason: Option<String>,
    },
    /// No rule matched.
    NoRule,
    /// A reject or hold rule would match but for a fact that could not be read.
    Unknown {
        /// The fact, as the file spells it: `target.group_ids`.
        fact: &'static str,
        /// The rule that needs it.
        rule: String,
    },
    /// There is no allowlist in force, and why.
    NoAllowlist(String),
}

impl Decision {
    /// The decision while no allowlist is in force: hold everything.
    #[must_use]
    pub fn without_allowlist(why: &str) -> Self {
        Self { effect: Effect::Hold, reason: Reason::NoAllowlist(why.to_owned()) }
    }

    /// The id of the rule that decided or, for a hold on an unknown fact, of the rule that needs the fact.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match &self.reason {
            Reason::Rule { id, .. } => Some(id),
            Reason::Unknown { rule, .. } => Some(rule),
            Reason::NoRule | Reason::NoAllowlist(_) => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { id, reason: Some(reason), .. } => write!(formatter, "rule {id} matches ({reason})"),
            Self::Rule { id, .. } => write!(formatter, "rule {id} matches"),
            Self::NoRule => formatter.write_str("no rule of the allowlist matches"),
            Self::Unknown { fact, rule } => write!(formatter, "{fact} is unknown and rule {rule} needs it"),
            Self::NoAllowlist(why) => write!(formatter, "no allowlist is in force: {why}"),
        }
    }
}

/// The group ids that a connection asks for, as far as both sides together make them known.
///
/// The endpoint's side is the requester's own, so where the target's side tells them too, both must say the same. Types
/// without group ids ask for none; for the others no group ids at all means that nobody told them.
#[must_use]
pub fn known_group_ids(row: &TargetType, endpoint: Option<&Endpoint>, connection: &Connection) -> Option<Vec<String>> {
    if row.group_ids.is_empty() {
        return Some(Vec::new());
    }
    let told = |ids: Vec<String>| Some(ids).filter(|ids| !ids.is_empty() && ids.iter().all(|id| !id.is_empty()));
    let asked = endpoint.and_then(|endpoint| told(endpoint.group_ids_for(&connection.target)));
    let listed = connection.group_ids.clone().and_then(told);
    match (asked, listed) {
        (Some(asked), Some(listed)) if !is_same_set(&asked, &listed) => None,
        (asked, listed) => asked.or(listed),
    }
}

fn is_same_set(left: &[String], right: &[String]) -> bool {
    let set = |ids: &[String]| ids.iter().map(|id| id.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    set(left) == set(right)
}

/// Decides one connection on a day (UTC).
#[must_use]
pub fn decide(allowlist: &Allowlist, facts: ConnectionFacts<'_>, today: Date) -> Decision {
    let outcomes: Vec<(&Rule, Match)> = allowlist
        .rules
        .iter()
        .filter(|rule| rule.is_in_force(today))
        .map(|rule| (rule, match_rule(rule, facts)))
        .filter(|(_, outcome)| *outcome != Match::No)
        .collect();
    let first =
        |effect: Effect| outcomes.iter().find(|(rule, outcome)| rule.effect == effect && *outcome == Match::Yes);
    if let Some((rule, _)) = first(Effect::Reject).or_else(|| first(Effect::Hold)) {
        return by_rule(rule);
    }
    let unknown = outcomes.iter().find_map(|(rule, outcome)| match outcome {
        Match::Unknown(fact) if rule.effect != Effect::Approve => Some((rule, *fact)),
        Match::Unknown(_) | Match::Yes | Match::No => None,
    });
    if let Some((rule, fact)) = unknown {
        return Decision { effect: Effect::Hold, reason: Reason::Unknown { fact, rule: rule.id.clone() } };
    }
    match first(Effect::Approve) {
        Some((rule, _)) => by_rule(rule),
        None => Decision { effect: Effect::Hold, reason: Reason::NoRule },
    }
}

fn by_rule(rule: &Rule) -> Decision {
    let (id, owner, reason) = (rule.id.clone(), rule.owner.clone(), rule.reason.clone());
    Decision { effect: rule.effect, reason: Reason::Rule { id, owner, reason } }
}

/// Whether a rule's conditions hold. Unknown counts only while no other condition says no.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Match {
    Yes,
    No,
    Unknown(&'static str),
}

fn match_rule(rule: &Rule, facts: ConnectionFacts<'_>) -> Match {
    let (target, requester) = (&rule.target, &rule.requester);
    let target_type = facts.target.resource_type();
    let known = [
        holds(target.resource_type.as_ref(), &target_type),
        holds(target.subscription.as_ref(), facts.target.subscription()),
        holds(target.resource_group.as_ref(), facts.target.resource_group()),
        holds(target.name.as_ref(), facts.target.name()),
        holds(requester.subscription.as_ref(), facts.endpoint.subscription()),
        holds(requester.resource_group.as_ref(), facts.endpoint.resource_group()),
        holds(requester.name.as_ref(), facts.endpoint.name()),
    ];
    if known.contains(&false) { Match::No } else { match_group_ids(target.group_ids.as_ref(), facts.group_ids) }
}

fn holds(condition: Option<&Values>, value: &str) -> bool {
    condition.is_none_or(|values| values.matches(value))
}

/// Holds when every group id asked for is listed. A connection without group ids (a private link service) asks for
/// nothing that could be listed, so a condition on them does not hold.
fn match_group_ids(condition: Option<&Values>, group_ids: Option<&[String]>) -> Match {
    match (condition, group_ids) {
        (None, _) => Match::Yes,
        (Some(_), None) => Match::Unknown("target.group_ids"),
        (Some(values), Some(ids)) if !ids.is_empty() && ids.iter().all(|id| values.matches(id)) => Match::Yes,
        (Some(_), Some(_)) => Match::No,
    }
}

#[cfg(test)]
mod tests;
