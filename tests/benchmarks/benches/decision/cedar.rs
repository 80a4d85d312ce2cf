//! Cedar, with one policy for each rule, as its guide would have them.
//!
//! Subscriptions and sets of them are groups that endpoint and target belong to, so that most policies are decided by
//! their scope. Cedar has no comparison without case, so all values are in lower case. Both hold and reject are
//! `forbid`; which of them, and the rule, come from the policies that Cedar names as determining.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityUid, Policy, PolicyId, PolicySet, Request, Response,
    RestrictedExpression,
};
use portreeve_benchmarks::connection::Connection;
use portreeve_benchmarks::generate::TODAY;
use portreeve_benchmarks::rules::{Effect, Fact, Rule, Rules, Side, Values, Verdict};
use time::Date;

use crate::engine::Engine;

pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    effects: HashMap<String, Effect>,
    /// The sets that each subscription is in.
    sets: BTreeMap<String, Vec<String>>,
}

impl Engine for Cedar {
    const NAME: &'static str = "cedar";
    const IS_QUICK: bool = false;
    type Question = (Request, Entities);
    type Answer = Response;

    fn load(rules: &Rules) -> Self {
        let policy = |rule: &Rule| {
            let text = policy_text(rule);
            Policy::parse(Some(PolicyId::new(&rule.id)), &text).unwrap_or_else(|error| panic!("{error:?}: {text}"))
        };
        let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, values) in &rules.sets {
            for value in values {
                sets.entry(value.clone()).or_default().push(name.clone());
            }
        }
        Self {
            authorizer: Authorizer::new(),
            policies: PolicySet::from_policies(rules.rules.iter().map(policy)).expect("no id occurs twice"),
            effects: rules.rules.iter().map(|rule| (rule.id.clone(), rule.effect)).collect(),
            sets,
        }
    }

    fn question(&self, connection: &Connection) -> (Request, Entities) {
        let [target, endpoint, connect] = ["Target::\"t\"", "Endpoint::\"e\"", "Action::\"connect\""].map(uid);
        let mut entities = vec![
            entity(connection, &target, [Fact::TargetType, Fact::TargetResourceGroup, Fact::TargetName]),
            entity(connection, &endpoint, [Fact::RequesterResourceGroup, Fact::RequesterName]),
        ];
        let ids = [Fact::TargetSubscription, Fact::RequesterSubscription].map(|fact| value(connection, fact));
        for id in HashSet::from(ids) {
            let names = self.sets.get(&id).into_iter().flatten();
            let parents = names.map(|name| uid(&format!("SubscriptionSet::{name:?}"))).collect();
            entities.push(Entity::new_no_attrs(uid(&format!("Subscription::{id:?}")), parents));
        }
        let entities = Entities::from_entities(entities, None).expect("no entity occurs twice");
        let request = Request::new(endpoint, connect, target, context(connection), None).expect("there is no schema");
        (request, entities)
    }

    fn answer(&self, (request, entities): &(Request, Entities)) -> Response {
        self.authorizer.is_authorized(request, &self.policies, entities)
    }

    fn verdict(&self, answer: &Response) -> Verdict {
        if let Some(error) = answer.diagnostics().errors().next() {
            panic!("{error}");
        }
        let named: Vec<String> = answer.diagnostics().reason().map(ToString::to_string).collect();
        // The ids sort as the rules stand in the file.
        let first = |effect: Effect| named.iter().filter(|id| self.effects[*id] == effect).min();
        let strongest =
            [Effect::Reject, Effect::Hold, Effect::Approve].into_iter().find(|effect| first(*effect).is_some());
        match strongest {
            Some(effect) => Verdict { effect, rule: first(effect).cloned() },
            None => Verdict { effect: Effect::Hold, rule: None },
        }
    }
}

fn policy_text(rule: &Rule) -> String {
    let word = if rule.effect == Effect::Approve { "permit" } else { "forbid" };
    let (mut principal, mut resource, mut conditions) = (String::new(), String::new(), Vec::new());
    for (fact, values) in Side::BOTH.iter().flat_map(|side| &rule.side(*side).all) {
        match (fact, values) {
            (_, Values::Set(name)) => principal = format!(" in SubscriptionSet::{name:?}"),
            (Fact::RequesterSubscription, Values::List(ids)) if ids.len() == 1 => {
                principal = format!(" in Subscription::{:?}", ids[0]);
            }
            (Fact::TargetSubscription, Values::List(ids)) if ids.len() == 1 => {
                resource = format!(" in Subscription::{:?}", ids[0]);
            }
            (fact, Values::List(list)) => conditions.push(condition(*fact, list)),
        }
    }
    conditions.extend(rule.not_before.map(|first| format!("{} <= context.today", number(first))));
    conditions.extend(rule.expires.map(|last| format!("context.today <= {}", number(last))));
    let mut text = format!("{word} (principal{principal}, action, resource{resource})");
    if !conditions.is_empty() {
        write!(text, " when {{ {} }}", conditions.join(" && ")).expect("writing to a String never fails");
    }
    text + ";"
}

fn condition(fact: Fact, values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| value.to_ascii_lowercase()).collect();
    let (plain, globs): (Vec<&String>, Vec<&String>) = values.iter().partition(|value| !value.contains('*'));
    let attribute = match fact {
        Fact::GroupIds => return format!("!context.group_ids.isEmpty() && {plain:?}.containsAll(context.group_ids)"),
        Fact::RequesterSubscription => {
            let ids: Vec<String> = plain.iter().map(|id| format!("Subscription::{id:?}")).collect();
            return format!("principal in [{}]", ids.join(", "));
        }
        fact if fact.side() == Side::Target => format!("resource.{}", fact.key()),
        fact => format!("principal.{}", fact.key()),
    };
    let mut any: Vec<String> = globs.iter().map(|glob| format!("{attribute} like {glob:?}")).collect();
    match plain.as_slice() {
        [] => {}
        [one] => any.push(format!("{attribute} == {one:?}")),
        many => any.push(format!("{many:?}.contains({attribute})")),
    }
    format!("({})", any.join(" || "))
}

fn entity<const N: usize>(connection: &Connection, uid_of: &EntityUid, facts: [Fact; N]) -> Entity {
    let attribute = |fact: Fact| (fact.key().to_owned(), RestrictedExpression::new_string(value(connection, fact)));
    let owner = if facts[0].side() == Side::Target { Fact::TargetSubscription } else { Fact::RequesterSubscription };
    let parent = uid(&format!("Subscription::{:?}", value(connection, owner)));
    let attributes = facts.map(attribute).into_iter().collect();
    Entity::new(uid_of.clone(), attributes, HashSet::from([parent])).expect("texts are values")
}

fn context(connection: &Connection) -> Context {
    let ids = connection.get(Fact::GroupIds).expect("the group ids are known");
    let ids = ids.iter().map(|id| RestrictedExpression::new_string(id.to_ascii_lowercase()));
    let pairs = [
        ("group_ids".to_owned(), RestrictedExpression::new_set(ids)),
        ("today".to_owned(), RestrictedExpression::new_long(number(TODAY))),
    ];
    Context::from_pairs(pairs).expect("no key occurs twice")
}

fn value(connection: &Connection, fact: Fact) -> String {
    connection.one(fact).to_ascii_lowercase()
}

fn number(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(u8::from(day.month())) * 100 + i64::from(day.day())
}

fn uid(text: &str) -> EntityUid {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}
