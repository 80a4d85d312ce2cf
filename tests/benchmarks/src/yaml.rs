//! Rules in the words of an allowlist file.

use std::fmt::{Display, Write};

use crate::rules::{Conditions, Rule, Rules, Side, Values};

/// The text of the file.
#[must_use]
pub fn render(rules: &Rules) -> String {
    let mut text = String::from("version: 1\n");
    if !rules.sets.is_empty() {
        text.push_str("sets:\n");
    }
    for (name, values) in &rules.sets {
        line(&mut text, format_args!("  {name}: {}", list(values)));
    }
    text.push_str(if rules.rules.is_empty() { "rules: []\n" } else { "rules:\n" });
    for rule in &rules.rules {
        render_rule(&mut text, rule);
    }
    text
}

fn render_rule(text: &mut String, rule: &Rule) {
    line(text, format_args!("- id: {}", rule.id));
    line(text, format_args!("  effect: {}", rule.effect.as_str()));
    line(text, "  owner: team@contoso.example");
    line(text, format_args!("  reason: see {}", rule.id));
    for side in Side::BOTH {
        let conditions = rule.side(side);
        if !conditions.is_empty() {
            line(text, format_args!("  {}: {}", side.key(), group(conditions)));
        }
    }
    for (key, day) in [("not_before", rule.not_before), ("expires", rule.expires)] {
        if let Some(day) = day {
            // A date displays as the file writes it.
            line(text, format_args!("  {key}: {day}"));
        }
    }
    if let Some(limit) = rule.limit {
        line(text, format_args!("  limit: {limit}"));
    }
}

fn group(conditions: &Conditions) -> String {
    let mut entries: Vec<String> = Vec::new();
    for (fact, values) in &conditions.all {
        let values = match values {
            Values::List(values) => list(values),
            Values::Set(name) => format!("{{ set: {name} }}"),
        };
        entries.push(format!("{}: {values}", fact.key()));
    }
    if let Some(not) = &conditions.not {
        entries.push(format!("not: {}", group(not)));
    }
    format!("{{ {} }}", entries.join(", "))
}

fn list(values: &[String]) -> String {
    match values {
        [one] => quoted(one),
        many => format!("[{}]", many.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(", ")),
    }
}

/// In single quotes nothing but the quote itself means more than it is, and names in Azure may have one.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn line(text: &mut String, line: impl Display) {
    writeln!(text, "{line}").expect("writing to a String never fails");
}
