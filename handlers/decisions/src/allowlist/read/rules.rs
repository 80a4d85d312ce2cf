//! Reads the rules: their ids, days and conditions.

use std::collections::BTreeMap;

use serde_saphyr::{Location, Spanned};

use super::file::{RawRequester, RawRule, RawTarget};
use super::values::RawValues;
use super::{Problem, Reader, or, place_of};
use crate::allowlist::condition::{Condition, Conditions, Not};
use crate::allowlist::{Effect, Fact, Rule};
use crate::untrusted::escaped;

/// Rule ids go into the description of a connection, which SQL limits to 128 characters.
pub(in crate::allowlist) const RULE_ID_MAX_CHARS: usize = 64;

/// A condition as it stands in the file, if it does.
type RawCondition = (Fact, Option<Spanned<RawValues>>);

impl Reader {
    pub(super) fn check_ids(&mut self, rules: &[Spanned<RawRule>]) {
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for id in rules.iter().map(|rule| &rule.value.id) {
            let is_id_char = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if id.value.is_empty() || id.value.len() > RULE_ID_MAX_CHARS || !id.value.chars().all(is_id_char) {
                let message = format!("`{}` cannot be a rule's id", escaped(&id.value, 80));
                let remedy = format!("use 1 to {RULE_ID_MAX_CHARS} letters, digits, `-`, `_` or `.`");
                self.problem(id.referenced, message, remedy);
            }
            if let Some(line) = seen.insert(id.value.to_ascii_lowercase(), id.referenced.line()) {
                let message = format!("the rule on line {line} has the id `{}` already", escaped(&id.value, 80));
                self.problem(id.referenced, message, "give each rule an id of its own");
            }
        }
    }

    pub(super) fn rule(&mut self, raw: Spanned<RawRule>) -> Rule {
        let location = raw.referenced;
        let raw = raw.value;
        let (not_before, expires) = (self.day(raw.not_before), self.day(raw.expires));
        let limit = raw.limit.as_ref().map(|limit| limit.value);
        self.check_limit(raw.limit, raw.effect);
        self.check_message(&raw.requester);
        self.check_service(&raw.requester);
        let mut conditions = Conditions::default();
        self.target(raw.target, &mut conditions);
        self.requester(raw.requester, &mut conditions);
        let rule = Rule {
            id: raw.id.value.into_boxed_str(),
            effect: raw.effect,
            owner: self.shared(raw.owner),
            reason: self.shared(raw.reason),
            ticket: self.shared(raw.ticket),
            conditions,
            not_before,
            expires,
            limit,
            place: place_of(location),
        };
        self.check_rule(&rule, location);
        rule
    }

    fn check_rule(&mut self, rule: &Rule, location: Location) {
        let shown = escaped(&rule.id, 80);
        if let (Some(first), Some(last)) = (rule.not_before, rule.expires)
            && last < first
        {
            let message = format!("rule `{shown}` expires before it begins");
            self.problem(location, message, "put `expires` after `not_before`");
        }
        if rule.effect == Effect::Approve && rule.conditions.is_empty() {
            let message = format!("rule `{shown}` would approve every connection there is");
            self.problem(location, message, "name at least a `target` or a `requester`");
        }
    }

    fn check_limit(&mut self, limit: Option<Spanned<u32>>, effect: Effect) {
        let Some(limit) = limit else { return };
        if limit.value == 0 {
            self.problem(
                limit.referenced,
                "a limit of 0 approves nothing".to_owned(),
                "write 1 or more, or use `hold`",
            );
        }
        if effect != Effect::Approve {
            let message = format!("a rule that says {effect} has no limit");
            self.problem(limit.referenced, message, "take the limit out; it counts approved connections");
        }
    }

    /// What a requester writes proves nothing, so it only narrows what is known of them.
    fn check_message(&mut self, requester: &RawRequester) {
        let says_message = |raw: &RawRequester| raw.message.as_ref().map(|message| message.referenced);
        let inner = requester.not.as_ref().and_then(|not| says_message(&not.value));
        let Some(place) = says_message(requester).or(inner) else { return };
        let facts = [
            &requester.subscription,
            &requester.tenant,
            &requester.resource_group,
            &requester.name,
            &requester.virtual_network,
            &requester.location,
            &requester.address,
            &requester.service,
        ];
        if facts.iter().all(|fact| fact.is_none()) {
            let message = "the message is the requester's own text and says nothing about who it is".to_owned();
            self.problem(place, message, "name the requester beside it, for example by `subscription`");
        }
    }

    /// Anybody may name an endpoint as the service would; only the subscription is Microsoft's alone.
    fn check_service(&mut self, requester: &RawRequester) {
        if let Some(service) = &requester.service
            && requester.subscription.is_none()
        {
            let message = "anybody could name an endpoint like that of a managed service".to_owned();
            let remedy = "name the endpoint's Microsoft subscription beside it, as `subscription`";
            self.problem(service.referenced, message, remedy);
        }
    }

    fn target(&mut self, raw: RawTarget, into: &mut Conditions) {
        let conditions = [
            (Fact::TargetType, raw.resource_type),
            (Fact::TargetSubscription, raw.subscription),
            (Fact::TargetResourceGroup, raw.resource_group),
            (Fact::TargetName, raw.name),
            (Fact::TargetLocation, raw.location),
            (Fact::TargetGroupIds, raw.group_ids),
        ];
        self.conditions(conditions, into);
        if let Some(not) = raw.not {
            let mut conditions = Conditions::default();
            self.target(*not.value, &mut conditions);
            self.not("target.not", not.referenced, conditions, into);
        }
    }

    fn requester(&mut self, raw: RawRequester, into: &mut Conditions) {
        let conditions = [
            (Fact::RequesterSubscription, raw.subscription),
            (Fact::RequesterTenant, raw.tenant),
            (Fact::RequesterResourceGroup, raw.resource_group),
            (Fact::RequesterName, raw.name),
            (Fact::RequesterVirtualNetwork, raw.virtual_network),
            (Fact::RequesterLocation, raw.location),
            (Fact::RequesterAddress, raw.address),
            (Fact::RequesterService, raw.service),
            (Fact::RequesterMessage, raw.message),
        ];
        self.conditions(conditions, into);
        if let Some(not) = raw.not {
            let mut conditions = Conditions::default();
            self.requester(*not.value, &mut conditions);
            self.not("requester.not", not.referenced, conditions, into);
        }
    }

    fn conditions(&mut self, raw: impl IntoIterator<Item = RawCondition>, into: &mut Conditions) {
        for (fact, values) in raw {
            let Some(raw) = values else { continue };
            let mut problems = Vec::new();
            let values = self.values.read(fact, raw.value, &mut problems);
            for (place, message, remedy) in problems {
                self.problem(or(place, raw.referenced), message, remedy);
            }
            into.all.push(Condition { fact, values, place: place_of(raw.referenced) });
        }
    }

    fn not(&mut self, key: &'static str, location: Location, conditions: Conditions, into: &mut Conditions) {
        // What stands under two of them asks for something after all, where nobody looks for it.
        if let Some(inner) = conditions.not.first() {
            let (line, column) = (u64::from(inner.place.line), u64::from(inner.place.column));
            self.problems.push(Problem {
                line,
                column,
                message: "`not` cannot stand in `not`".to_owned(),
                remedy: "say what must hold as a condition beside the outer one, or in a rule of its own".to_owned(),
            });
        }
        if conditions.is_empty() {
            self.problem(location, "an empty `not` never holds".to_owned(), "say what must not hold, or take it out");
        }
        into.not.push(Not { key, conditions, place: place_of(location) });
    }
}
