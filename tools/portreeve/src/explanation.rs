//! Prints why a connection was decided as it was.

use portreeve_decisions::allowlist::Effect;
use portreeve_decisions::decide::{Explanation, NearRule};
use serde::Serialize;

use crate::loaded::Loaded;
use crate::printable::printable;

/// An explanation for programs.
#[derive(Debug, Serialize)]
pub struct JsonExplanation {
    effect: &'static str,
    /// The rule that decided or, for a hold on an unknown fact, the rule that needs it.
    rule: Option<String>,
    /// Where that rule stands, as `file:line:column`.
    place: Option<String>,
    owner: Option<String>,
    /// Why, in words.
    reason: String,
    /// Rules that matched too and were beaten.
    lost: Vec<String>,
    /// For a hold that no rule asks for: approve rules that came near.
    nearest: Vec<JsonNearRule>,
}

#[derive(Debug, Serialize)]
struct JsonNearRule {
    rule: String,
    place: Option<String>,
    /// What it misses by: conditions by their keys, or words.
    misses: Vec<String>,
}

/// The explanation for programs.
pub fn json(explanation: &Explanation, loaded: &Loaded) -> JsonExplanation {
    let decision = &explanation.decision;
    let rule = decision.rule().and_then(|id| loaded.rule(id));
    let near = |near: &NearRule| JsonNearRule {
        rule: near.rule.clone(),
        place: loaded.place_of(&near.rule),
        misses: near.shortfalls.iter().map(ToString::to_string).collect(),
    };
    JsonExplanation {
        effect: decision.effect.as_str(),
        rule: decision.rule().map(str::to_owned),
        place: decision.rule().and_then(|id| loaded.place_of(id)),
        owner: rule.and_then(|rule| rule.owner.as_deref()).map(str::to_owned),
        reason: decision.reason.to_string(),
        lost: explanation.lost.clone(),
        nearest: explanation.nearest.iter().map(near).collect(),
    }
}

/// The explanation for people: lines of a word and what there is to say under it.
pub fn lines(explanation: &Explanation, loaded: &Loaded) -> Vec<(&'static str, String)> {
    let decision = &explanation.decision;
    let mut lines = vec![("decided", format!("{}: {}", decision.effect, printable(&decision.reason.to_string())))];
    if let Some(rule) = decision.rule().and_then(|id| loaded.rule(id)) {
        let owner = rule.owner.as_deref().map(|owner| format!(", owner {}", printable(owner))).unwrap_or_default();
        let ticket = rule.ticket.as_deref().map(|ticket| format!(", ticket {}", printable(ticket))).unwrap_or_default();
        lines.push(("by", format!("{}{owner}{ticket}", with_place(&rule.id, loaded))));
    }
    for lost in &explanation.lost {
        let effect = loaded.rule(lost).map_or("", |rule| rule.effect.as_str());
        lines.push(("beaten", format!("{}, which says {effect}", with_place(lost, loaded))));
    }
    for near in &explanation.nearest {
        let misses: Vec<String> = near.shortfalls.iter().map(ToString::to_string).collect();
        let misses = printable(&misses.join(" and ")).into_owned();
        lines.push(("near", format!("{} matches but for {misses}", with_place(&near.rule, loaded))));
    }
    lines
}

/// Lines with their words in a column, indented.
pub fn laid_out(lines: &[(&'static str, String)], indent: &str) -> String {
    let width = lines.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    lines.iter().map(|(word, text)| format!("{indent}{word:width$}  {text}\n")).collect()
}

/// What a test or a person expects, in words.
pub fn expected(effect: Effect, rule: Option<&str>) -> String {
    match rule {
        Some(rule) => format!("{effect} by rule {}", printable(rule)),
        None => effect.to_string(),
    }
}

fn with_place(id: &str, loaded: &Loaded) -> String {
    let place = loaded.place_of(id).map(|place| format!(" ({place})")).unwrap_or_default();
    format!("rule {}{place}", printable(id))
}
