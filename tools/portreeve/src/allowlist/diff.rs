//! `portreeve allowlist diff`: which connections another version of an allowlist decides otherwise.

use std::path::Path;

use portreeve_decisions::allowlist::Effect;
use portreeve_decisions::decide::{Decision, decide};
use portreeve_decisions::resource_id::ResourceId;
use serde::Serialize;
use time::Date;

use crate::command_line::{DiffArguments, Format};
use crate::connections::Connections;
use crate::loaded::{Loaded, load, without};
use crate::outcome::{Exit, Outcome};
use crate::printable::printable;
use crate::report::counted;
use crate::{explanation, json, live};

/// What a change means for the requester, the most permissive first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    MorePermissive,
    LessPermissive,
    /// The same effect by another rule, or for another reason.
    OtherReason,
}

/// A connection that the new allowlist decides otherwise.
struct Change {
    direction: Direction,
    endpoint: ResourceId,
    target: ResourceId,
    old: Decision,
    new: Decision,
}

/// Compares two allowlists by what they decide.
pub fn run(arguments: &DiffArguments) -> Outcome {
    let (old, new) = match (load(&arguments.old), load(&arguments.new)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(file), _) | (_, Err(file)) => return without(&file),
    };
    let connections = if arguments.connections == Path::new("live") {
        live::connections().map(Connections::Listed)
    } else {
        Connections::read_all(&arguments.connections)
    };
    let connections = match connections {
        Ok(connections) => connections,
        Err(why) => return Outcome::no_answer(why),
    };
    let changes = changes(&old, &new, &connections, arguments.at.day());
    let printed = match arguments.format {
        Format::Text => as_text(&changes, connections.count(), (&old, &new)),
        Format::Json => as_json(&changes, connections.count()),
    };
    Outcome { printed, complaints: Vec::new(), exit: Exit::Good }
}

fn changes(old: &Loaded, new: &Loaded, connections: &Connections, today: Date) -> Vec<Change> {
    let mut changes = Vec::new();
    connections.for_each(|_, connection, facts| {
        let (old, new) = (decide(&old.allowlist, facts, today), decide(&new.allowlist, facts, today));
        if let Some(direction) = direction(&old, &new) {
            let (endpoint, target) = (connection.endpoint.clone(), connection.target.clone());
            changes.push(Change { direction, endpoint, target, old, new });
        }
    });
    // Stable: within one direction the order of the connections stays.
    changes.sort_by_key(|change| change.direction);
    changes
}

fn direction(old: &Decision, new: &Decision) -> Option<Direction> {
    let permissiveness = |decision: &Decision| match decision.effect {
        Effect::Reject => 0,
        Effect::Hold => 1,
        Effect::Approve => 2,
    };
    match permissiveness(new).cmp(&permissiveness(old)) {
        std::cmp::Ordering::Greater => Some(Direction::MorePermissive),
        std::cmp::Ordering::Less => Some(Direction::LessPermissive),
        std::cmp::Ordering::Equal if old.rule() != new.rule() => Some(Direction::OtherReason),
        std::cmp::Ordering::Equal => None,
    }
}

fn as_text(changes: &[Change], connections: usize, (old, new): (&Loaded, &Loaded)) -> String {
    let mut printed = String::new();
    for change in changes {
        let mark = match change.direction {
            Direction::MorePermissive => "+ more permissive",
            Direction::LessPermissive => "- less permissive",
            Direction::OtherReason => "~ another reason",
        };
        let lines = [
            ("endpoint", change.endpoint.to_string()),
            ("target", change.target.to_string()),
            ("was", decision(&change.old, old)),
            ("is", decision(&change.new, new)),
        ];
        printed.push_str(&format!("{mark}\n{}\n", explanation::laid_out(&lines, "  ")));
    }
    let count = |direction| changes.iter().filter(|change| change.direction == direction).count();
    printed.push_str(&format!(
        "{}, {} decided otherwise: {} more permissive, {} less permissive, {} for another reason\n",
        counted(connections, "connection"),
        changes.len(),
        count(Direction::MorePermissive),
        count(Direction::LessPermissive),
        count(Direction::OtherReason),
    ));
    printed
}

fn decision(decision: &Decision, loaded: &Loaded) -> String {
    let place =
        decision.rule().and_then(|id| loaded.place_of(id)).map(|place| format!(", {place}")).unwrap_or_default();
    format!("{}: {}{place}", decision.effect, printable(&decision.reason.to_string()))
}

/// The result for programs; `direction` is `more_permissive`, `less_permissive` or `other_reason`. Keys may be added,
/// never changed.
#[derive(Serialize)]
struct JsonResult<'a> {
    connections: usize,
    more_permissive: usize,
    less_permissive: usize,
    other_reason: usize,
    changes: Vec<JsonChange<'a>>,
}

#[derive(Serialize)]
struct JsonChange<'a> {
    direction: Direction,
    endpoint: &'a str,
    target: &'a str,
    old: JsonDecision<'a>,
    new: JsonDecision<'a>,
}

#[derive(Serialize)]
struct JsonDecision<'a> {
    effect: &'static str,
    rule: Option<&'a str>,
    reason: String,
}

fn as_json(changes: &[Change], connections: usize) -> String {
    let count = |direction| changes.iter().filter(|change| change.direction == direction).count();
    json::printed(&JsonResult {
        connections,
        more_permissive: count(Direction::MorePermissive),
        less_permissive: count(Direction::LessPermissive),
        other_reason: count(Direction::OtherReason),
        changes: changes.iter().map(json_change).collect(),
    })
}

fn json_change<'a>(change: &'a Change) -> JsonChange<'a> {
    let decision = |decision: &'a Decision| JsonDecision {
        effect: decision.effect.as_str(),
        rule: decision.rule(),
        reason: decision.reason.to_string(),
    };
    JsonChange {
        direction: change.direction,
        endpoint: change.endpoint.as_str(),
        target: change.target.as_str(),
        old: decision(&change.old),
        new: decision(&change.new),
    }
}
