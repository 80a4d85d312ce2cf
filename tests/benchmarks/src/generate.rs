//! Makes allowlists of any size from a seed, as a company with many teams would write them.
//!
//! Each team has subscriptions of its own, for development, test and production, and a dozen rules about them. A few
//! rules are the platform's and apply to everybody, however many teams there are.

mod connections;

use std::collections::BTreeSet;

use time::macros::date;
use time::{Date, Duration};

use crate::random::Random;
use crate::rules::{Effect, Fact, Rule, Rules, Values};

pub use connections::connections;

/// The day that all decisions are made on.
pub const TODAY: Date = date!(2026 - 11 - 20);

const RULES_PER_TEAM: usize = 12;
/// The shared sets list the subscriptions of at least so many teams, whoever of them has rules.
const TEAMS_MIN: usize = 400;
/// The platform's rules are among every so many, and never more than this.
const PLATFORM_EVERY: usize = 50;
const PLATFORM_MAX: usize = 40;
const SETS: usize = 24;
const SET_VALUES_MAX: usize = 500;

/// Types of target with their group ids.
const TARGETS: [(&str, &[&str]); 8] = [
    ("Microsoft.Storage/storageAccounts", &["blob", "dfs", "file", "queue", "table"]),
    ("Microsoft.KeyVault/vaults", &["vault"]),
    ("Microsoft.Sql/servers", &["sqlServer"]),
    ("Microsoft.CognitiveServices/accounts", &["account"]),
    ("Microsoft.ContainerRegistry/registries", &["registry"]),
    ("Microsoft.DocumentDB/databaseAccounts", &["Sql", "MongoDB", "Cassandra"]),
    ("Microsoft.ServiceBus/namespaces", &["namespace"]),
    ("Microsoft.Security/privateLinks", &["containers"]),
];

/// An allowlist of `count` rules.
#[must_use]
pub fn rules(seed: u64, count: usize) -> Rules {
    let mut random = Random::new(seed);
    let teams = count.div_ceil(RULES_PER_TEAM);
    let sets = (0..SETS.min(count.div_ceil(4))).map(|index| {
        let size = if index % 4 == 0 { SET_VALUES_MAX } else { random.between(3, 40) };
        let values: BTreeSet<String> =
            (0..size).map(|_| subscription(random.below(teams.max(TEAMS_MIN)), random.below(3))).collect();
        (set_name(index), values.into_iter().collect())
    });
    let mut rules = Rules { sets: sets.collect(), rules: Vec::with_capacity(count) };
    let platform_every = PLATFORM_EVERY.max(count / PLATFORM_MAX);
    for index in 0..count {
        let mut author = Author { random: &mut random, team: index / RULES_PER_TEAM, sets: rules.sets.len() };
        let rule = if index % platform_every == platform_every / 2 { author.platform() } else { author.team() };
        rules.rules.push(Rule { id: format!("rule-{index:06}"), ..rule });
    }
    rules
}

/// A team's subscription for one of its three stages.
fn subscription(team: usize, stage: usize) -> String {
    // The team's number alone would let a comparison of a few first bytes decide.
    let tail = Random::new((team * 3 + stage) as u64).number() >> 16;
    format!("5ab5c1d0-{stage:04x}-4{:03x}-8{:03x}-{tail:012x}", team >> 12 & 0xfff, team & 0xfff)
}

fn set_name(index: usize) -> String {
    format!("landing-zone-{index:02}")
}

/// Writes one rule.
struct Author<'a> {
    random: &'a mut Random,
    team: usize,
    sets: usize,
}

