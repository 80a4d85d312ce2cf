//! Connections to decide: what the rules were written for, what just misses one, and strangers.

use super::{TARGETS, subscription};
use crate::connection::Connection;
use crate::random::Random;
use crate::rules::{Fact, Rule, Rules, Side};

/// `count` connections: in turn for a rule at the beginning, in the middle and at the end of the file, for any rule,
/// just beside one, and for none.
#[must_use]
pub fn connections(seed: u64, rules: &Rules, count: usize) -> Vec<Connection> {
    let mut random = Random::new(seed);
    let last = rules.rules.len() - 1;
    let near = (last / 20).max(1).min(last.max(1));
    let mut connections = Vec::with_capacity(count);
    for index in 0..count {
        let offset = random.below(near);
        let at = match index % 6 {
            0 => offset,
            1 => (last / 2 + offset).min(last),
            2 => last.saturating_sub(offset),
            _ => random.below(rules.rules.len()),
        };
        let mut connection = meant_by(&mut random, rules, &rules.rules[at]);
        match index % 6 {
            4 => miss_one(&mut random, &rules.rules[at], &mut connection),
            5 => connection = stranger(&mut random),
            _ => {}
        }
        if random.chance(20) {
            shout(&mut connection);
        }
        connections.push(connection);
    }
    connections
}

/// A connection that fits no rule but, by chance, the platform's.
fn stranger(random: &mut Random) -> Connection {
    let mut connection = Connection::default();
    let (kind, group_ids) = *random.pick(&TARGETS);
    let number = random.below(10_000);
    let mut set = |fact, value: String| connection.set(fact, Some(vec![value]));
    set(Fact::TargetType, kind.to_owned());
    set(Fact::TargetSubscription, subscription(1_000_000 + number, 0));
    set(Fact::TargetResourceGroup, format!("rg-stranger{number:04}-prod"));
    set(Fact::TargetName, format!("stranger{number:04}"));
    set(Fact::RequesterSubscription, subscription(1_000_000 + number, 1));
    set(Fact::RequesterResourceGroup, format!("rg-stranger{number:04}-dev"));
    set(Fact::RequesterName, format!("pe-stranger{number:04}"));
    set(Fact::GroupIds, (*random.pick(group_ids)).to_owned());
    // Private link services have no group ids.
    if random.chance(5) {
        connection.set(Fact::GroupIds, Some(Vec::new()));
    }
    connection
}

/// A connection that satisfies each of the rule's conditions.
fn meant_by(random: &mut Random, rules: &Rules, rule: &Rule) -> Connection {
    let mut connection = stranger(random);
    for (fact, values) in Side::BOTH.iter().flat_map(|side| &rule.side(*side).all) {
        let value = random.pick(rules.values(values)).replace('*', &format!("x{}", random.below(1000)));
        connection.set(*fact, Some(vec![value]));
    }
    connection
}

/// Changes one fact that the rule asks for.
fn miss_one(random: &mut Random, rule: &Rule, connection: &mut Connection) {
    let asked: Vec<Fact> = Side::BOTH.iter().flat_map(|side| &rule.side(*side).all).map(|(fact, _)| *fact).collect();
    let fact = *random.pick(&asked);
    let value = match fact {
        Fact::TargetType => "Microsoft.Web/sites".to_owned(),
        Fact::TargetSubscription | Fact::RequesterSubscription => subscription(random.below(1000), 1),
        Fact::TargetResourceGroup | Fact::TargetName | Fact::RequesterResourceGroup | Fact::RequesterName => {
            format!("a{}b", connection.one(fact))
        }
        Fact::TargetLocation
        | Fact::RequesterTenant
        | Fact::RequesterVirtualNetwork
        | Fact::RequesterLocation
        | Fact::RequesterService
        | Fact::RequesterMessage => unreachable!("no generated rule asks for {fact:?}"),
        // One that is listed and one that is not.
        Fact::GroupIds => {
            let both = vec![connection.one(fact).to_owned(), "web_secondary".to_owned()];
            return connection.set(fact, Some(both));
        }
    };
    connection.set(fact, Some(vec![value]));
}

/// Azure answers in the letter case of whoever asked.
fn shout(connection: &mut Connection) {
    for fact in Fact::COMMON {
        let upper = |values: &[String]| values.iter().map(|value| value.to_ascii_uppercase()).collect();
        connection.set(fact, connection.get(fact).map(upper));
    }
}
