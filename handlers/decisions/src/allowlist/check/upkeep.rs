//! What a file needs to stay trustworthy: rules that say who asks, who answers for them, why, and until when.

use time::Duration;

use super::{Checked, Findings};
use crate::allowlist::condition::{Fact, Values};
use crate::allowlist::{Effect, Pattern, Place, Rule};

/// A month is enough to ask a rule's owner.
pub(in crate::allowlist) const SOON: Duration = Duration::days(30);

const GUID_CHARS: usize = 36;

/// What a requester cannot choose for itself.
const VOUCHED_FOR: [Fact; 4] =
    [Fact::RequesterSubscription, Fact::RequesterTenant, Fact::RequesterVirtualNetwork, Fact::RequesterService];
/// What anybody can give an endpoint of their own.
const CHOSEN: [Fact; 5] = [
    Fact::RequesterResourceGroup,
    Fact::RequesterName,
    Fact::RequesterLocation,
    Fact::RequesterAddress,
    Fact::RequesterMessage,
];

fn approving<'a>(checked: &'a Checked<'_>) -> impl Iterator<Item = &'a Rule> {
    checked.allowlist.rules().iter().filter(|rule| rule.effect == Effect::Approve)
}

/// Whether anything that is asked of the requester is vouched for: a network's id begins with its subscription, and a
/// glob that leaves it open matches anybody's network of that name.
fn is_vouched_for(rule: &Rule) -> bool {
    let pins = |values: &Values, open: &dyn Fn(&Pattern) -> bool| match values {
        Values::Texts(texts) => !texts.globs.iter().any(open),
        Values::Ranges(_) => true,
    };
    let leaves_subscription = |glob: &Pattern| glob.literal_prefix().len() < "/subscriptions/".len() + GUID_CHARS;
    VOUCHED_FOR.iter().filter_map(|fact| rule.conditions.on(*fact)).any(|condition| match condition.fact {
        Fact::RequesterVirtualNetwork => pins(&condition.values, &leaves_subscription),
        _ => pins(&condition.values, &|glob| glob.as_str() == "*"),
    })
}

fn asks_any(rule: &Rule, facts: &[Fact]) -> bool {
    facts.iter().any(|fact| rule.conditions.on(*fact).is_some())
}

pub(super) fn no_requester(checked: &Checked<'_>, findings: &mut Findings) {
    for rule in approving(checked).filter(|rule| !asks_any(rule, &VOUCHED_FOR) && !asks_any(rule, &CHOSEN)) {
        let types = match rule.conditions.on(Fact::TargetType) {
            Some(_) => "",
            None => ", for any type of target, those that are learned at run time included",
        };
        let message = format!("rule `{}` approves whoever asks, from any tenant{types}", rule.id);
        findings.add(
            rule,
            rule.place,
            message,
            "name the requester's `subscription`; write \"*\" if everybody is meant",
        );
    }
}

pub(super) fn imitable_requester(checked: &Checked<'_>, findings: &mut Findings) {
    for rule in approving(checked).filter(|rule| {
        let asks = asks_any(rule, &CHOSEN) || asks_any(rule, &[Fact::RequesterVirtualNetwork]);
        asks && !is_vouched_for(rule)
    }) {
        let message = format!("rule `{}` asks the requester only for what anybody can choose", rule.id);
        let remedy = "name the requester's `subscription`, `tenant` or `virtual_network` beside it";
        findings.add(rule, rule.place, message, remedy);
    }
}

pub(super) fn expired(checked: &Checked<'_>, findings: &mut Findings) {
    for rule in checked.allowlist.rules() {
        if let Some(last) = rule.expires.filter(|last| *last < checked.today) {
            let message = format!("rule `{}` expired: its last day was {last}", rule.id);
            findings.add(rule, rule.place, message, "take it out, or agree on a new day with its owner");
        }
    }
}

pub(super) fn expires_soon(checked: &Checked<'_>, findings: &mut Findings) {
    let soon = checked.today.saturating_add(SOON);
    for rule in checked.allowlist.rules() {
        if let Some(last) = rule.expires.filter(|last| (checked.today..soon).contains(last)) {
            let days = (last - checked.today).whole_days();
            let message = format!("rule `{}` has {days} days left: its last day is {last}", rule.id);
            findings.add(rule, rule.place, message, "agree on a new day with its owner, or let it go");
        }
    }
}

pub(super) fn missing_owner(checked: &Checked<'_>, findings: &mut Findings) {
    for rule in checked.allowlist.rules().iter().filter(|rule| rule.owner.is_none()) {
        let message = format!("nobody answers for rule `{}`", rule.id);
        findings.add(rule, rule.place, message, "add `owner:` with a person's or team's address");
    }
}

pub(super) fn missing_reason(checked: &Checked<'_>, findings: &mut Findings) {
    for rule in checked.allowlist.rules().iter().filter(|rule| rule.reason.is_none()) {
        let message = format!("rule `{}` does not say why it exists", rule.id);
        findings.add(rule, rule.place, message, "add `reason:` in a few words");
    }
}

pub(super) fn unused_set(checked: &Checked<'_>, findings: &mut Findings) {
    for set in checked.allowlist.sets().iter().filter(|set| !set.is_used) {
        let message = format!("no condition names set `{}`", crate::untrusted::escaped(&set.name, 80));
        findings.add_as(findings.check.severity, None, set.place, message, "use it as `{ set: … }`, or take it out");
    }
}

pub(super) fn no_tests(checked: &Checked<'_>, findings: &mut Findings) {
    if checked.allowlist.tests().is_empty() && !checked.allowlist.rules().is_empty() {
        let message = "nothing shows that the rules do what they are meant to".to_owned();
        let remedy = "add `tests:` with a connection that must be approved, and one that must not";
        findings.add_as(findings.check.severity, None, Place { line: 1, column: 1 }, message, remedy);
    }
}
