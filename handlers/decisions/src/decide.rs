//! Decides what becomes of a connection, by the allowlist, with the reason.
//!
//! Any matching reject rule beats any matching hold rule, which beats any matching approve rule; nothing matches: hold.
//! Among rules of one effect the first in the file is the one named. A fact that could not be read never approves: an
//! approve rule that needs it does not match, and a reject or hold rule that would match but for it makes the decision
//! hold.

mod explain;
mod facts;
mod limit;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use time::Date;

use crate::allowlist::{Allowlist, Effect, Fact, Rule, Truth};
use crate::catalogue::GroupIds;
use crate::facts::{Connection, Endpoint};
use crate::resource_id::ResourceId;

pub use self::explain::{Explanation, NearRule, Shortfall, explain};
pub(crate) use self::explain::{LOST_MAX, NEAR_MAX};
pub(crate) use self::facts::Facts;
pub use self::facts::{Approved, ConnectionFacts};
pub use self::limit::counts_others;

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
        id: Box<str>,
        /// Who answers for the rule.
        owner: Option<Arc<str>>,
        /// The rule's own reason.
        reason: Option<Arc<str>>,
        /// Where the rule was asked for and agreed.
        ticket: Option<Arc<str>>,
    },
    /// No rule matched.
    NoRule,
    /// A reject or hold rule would match but for a fact that could not be read.
    Unknown {
        /// The fact.
        fact: Fact,
        /// The rule that needs it.
        rule: Box<str>,
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

impl Reason {
    fn of(rule: &Rule) -> Self {
        Self::Rule {
            id: rule.id.clone(),
            owner: rule.owner.clone(),
            reason: rule.reason.clone(),
            ticket: rule.ticket.clone(),
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
pub fn known_group_ids(
    of_type: &GroupIds,
    endpoint: Option<&Endpoint>,
    connection: &Connection,
) -> Option<Vec<String>> {
    if *of_type == GroupIds::None {
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

/// Decides one connection on a day (UTC). What it costs hangs on how many rules come near, not on how many there are.
#[must_use]
pub fn decide(allowlist: &Allowlist, connection: ConnectionFacts<'_>, today: Date) -> Decision {
    let facts = Facts::of(connection);
    let mut best: Option<(Rank, usize, Truth)> = None;
    allowlist.index().candidates(&facts.names, |position| {
        let rule = &allowlist.rules()[position];
        let at_best = (Rank::of_match(rule.effect), position);
        if best.is_some_and(|(rank, first, _)| (rank, first) <= at_best) || !rule.is_in_force(today) {
            return;
        }
        let truth = matches(allowlist, rule, &facts);
        if let Some(rank) = Rank::of(rule.effect, truth)
            && best.is_none_or(|(best, first, _)| (rank, position) < (best, first))
        {
            best = Some((rank, position, truth));
        }
    });
    let Some((_, position, truth)) = best else {
        return Decision { effect: Effect::Hold, reason: Reason::NoRule };
    };
    let rule = &allowlist.rules()[position];
    match truth {
        Truth::Unknown(fact) => {
            Decision { effect: Effect::Hold, reason: Reason::Unknown { fact, rule: rule.id.clone() } }
        }
        Truth::Yes | Truth::No => Decision { effect: rule.effect, reason: Reason::of(rule) },
    }
}

/// Whether the connection is approved or rejected, or could be if more facts were read.
#[must_use]
pub fn might_act(allowlist: &Allowlist, connection: ConnectionFacts<'_>, today: Date) -> bool {
    let mut might = decide(allowlist, connection, today).effect != Effect::Hold;
    for_each_undecided(allowlist, connection, today, |rule, _| might |= rule.effect != Effect::Hold);
    might
}

/// The first approve rule that matches and has expired: why a connection may be approved that no rule approves now.
#[must_use]
pub fn expired_rule<'a>(allowlist: &'a Allowlist, connection: ConnectionFacts<'_>, today: Date) -> Option<&'a Rule> {
    let facts = Facts::of(connection);
    let mut first: Option<usize> = None;
    allowlist.index().candidates(&facts.names, |position| {
        let rule = &allowlist.rules()[position];
        let has_expired = rule.effect == Effect::Approve && rule.expires.is_some_and(|last| last < today);
        let is_before = first.is_none_or(|first| position < first);
        if has_expired && is_before && rule.conditions.hold_beyond_ids(&facts) == Truth::Yes {
            first = Some(position);
        }
    });
    first.map(|position| &allowlist.rules()[position])
}

/// The facts worth reading: those that keep rules undecided, where the connection could still be approved or rejected.
/// There are none where it is so by what is known.
#[must_use]
pub fn facts_worth_reading(allowlist: &Allowlist, connection: ConnectionFacts<'_>, today: Date) -> BTreeSet<Fact> {
    let mut unknown = BTreeSet::new();
    let mut might_act = false;
    for_each_undecided(allowlist, connection, today, |rule, facts| {
        might_act |= rule.effect != Effect::Hold;
        rule.conditions.unknown_facts(facts, &mut unknown);
    });
    if might_act { unknown } else { BTreeSet::new() }
}

/// Calls `visit` for each rule that has a say in whether a held connection is approved or rejected, and that does not
/// fail by what is known.
fn for_each_undecided(
    allowlist: &Allowlist,
    connection: ConnectionFacts<'_>,
    today: Date,
    mut visit: impl FnMut(&Rule, &Facts<'_>),
) {
    let decision = decide(allowlist, connection, today);
    if decision.effect != Effect::Hold {
        return;
    }
    // A hold rule that matches for certain is beaten by nothing but a reject rule.
    let is_held_by_rule = matches!(decision.reason, Reason::Rule { .. });
    let facts = Facts::of(connection);
    allowlist.index().candidates(&facts.names, |position| {
        let rule = &allowlist.rules()[position];
        let would_act = match rule.effect {
            Effect::Reject => true,
            // It keeps an approve rule from deciding while it is unknown.
            Effect::Hold | Effect::Approve => !is_held_by_rule,
        };
        if would_act && rule.is_in_force(today) && rule.conditions.hold_beyond_ids(&facts) != Truth::No {
            visit(rule, &facts);
        }
    });
}

/// The services that rules ask for which would match but for that: one of them may confirm the connection's endpoint.
#[must_use]
pub fn services_asked_for(allowlist: &Allowlist, connection: ConnectionFacts<'_>, today: Date) -> BTreeSet<ResourceId> {
    let facts = Facts::of(connection);
    let mut services = BTreeSet::new();
    allowlist.index().candidates(&facts.names, |position| {
        let rule = &allowlist.rules()[position];
        if rule.is_in_force(today) && rule.conditions.hold_beyond_ids(&facts) != Truth::No {
            services.extend(rule.conditions.services());
        }
    });
    services
}

/// What decides among the rules that match or might: the lowest does, and of those the first in the file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    Reject,
    Hold,
    /// A reject or hold rule would match but for a fact.
    HoldForUnknown,
    Approve,
}

impl Rank {
    fn of_match(effect: Effect) -> Self {
        match effect {
            Effect::Reject => Self::Reject,
            Effect::Hold => Self::Hold,
            Effect::Approve => Self::Approve,
        }
    }

    fn of(effect: Effect, truth: Truth) -> Option<Self> {
        match (truth, effect) {
            (Truth::Yes, effect) => Some(Self::of_match(effect)),
            (Truth::Unknown(_), Effect::Reject | Effect::Hold) => Some(Self::HoldForUnknown),
            (Truth::Unknown(_), Effect::Approve) | (Truth::No, _) => None,
        }
    }
}

/// Whether a rule that the index found matches, its limit included.
fn matches(allowlist: &Allowlist, rule: &Rule, facts: &Facts<'_>) -> Truth {
    match (rule.conditions.hold_beyond_ids(facts), rule.limit) {
        (Truth::Yes, Some(limit)) => limit::leaves_room(allowlist, rule, limit, facts),
        (truth, _) => truth,
    }
}

#[cfg(test)]
mod tests;
