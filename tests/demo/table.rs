//! The table at the end: a few lines for each endpoint, within the eighty columns of a terminal.

use crate::story::Outcome;

const WIDTH: usize = 80;
const INDENT: &str = "    ";

/// All outcomes, for reading.
pub fn of(outcomes: &[Outcome]) -> String {
    outcomes.iter().map(block).collect()
}

fn block(outcome: &Outcome) -> String {
    let status = if outcome.status.is_empty() { "(deleted)" } else { &outcome.status };
    let mut block = format!("{:<20} {status}\n", outcome.endpoint);
    for line in details(outcome) {
        block.push_str(&format!("{INDENT}{line}\n"));
    }
    block
}

fn details(outcome: &Outcome) -> Vec<String> {
    let mut lines = wrapped(&outcome.why);
    // A long name gets a line of its own, so that its address stays whole.
    lines.extend(outcome.records.iter().flat_map(|record| wrapped(&format!("record {record}"))));
    lines.extend(outcome.proof.as_ref().map(|(verdict, after_ms)| format!("proof {verdict} after {after_ms} ms")));
    lines
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && INDENT.len() + line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
