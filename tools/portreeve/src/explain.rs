//! `portreeve explain`: what becomes of one connection, and why.

use portreeve_decisions::allowlist::KnownConnection;
use portreeve_decisions::decide::{Explanation, explain};
use portreeve_decisions::resource_id::ResourceId;
use serde::Serialize;
use time::Date;

use crate::command_line::{ExplainArguments, Format};
use crate::connections::Connections;
use crate::explanation::{self, JsonExplanation};
use crate::loaded::{Loaded, load, without};
use crate::outcome::{Exit, Outcome};
use crate::printable::printable;
use crate::{json, live};

/// One connection with what becomes of it.
struct Explained {
    connection: KnownConnection,
    explanation: Explanation,
}

/// Explains one connection, or each that an id means.
pub fn run(arguments: &ExplainArguments) -> Outcome {
    let loaded = match load(&arguments.allowlist) {
        Ok(loaded) => loaded,
        Err(file) => return without(&file),
    };
    let connections = match (&arguments.connection, &arguments.id) {
        (Some(path), _) => Connections::read_one(path),
        (None, Some(id)) => live::connections_beside(id, &loaded.allowlist).map(Connections::Listed),
        (None, None) => unreachable!("clap asks for one of the two"),
    };
    let connections = match connections {
        Ok(connections) => connections,
        Err(why) => return Outcome::no_answer(why),
    };
    let day = arguments.at.day();
    let explained = explained(&loaded, &connections, arguments.id.as_ref(), day);
    if explained.is_empty() {
        return Outcome::no_answer("there is no such connection, or it cannot be seen");
    }
    let printed = match arguments.format {
        Format::Text => as_text(&loaded, &explained, day),
        Format::Json => as_json(&loaded, &explained),
    };
    Outcome { printed, complaints: Vec::new(), exit: Exit::Good }
}

fn explained(loaded: &Loaded, connections: &Connections, meant: Option<&ResourceId>, day: Date) -> Vec<Explained> {
    let mut explained = Vec::new();
    connections.for_each(|id, connection, facts| {
        if meant.is_none_or(|meant| id == Some(meant) || *meant == connection.endpoint) {
            let explanation = explain(&loaded.allowlist, facts, day);
            explained.push(Explained { connection: connection.clone(), explanation });
        }
    });
    explained
}

fn as_text(loaded: &Loaded, explained: &[Explained], day: Date) -> String {
    let each = explained.iter().map(|Explained { connection, explanation }| {
        let mut lines = known(connection);
        lines.push(("on", day.to_string()));
        lines.extend(explanation::lines(explanation, loaded));
        explanation::laid_out(&lines, "")
    });
    each.collect::<Vec<_>>().join("\n")
}

/// The result for programs: a list, because an id can mean several connections. Keys may be added, never changed.
#[derive(Serialize)]
struct JsonExplained<'a> {
    connection: &'a KnownConnection,
    #[serde(flatten)]
    explanation: JsonExplanation,
}

fn as_json(loaded: &Loaded, explained: &[Explained]) -> String {
    let each = explained.iter().map(|Explained { connection, explanation }| JsonExplained {
        connection,
        explanation: explanation::json(explanation, loaded),
    });
    json::printed(&each.collect::<Vec<_>>())
}

/// What is known of the connection.
fn known(connection: &KnownConnection) -> Vec<(&'static str, String)> {
    let facts = serde_json::to_value(connection).expect("a connection has text keys");
    // In the order of the type, which is the order of importance.
    let keys = [
        "target",
        "target_location",
        "group_ids",
        "endpoint",
        "tenant",
        "endpoint_location",
        "virtual_network",
        "address",
        "service",
        "message",
        "approved_by_rule",
    ];
    let shown = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => printable(text).into_owned(),
        serde_json::Value::Array(values) if values.is_empty() => "none".to_owned(),
        serde_json::Value::Array(values) => {
            let words: Vec<String> = values.iter().map(|value| value.as_str().unwrap_or_default().to_owned()).collect();
            printable(&words.join(", ")).into_owned()
        }
        other => printable(&other.to_string()).into_owned(),
    };
    keys.into_iter().filter_map(|key| Some((key, shown(facts.get(key)?)))).collect()
}
