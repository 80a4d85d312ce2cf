//! Explains a decision: which rule, which rules matched but lost, and for a hold which rules came near.

use std::fmt;

use time::Date;

use super::{ConnectionFacts, Decision, Facts, Reason, decide, limit};
use crate::allowlist::{Allowlist, Effect, Fact, Rule, Truth};

/// More rules than this help nobody to understand.
pub(crate) const LOST_MAX: usize = 5;
/// As above.
pub(crate) const NEAR_MAX: usize = 3;
/// Rules that miss by more than this are not near.
const SHORTFALLS_MAX: usize = 2;
/// With no more rules than this all of them are looked at for near ones; with more, those that the index knows to share
/// something with the connection, and of them at most so many for each fact.
const LOOKED_AT_MAX: usize = 1_000;

/// A decision with everything that a person needs to follow it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// What was decided, and by which rule.
    pub decision: Decision,
    /// The ids of the rules that matched too and were beaten, in the order in which they would have decided.
    pub lost: Vec<String>,
    /// For a hold that no rule asks for: the approve rules that came nearest, the nearest first.
    pub nearest: Vec<NearRule>,
}

/// An approve rule that would match but for a little.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NearRule {
    /// Its id.
    pub rule: String,
    /// All that it misses by.
    pub shortfalls: Vec<Shortfall>,
}

/// One thing that keeps a rule from matching.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Shortfall {
    /// A condition does not hold; its key, such as `requester.subscription`.
    Condition(&'static str),
    /// A condition's fact is unknown.
    Unknown(Fact),
    /// The rule is not yet in force.
    NotBefore(Date),
    /// The rule is no longer in force.
    Expired(Date),
    /// As many connections as the rule allows are approved already.
    Limit(u32),
}

/// Decides one connection on a day (UTC) and says why it came out so. The work is bounded, however many rules there are.
#[must_use]
pub fn explain(allowlist: &Allowlist, connection: ConnectionFacts<'_>, today: Date) -> Explanation {
    let decision = decide(allowlist, connection, today);
    let facts = Facts::of(connection);
    let lost = lost(allowlist, &facts, today, decision.rule());
    let nearest = match decision.reason {
        Reason::NoRule | Reason::Unknown { .. } => nearest(allowlist, &facts, today),
        Reason::Rule { .. } | Reason::NoAllowlist(_) => Vec::new(),
    };
    Explanation { decision, lost, nearest }
}

fn lost(allowlist: &Allowlist, facts: &Facts<'_>, today: Date, winner: Option<&str>) -> Vec<String> {
    let mut lost = Vec::new();
    allowlist.index().candidates(&facts.names, |position| {
        let rule = &allowlist.rules()[position];
        if Some(&*rule.id) != winner && rule.is_in_force(today) && super::matches(allowlist, rule, facts) == Truth::Yes
        {
            lost.push((rule.effect.rank(), position));
        }
    });
    lost.sort_unstable();
    lost.dedup();
    lost.iter().take(LOST_MAX).map(|&(_, position)| allowlist.rules()[position].id.to_string()).collect()
}

fn nearest(allowlist: &Allowlist, facts: &Facts<'_>, today: Date) -> Vec<NearRule> {
    let rules = allowlist.rules();
    let looked_at: Vec<usize> = if rules.len() <= LOOKED_AT_MAX {
        (0..rules.len()).collect()
    } else {
        allowlist.index().neighbours(&facts.names, LOOKED_AT_MAX / Fact::OF_IDS.len()).into_iter().collect()
    };
    let approving = looked_at.into_iter().filter(|&position| rules[position].effect == Effect::Approve);
    let mut near: Vec<(usize, usize, Vec<Shortfall>)> = approving
        .map(|position| (position, shortfalls(allowlist, &rules[position], facts, today)))
        .filter(|(position, missing)| {
            (1..=SHORTFALLS_MAX).contains(&missing.len()) && shares_something(&rules[*position], facts)
        })
        .map(|(position, missing)| (missing.len(), position, missing))
        .collect();
    near.sort_by_key(|(count, position, _)| (*count, *position));
    let nearest = near.into_iter().take(NEAR_MAX);
    nearest.map(|(_, at, shortfalls)| NearRule { rule: rules[at].id.to_string(), shortfalls }).collect()
}

/// A rule none of whose conditions holds is not near, however few conditions it has.
fn shares_something(rule: &Rule, facts: &Facts<'_>) -> bool {
    rule.conditions.all.iter().any(|condition| condition.holds(facts) == Truth::Yes)
}

fn shortfalls(allowlist: &Allowlist, rule: &Rule, facts: &Facts<'_>, today: Date) -> Vec<Shortfall> {
    let of = |truth, key| match truth {
        Truth::Yes => None,
        Truth::No => Some(Shortfall::Condition(key)),
        Truth::Unknown(fact) => Some(Shortfall::Unknown(fact)),
    };
    let all = rule.conditions.all.iter().map(|condition| of(condition.holds(facts), condition.fact.as_str()));
    let not = rule.conditions.not.iter().map(|not| of(not.conditions.hold(facts).negated(), not.key));
    let mut missing: Vec<Shortfall> = all.chain(not).flatten().collect();
    missing.extend(rule.not_before.filter(|first| today < *first).map(Shortfall::NotBefore));
    missing.extend(rule.expires.filter(|last| *last < today).map(Shortfall::Expired));
    if let Some(limit) = rule.limit
        && missing.is_empty()
    {
        match limit::leaves_room(allowlist, rule, limit, facts) {
            Truth::Yes => {}
            Truth::No => missing.push(Shortfall::Limit(limit)),
            Truth::Unknown(fact) => missing.push(Shortfall::Unknown(fact)),
        }
    }
    missing
}

impl fmt::Display for Shortfall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Condition(key) => formatter.write_str(key),
            Self::Unknown(fact) => write!(formatter, "{fact}, which is unknown"),
            Self::NotBefore(first) => write!(formatter, "not_before, which is {first}"),
            Self::Expired(last) => write!(formatter, "expires, which was {last}"),
            Self::Limit(limit) => write!(formatter, "its limit of {limit}"),
        }
    }
}

impl fmt::Display for NearRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shortfalls: Vec<String> = self.shortfalls.iter().map(ToString::to_string).collect();
        write!(formatter, "rule {} matches but for {}", self.rule, shortfalls.join(" and "))
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.decision.effect, self.decision.reason)?;
        for near in &self.nearest {
            write!(formatter, "; {near}")?;
        }
        if !self.lost.is_empty() {
            write!(
                formatter,
                "; {} {} too",
                self.lost.join(", "),
                if self.lost.len() == 1 { "matches" } else { "match" }
            )?;
        }
        Ok(())
    }
}
