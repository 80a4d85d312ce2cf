//! `portreeve allowlist schema`: the JSON Schema of allowlist files.

use portreeve_decisions::allowlist::schema;

use crate::json;
use crate::outcome::{Exit, Outcome};

/// Prints the schema.
pub fn run() -> Outcome {
    Outcome { printed: json::printed(&schema()), complaints: Vec::new(), exit: Exit::Good }
}
