//! Rego as Regorus evaluates it quickest, on its virtual machine: the rules as data, and a policy that goes through them.
//!
//! Rules and connections are in lower case beforehand, so that the policy need not fold each value.

use std::cell::RefCell;
use std::collections::BTreeMap;

use portreeve_benchmarks::connection::Connection;
use portreeve_benchmarks::generate::TODAY;
use portreeve_benchmarks::rules::{Effect, Fact, Rule, Rules, Side, Values, Verdict};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine as Regorus, Value};
use serde_json::json;
use time::Date;

use crate::engine::Engine;

const POLICY: &str = include_str!("policy.rego");
const DECISION: &str = "data.portreeve.decision";

/// The machine changes while it evaluates.
pub struct Rego(RefCell<RegoVM>);

impl Engine for Rego {
    const NAME: &'static str = "rego";
    const IS_QUICK: bool = false;
    type Question = Value;
    type Answer = Value;

    fn load(rules: &Rules) -> Self {
        let sets: BTreeMap<&String, _> = rules.sets.iter().map(|(name, values)| (name, lookup(values))).collect();
        let data = json!({ "sets": sets, "rules": rules.rules.iter().map(rule).collect::<Vec<_>>() });
        let data = Value::from_json_str(&data.to_string()).expect("this is JSON");
        let mut engine = Regorus::new();
        engine.add_policy("policy.rego".to_owned(), POLICY.to_owned()).expect("the policy is right");
        engine.add_data(data.clone()).expect("the data is an object");
        let compiled = engine.compile_with_entrypoint(&DECISION.into()).expect("the policy has a decision");
        let mut machine = RegoVM::new();
        machine.load_program(Compiler::compile_from_policy(&compiled, &[DECISION]).expect("the policy compiles"));
        machine.set_data(data).expect("the data is an object");
        // The default stops at some hundred rules.
        machine.set_max_instructions(usize::MAX);
        Self(RefCell::new(machine))
    }

    fn question(&self, connection: &Connection) -> Value {
        let mut input = json!({ "today": TODAY.to_string() });
        for fact in Fact::COMMON {
            let values: Vec<String> =
                connection.get(fact).expect("every fact is known").iter().map(|value| lower(value)).collect();
            input[name(fact)] = if fact == Fact::GroupIds { json!(values) } else { json!(values[0]) };
        }
        Value::from_json_str(&input.to_string()).expect("this is JSON")
    }

    fn answer(&self, question: &Value) -> Value {
        let mut machine = self.0.borrow_mut();
        machine.set_input(question.clone());
        machine.execute().expect("the policy decides everything")
    }

    fn verdict(&self, answer: &Value) -> Verdict {
        let text = |key: &str| answer[key].as_string().ok().map(|text| text.to_string());
        let effect = match text("effect").as_deref() {
            Some("approve") => Effect::Approve,
            Some("hold") => Effect::Hold,
            Some("reject") => Effect::Reject,
            other => panic!("{other:?} is no effect"),
        };
        Verdict { effect, rule: text("rule") }
    }
}

fn rule(rule: &Rule) -> serde_json::Value {
    let mut data = json!({ "id": rule.id, "effect": rule.effect.as_str() });
    for fact in Fact::COMMON {
        data[name(fact)] = json!({ "any": true });
    }
    for (fact, values) in Side::BOTH.iter().flat_map(|side| &rule.side(*side).all) {
        data[name(*fact)] = condition(values);
    }
    let day = |day: Option<Date>, otherwise: &str| day.map_or(otherwise.to_owned(), |day| day.to_string());
    data["not_before"] = json!(day(rule.not_before, "0000-00-00"));
    data["expires"] = json!(day(rule.expires, "9999-99-99"));
    data
}

fn condition(values: &Values) -> serde_json::Value {
    match values {
        Values::Set(name) => json!({ "set": name }),
        Values::List(list) => {
            let (globs, plain): (Vec<String>, Vec<String>) =
                list.iter().cloned().partition(|value| value.contains('*'));
            json!({ "plain": lookup(&plain), "globs": globs.iter().map(|value| lower(value)).collect::<Vec<_>>() })
        }
    }
}

/// JSON has no sets; the keys of an object are found as quickly.
fn lookup(values: &[String]) -> BTreeMap<String, bool> {
    values.iter().map(|value| (lower(value), true)).collect()
}

fn lower(value: &str) -> String {
    value.to_ascii_lowercase()
}

fn name(fact: Fact) -> String {
    format!("{}_{}", fact.side().key(), fact.key())
}