impl Author<'_> {
    /// A rule of the team's own; the shares are those of a file that many people have added to for years.
    fn team(&mut self) -> Rule {
        match self.random.below(100) {
            0..40 => self.plain(),
            40..55 => self.shared_set(),
            55..65 => self.suffix(),
            65..73 => self.prefix_and_suffix(),
            73..77 => self.stars_on_both_sides(),
            77..90 => self.lists(),
            90..92 => self.hold(),
            92..94 => self.reject(),
            94..98 => Rule { expires: Some(self.day_before()), ..self.plain() },
            _ => Rule { not_before: Some(self.day_after()), expires: None, ..self.plain() },
        }
    }

    fn plain(&mut self) -> Rule {
        let (kind, group_ids) = *self.random.pick(&TARGETS);
        let rule = self.own_target(Effect::Approve, kind);
        let rule = rule.with(Fact::GroupIds, one(*self.random.pick(group_ids)));
        let rule = rule.with(Fact::RequesterSubscription, one(self.subscription()));
        let rule = rule.with(Fact::RequesterResourceGroup, one(format!("rg-team{:04}-*", self.team)));
        if self.random.chance(30) { Rule { expires: Some(self.day_after()), ..rule } } else { rule }
    }

    fn shared_set(&mut self) -> Rule {
        let (kind, _) = *self.random.pick(&TARGETS);
        let name = self.target_name();
        let rule = self.own_target(Effect::Approve, kind).with(Fact::TargetName, one(name));
        rule.with(Fact::RequesterSubscription, self.set())
    }

    fn suffix(&mut self) -> Rule {
        let (kind, _) = *self.random.pick(&TARGETS);
        let rule = self.own_target(Effect::Approve, kind).with(Fact::TargetResourceGroup, one("*-prod"));
        rule.with(Fact::RequesterSubscription, self.set())
    }

    fn prefix_and_suffix(&mut self) -> Rule {
        let [(first, _), (second, _)] = [*self.random.pick(&TARGETS), *self.random.pick(&TARGETS)];
        let kinds = Values::List(vec![first.to_owned(), second.to_owned()]);
        let rule = blank(Effect::Approve).with(Fact::TargetType, kinds);
        let rule = rule.with(Fact::TargetSubscription, one(self.subscription()));
        rule.with(Fact::RequesterResourceGroup, one(format!("rg-team{:04}-*-prod", self.team)))
    }

    fn stars_on_both_sides(&mut self) -> Rule {
        let rule = blank(Effect::Approve).with(Fact::TargetSubscription, one(self.subscription()));
        let rule = rule.with(Fact::TargetName, one("*shared*"));
        rule.with(Fact::RequesterSubscription, one(self.subscription()))
    }

    fn lists(&mut self) -> Rule {
        let group = format!("rg-team{:04}-data", self.team);
        let names = (0..self.random.between(3, 8)).map(|_| self.target_name()).collect();
        let subscriptions = (0..self.random.between(2, 3)).map(|stage| subscription(self.team, stage)).collect();
        let rule = blank(Effect::Approve).with(Fact::TargetSubscription, one(self.subscription()));
        let rule = rule.with(Fact::TargetResourceGroup, one(group)).with(Fact::TargetName, Values::List(names));
        let rule = rule.with(Fact::RequesterSubscription, Values::List(subscriptions));
        rule.with(Fact::RequesterName, one("pe-*"))
    }

    fn hold(&mut self) -> Rule {
        let rule = blank(Effect::Hold).with(Fact::TargetSubscription, one(self.subscription()));
        rule.with(Fact::RequesterResourceGroup, one("*-sandbox-*"))
    }

    fn reject(&mut self) -> Rule {
        let name = self.target_name();
        let rule = blank(Effect::Reject).with(Fact::TargetSubscription, one(self.subscription()));
        rule.with(Fact::TargetName, one(name)).with(Fact::RequesterResourceGroup, one("rg-sandbox-*"))
    }

    /// A rule for everybody. Every fourth has nothing to find it by but a text in the middle of a name.
    fn platform(&mut self) -> Rule {
        if self.random.chance(25) {
            let word = *self.random.pick(&["quarantine", "decommissioned", "legacy"]);
            return blank(Effect::Hold).with(Fact::TargetName, one(format!("*{word}*")));
        }
        let (kind, _) = *self.random.pick(&TARGETS);
        let rule = blank(Effect::Approve).with(Fact::TargetType, one(kind));
        let rule = rule.with(Fact::RequesterSubscription, self.set());
        rule.with(Fact::RequesterResourceGroup, one("rg-hub-*"))
    }

    fn own_target(&mut self, effect: Effect, kind: &str) -> Rule {
        blank(effect).with(Fact::TargetType, one(kind)).with(Fact::TargetSubscription, one(self.subscription()))
    }

    fn subscription(&mut self) -> String {
        subscription(self.team, self.random.below(3))
    }

    fn target_name(&mut self) -> String {
        format!("team{:04}data{}", self.team, self.random.below(40))
    }

    fn set(&mut self) -> Values {
        Values::Set(set_name(self.random.below(self.sets)))
    }

    fn day_before(&mut self) -> Date {
        TODAY - Duration::days(self.random.between(1, 700) as i64)
    }

    fn day_after(&mut self) -> Date {
        TODAY + Duration::days(self.random.between(1, 700) as i64)
    }
}

fn blank(effect: Effect) -> Rule {
    let (target, requester) = Default::default();
    Rule { id: String::new(), effect, target, requester, not_before: None, expires: None, limit: None }
}

fn one(value: impl Into<String>) -> Values {
    Values::List(vec![value.into()])
}
