//! An allowlist that its reader accepts, and a connection, from the fuzzer's bytes.

use arbitrary::{Arbitrary, Result, Unstructured};
use portreeve_benchmarks::connection::Connection;
use portreeve_benchmarks::generate::TODAY;
use portreeve_benchmarks::rules::{Conditions, Effect, Fact, Rule, Rules, Side, Values};
use time::{Date, Duration};

use crate::values::{pattern, value};

const RULES_MAX: usize = 4;
const VALUES_MAX: usize = 3;
const NOT_DEPTH_MAX: usize = 1;

const TARGET: [Fact; 6] = [
    Fact::TargetType,
    Fact::TargetSubscription,
    Fact::TargetResourceGroup,
    Fact::TargetName,
    Fact::TargetLocation,
    Fact::GroupIds,
];
const REQUESTER: [Fact; 8] = [
    Fact::RequesterSubscription,
    Fact::RequesterTenant,
    Fact::RequesterResourceGroup,
    Fact::RequesterName,
    Fact::RequesterVirtualNetwork,
    Fact::RequesterLocation,
    Fact::RequesterService,
    Fact::RequesterMessage,
];

/// What is decided, by which rules.
#[derive(Debug)]
pub struct Case {
    pub rules: Rules,
    pub connection: Connection,
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let connection = connection(input)?;
        let mut rules = Rules::default();
        for index in 0..input.int_in_range(0..=RULES_MAX)? {
            let rule = rule(input, &mut rules, index)?;
            rules.rules.push(rule);
        }
        Ok(Self { rules, connection })
    }
}

fn connection(input: &mut Unstructured<'_>) -> Result<Connection> {
    let mut connection = Connection::default();
    for fact in TARGET.into_iter().chain(REQUESTER) {
        let may_be_unknown = Fact::READ_APART.contains(&fact);
        if may_be_unknown && input.ratio(1, 3)? {
            continue;
        }
        let count = if fact == Fact::GroupIds { input.int_in_range(0..=2)? } else { 1 };
        let values = (0..count).map(|_| value(input, fact)).collect::<Result<_>>()?;
        connection.set(fact, Some(values));
    }
    connection.approved = if input.arbitrary()? { Some(input.int_in_range(0..=3)?) } else { None };
    Ok(connection)
}

fn rule(input: &mut Unstructured<'_>, rules: &mut Rules, index: usize) -> Result<Rule> {
    let target = conditions(input, rules, &TARGET, NOT_DEPTH_MAX)?;
    let mut requester = conditions(input, rules, &REQUESTER, NOT_DEPTH_MAX)?;
    // Without the requester's subscription both are refused: anybody can write them.
    if requester.all.iter().all(|(fact, _)| *fact != Fact::RequesterSubscription) {
        requester = without(requester, &[Fact::RequesterService, Fact::RequesterMessage]);
    }
    let effect = *input.choose(&[Effect::Approve, Effect::Approve, Effect::Hold, Effect::Reject])?;
    // An approve rule for everything is refused.
    let is_blank = target.is_empty() && requester.is_empty();
    let effect = if is_blank && effect == Effect::Approve { Effect::Hold } else { effect };
    let (not_before, expires) = (day(input)?, day(input)?);
    let limit = if effect == Effect::Approve && input.ratio(1, 4)? { Some(input.int_in_range(1..=3)?) } else { None };
    let expires = expires.filter(|last| not_before.is_none_or(|first| first <= *last));
    Ok(Rule { id: format!("rule-{index}"), effect, target, requester, not_before, expires, limit })
}

fn day(input: &mut Unstructured<'_>) -> Result<Option<Date>> {
    let offset = input.int_in_range(0..=8)?;
    Ok((offset < 3).then(|| TODAY + Duration::days(offset - 1)))
}

fn conditions(input: &mut Unstructured<'_>, rules: &mut Rules, facts: &[Fact], depth: usize) -> Result<Conditions> {
    let mut conditions = Conditions::default();
    for fact in facts {
        if input.ratio(1, 4)? {
            conditions.all.push((*fact, values(input, rules, *fact)?));
        }
    }
    if depth > 0 && input.ratio(1, 5)? {
        let not = self::conditions(input, rules, facts, depth - 1)?;
        // An empty `not` is refused.
        conditions.not = (!not.is_empty()).then(|| Box::new(not));
    }
    Ok(conditions)
}

fn values(input: &mut Unstructured<'_>, rules: &mut Rules, fact: Fact) -> Result<Values> {
    let list = (0..input.int_in_range(1..=VALUES_MAX)?).map(|_| pattern(input, fact)).collect::<Result<Vec<_>>>()?;
    if input.ratio(3, 4)? {
        return Ok(Values::List(list));
    }
    // What may stand in a set depends on the facts that it is used for, so each fact has sets of its own.
    let name = format!("{}-{}-{}", Side::key(fact.side()), fact.key(), input.int_in_range(0..=1)?);
    rules.sets.entry(name.clone()).or_insert(list);
    Ok(Values::Set(name))
}

fn without(mut conditions: Conditions, facts: &[Fact]) -> Conditions {
    conditions.all.retain(|(fact, _)| !facts.contains(fact));
    let not = conditions.not.map(|not| without(*not, facts));
    conditions.not = not.filter(|not| !not.is_empty()).map(Box::new);
    conditions
}
