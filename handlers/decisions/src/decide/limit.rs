//! Limits: how many connections to one target a rule may approve.
//!
//! Counted are the target's other approved connections that the rule may have approved: all that it matches, but for those
//! that an earlier approve rule has certainly approved, one that always was in force and has no limit itself. Where a fact
//! of theirs is unknown, every rule that it could be counts them. A limit is rather too strict than too generous.

use time::Date;

use super::{Approved, ConnectionFacts, Facts};
use crate::allowlist::{Allowlist, Effect, Fact, Rule, Truth};

/// Whether a rule with a limit matches or might: only then does it matter who else is approved.
#[must_use]
pub fn counts_others(allowlist: &Allowlist, connection: ConnectionFacts<'_>, today: Date) -> bool {
    let facts = Facts::of(connection);
    let mut counts = false;
    allowlist.index().candidates(&facts.names, |position| {
        let rule = &allowlist.rules()[position];
        let might_match = || rule.is_in_force(today) && rule.conditions.hold_beyond_ids(&facts) != Truth::No;
        counts = counts || (rule.limit.is_some() && might_match());
    });
    counts
}

/// Whether the rule may approve one more.
pub(super) fn leaves_room(allowlist: &Allowlist, rule: &Rule, limit: u32, facts: &Facts<'_>) -> Truth {
    let approved = match facts.connection.approved {
        Approved::Unknown => return Truth::Unknown(Fact::ApprovedByRule),
        Approved::Count(count) => count as usize,
        Approved::Listed(others) => others.iter().filter(|other| may_be_by(allowlist, rule, **other)).count(),
    };
    if approved < limit as usize { Truth::Yes } else { Truth::No }
}

fn may_be_by(allowlist: &Allowlist, rule: &Rule, approved: ConnectionFacts<'_>) -> bool {
    let facts = Facts::of(approved);
    if rule.conditions.hold(&facts) == Truth::No {
        return false;
    }
    let mut is_by_earlier = false;
    allowlist.index().candidates(&facts.names, |position| {
        let other = &allowlist.rules()[position];
        let takes_all = other.limit.is_none() && other.not_before.is_none() && other.expires.is_none();
        is_by_earlier |= other.effect == Effect::Approve
            && takes_all
            && other.place < rule.place
            && other.conditions.hold_beyond_ids(&facts) == Truth::Yes;
    });
    !is_by_earlier
}
