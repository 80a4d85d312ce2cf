//! `portreeve explain`: what becomes of one connection, and why.

use portreeve_decisions::allowlist::KnownConnection;
use portreeve_decisions::decide::explain;
use serde::Serialize;

use crate::command_line::{ExplainArguments, Format};
use crate::explanation::{self, JsonExplanation};
use crate::loaded::{Loaded, load, without};
use crate::outcome::{Exit, Outcome};
use crate::printable::printable;
use crate::{connections, json, live};

/// The result for programs: a list, because an id can mean several connections. Keys may be added, never changed.
#[derive(Serialize)]
struct JsonExplained<'a> {
    connection: &'a KnownConnection,
    #[serde(flatten)]
    explanation: JsonExplanation,
}

/// Explains one connection.
pub fn run(arguments: &ExplainArguments) -> Outcome {
    let loaded = match load(&arguments.allowlist) {
        Ok(loaded) => loaded,
        Err(file) => return without(&file),
    };
    let connections = match (&arguments.connection, &arguments.id) {
        (Some(path), _) => connections::read_one(path).map(|connection| vec![connection]),
        (None, Some(id)) => live::connections_of(id),
        (None, None) => unreachable!("clap asks for one of the two"),
    };
    match connections {
        Err(why) => Outcome::no_answer(why),
        Ok(connections) => {
            let printed = match arguments.format {
                Format::Text => text(&loaded, &connections, arguments),
                Format::Json => as_json(&loaded, &connections, arguments),
            };
            Outcome { printed, complaints: Vec::new(), exit: Exit::Good }
        }
    }
}

fn text(loaded: &Loaded, connections: &[KnownConnection], arguments: &ExplainArguments) -> String {
    let day = arguments.at.day();
    let each = connections.iter().map(|connection| {
        let mut lines = known(connection);
        lines.push(("on", day.to_string()));
        lines.extend(explanation::lines(&explain(&loaded.allowlist, connection.facts(), day), loaded));
        explanation::laid_out(&lines, "")
    });
    each.collect::<Vec<_>>().join("\n")
}

fn as_json(loaded: &Loaded, connections: &[KnownConnection], arguments: &ExplainArguments) -> String {
    let day = arguments.at.day();
    let each = connections.iter().map(|connection| JsonExplained {
        connection,
        explanation: explanation::json(&explain(&loaded.allowlist, connection.facts(), day), loaded),
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
