//! `portreeve allowlist schema`: the JSON Schema of allowlist files.

use crate::outcome::Outcome;

/// Prints the schema.
pub fn run() -> Outcome {
    Outcome::no_answer("not yet")
}
