//! The table at the end: one block of lines for each endpoint, as wide as a terminal.

use crate::story::Outcome;

/// What is left of eighty-odd columns after the first two.
const TEXT_WIDTH: usize = 76;

/// All outcomes, for reading.
pub fn of(outcomes: &[Outcome]) -> String {
    let mut table = format!("{:<21} {:<10} {}\n", "ENDPOINT", "STATE", "WHY, RECORDS AND PROOF");
    for outcome in outcomes {
        let state = if outcome.status.is_empty() { "(deleted)" } else { &outcome.status };
        let mut lines = details(outcome).into_iter();
        let first = lines.next().unwrap_or_default();
        table.push_str(&format!("{:<21} {state:<10} {first}\n", outcome.endpoint));
        for line in lines {
            table.push_str(&format!("{:<32} {line}\n", ""));
        }
    }
    table
}

fn details(outcome: &Outcome) -> Vec<String> {
    let mut lines = wrapped(&outcome.why);
    lines.extend(outcome.records.iter().map(|record| format!("record  {record}")));
    lines.extend(outcome.proof.as_ref().map(|(verdict, after_ms)| format!("proof   {verdict} after {after_ms} ms")));
    lines
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.chars().count() + word.chars().count() >= TEXT_WIDTH {
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
