//! Reject rules that take a part away from approve rules: what they are for, and still good to see.

use super::{Checked, Findings};
use crate::allowlist::condition::{Conditions, Texts, Values};
use crate::allowlist::{Effect, Pattern, Rule};

/// Of more pairs than this only so many are looked at: this keeps checking a large file quick.
const PAIRS_MAX: usize = 1_000_000;
/// As many rules as a person reads in one line.
const NAMED_MAX: usize = 3;

pub(super) fn overlap(checked: &Checked<'_>, findings: &mut Findings) {
    let of = |effect: Effect| checked.allowlist.rules().iter().filter(move |rule| rule.effect == effect);
    let mut pairs = 0;
    for reject in of(Effect::Reject) {
        let mut met: Vec<&Rule> = Vec::new();
        for approve in of(Effect::Approve) {
            pairs += 1;
            if pairs > PAIRS_MAX {
                return;
            }
            if may_meet(checked, &reject.conditions, &approve.conditions) {
                met.push(approve);
            }
        }
        let covers = |rule: &&&Rule| super::coverage::conditions_cover(checked, &reject.conditions, &rule.conditions);
        let partly: Vec<&str> = met.iter().filter(|rule| !covers(rule)).map(|rule| &*rule.id).collect();
        if partly.is_empty() {
            continue;
        }
        let more = partly.len().saturating_sub(NAMED_MAX);
        let named = partly[..partly.len() - more].join("`, `");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("rule `{}` may reject what these approve: `{named}`{more}", reject.id);
        findings.add(reject, reject.place, message, "nothing, if that is meant: reject wins");
    }
}

/// Whether a connection could match both, as far as single conditions tell.
fn may_meet(checked: &Checked<'_>, left: &Conditions, right: &Conditions) -> bool {
    left.all.iter().all(|condition| {
        right.on(condition.fact).is_none_or(|other| values_may_meet(checked, &condition.values, &other.values))
    })
}

fn values_may_meet(checked: &Checked<'_>, left: &Values, right: &Values) -> bool {
    match (left, right) {
        (Values::Texts(left), Values::Texts(right)) => {
            let plain = left.plain.len() * (1 + right.globs.len()) + right.plain.len() * (1 + left.globs.len());
            checked.may_compare(plain + left.globs.len() * right.globs.len()) && texts_may_meet(left, right)
        }
        (Values::Ranges(left), Values::Ranges(right)) => {
            checked.may_compare(left.len() * right.len())
                && left.iter().any(|left| right.iter().any(|right| left.contains(right) || right.contains(left)))
        }
        (Values::Texts(_), Values::Ranges(_)) | (Values::Ranges(_), Values::Texts(_)) => false,
    }
}

fn texts_may_meet(left: &Texts, right: &Texts) -> bool {
    left.plain.iter().any(|text| right.contains(text))
        || right.plain.iter().any(|text| left.contains(text))
        || left.globs.iter().any(|left| right.globs.iter().any(|right| globs_may_meet(left, right)))
}

/// What both begin and end with must go together.
fn globs_may_meet(left: &Pattern, right: &Pattern) -> bool {
    let (prefixes, suffixes) =
        ((left.literal_prefix(), right.literal_prefix()), (left.literal_suffix(), right.literal_suffix()));
    (prefixes.0.starts_with(prefixes.1) || prefixes.1.starts_with(prefixes.0))
        && (suffixes.0.ends_with(suffixes.1) || suffixes.1.ends_with(suffixes.0))
}
