//! Results as JSON for programs, and still safe where a person looks at them on a terminal.

use serde::Serialize;

use crate::printable::printable_json;

/// The value as indented JSON with a line break at the end.
pub fn printed(value: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(value).expect("our own types have text keys and finite numbers");
    let mut printed = printable_json(&json).into_owned();
    printed.push('\n');
    printed
}
