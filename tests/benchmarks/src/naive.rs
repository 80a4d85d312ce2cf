//! Decides by testing one rule after the other, straight from the words of the language.

use std::collections::BTreeMap;
use std::sync::Arc;

use time::Date;

use crate::connection::Connection;
use crate::glob;
use crate::rules::{Conditions, Effect, Fact, Rule, Rules, Side, Values, Verdict};

/// The rules, with their values in the form in which they are compared.
#[derive(Debug)]
pub struct Scan {
    rules: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    rule: Rule,
    sides: [Tests; 2],
}

/// The tests of one group of conditions, and those under its `not`.
#[derive(Debug)]
struct Tests {
    all: Vec<(Fact, Arc<[Text]>)>,
    not: Option<Box<Tests>>,
}

#[derive(Debug)]
enum Text {
    Plain(String),
    Glob(String),
}

/// Whether something holds, as far as is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Truth {
    Yes,
    No,
    Unknown,
}

impl Scan {
    /// Prepares the rules.
    #[must_use]
    pub fn new(rules: &Rules) -> Self {
        let sets = rules.sets.iter().map(|(name, values)| (name.as_str(), texts(values))).collect();
        let compiled = rules.rules.iter().map(|rule| Compiled {
            rule: rule.clone(),
            sides: Side::BOTH.map(|side| Tests::new(rule.side(side), &sets)),
        });
        Self { rules: compiled.collect() }
    }

    /// The rule that decides, or `None`; and whether it decides only because a fact that it needs is unknown.
    ///
    /// Reject beats hold, hold beats approve, the first in the file is named. A reject or hold rule that hangs on an
    /// unknown fact holds, unless one that needs no such fact decides.
    #[must_use]
    pub fn decide(&self, connection: &Connection, today: Date) -> Option<(&Rule, bool)> {
        let (mut certain, mut unknown) = ([None; 3], None);
        let in_force = self.rules.iter().filter(|compiled| is_in_force(&compiled.rule, today));
        for Compiled { rule, sides } in in_force {
            let sides = sides.iter().map(|tests| tests.hold(connection));
            match all(sides.chain([leaves_room(rule, connection)])) {
                Truth::Yes => _ = certain[rule.effect as usize].get_or_insert(rule),
                Truth::Unknown if rule.effect != Effect::Approve => _ = unknown.get_or_insert(rule),
                Truth::Unknown | Truth::No => {}
            }
        }
        let [approve, hold, reject] = certain.map(|rule| rule.map(|rule| (rule, false)));
        reject.or(hold).or(unknown.map(|rule| (rule, true))).or(approve)
    }

    /// The decision in the words that all engines are compared by.
    #[must_use]
    pub fn verdict(&self, connection: &Connection, today: Date) -> Verdict {
        match self.decide(connection, today) {
            None => Verdict { effect: Effect::Hold, rule: None },
            Some((rule, true)) => Verdict { effect: Effect::Hold, rule: Some(rule.id.clone()) },
            Some((rule, false)) => Verdict { effect: rule.effect, rule: Some(rule.id.clone()) },
        }
    }
}

fn is_in_force(rule: &Rule, today: Date) -> bool {
    rule.not_before.is_none_or(|first| first <= today) && rule.expires.is_none_or(|last| today <= last)
}

fn leaves_room(rule: &Rule, connection: &Connection) -> Truth {
    match (rule.limit, connection.approved) {
        (None, _) => Truth::Yes,
        (Some(_), None) => Truth::Unknown,
        (Some(limit), Some(approved)) if approved < limit => Truth::Yes,
        (Some(_), Some(_)) => Truth::No,
    }
}

impl Tests {
    fn new(conditions: &Conditions, sets: &BTreeMap<&str, Arc<[Text]>>) -> Self {
        let all = conditions.all.iter().map(|(fact, values)| match values {
            Values::List(list) => (*fact, texts(list)),
            Values::Set(name) => (*fact, Arc::clone(&sets[name.as_str()])),
        });
        let not = conditions.not.as_ref().map(|not| Box::new(Self::new(not, sets)));
        Self { all: all.collect(), not }
    }

    fn hold(&self, connection: &Connection) -> Truth {
        let each = self.all.iter().map(|(fact, texts)| condition(*fact, texts, connection.get(*fact)));
        let not = self.not.iter().map(|not| match not.hold(connection) {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        });
        all(each.chain(not))
    }
}

/// One no decides, whatever is unknown beside it.
fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut together = Truth::Yes;
    for truth in truths {
        match truth {
            Truth::No => return Truth::No,
            Truth::Unknown => together = Truth::Unknown,
            Truth::Yes => {}
        }
    }
    together
}

/// Every value must be listed; a connection that asks for no group ids asks for nothing that could be.
fn condition(fact: Fact, texts: &[Text], values: Option<&[String]>) -> Truth {
    let Some(values) = values else { return Truth::Unknown };
    let is_listed = |value: &String| texts.iter().any(|text| text.matches(fact, value));
    if !values.is_empty() && values.iter().all(is_listed) { Truth::Yes } else { Truth::No }
}

fn texts(values: &[String]) -> Arc<[Text]> {
    let text = |value: &String| {
        if value.contains(['*', '?']) { Text::Glob(value.clone()) } else { Text::Plain(value.clone()) }
    };
    values.iter().map(text).collect()
}

impl Text {
    fn matches(&self, fact: Fact, value: &str) -> bool {
        // Azure says `West Europe` in some places and `westeurope` in others.
        if matches!(fact, Fact::TargetLocation | Fact::RequesterLocation) {
            let (Self::Plain(text) | Self::Glob(text)) = self;
            return glob::matches(&text.replace(' ', ""), &value.replace(' ', ""));
        }
        match self {
            Self::Plain(text) => text.eq_ignore_ascii_case(value),
            Self::Glob(pattern) => glob::matches(pattern, value),
        }
    }
}
