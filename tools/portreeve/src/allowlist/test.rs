//! `portreeve allowlist test`: runs the tests that allowlist files carry.

use std::path::Path;

use portreeve_decisions::allowlist::TestCase;
use portreeve_decisions::decide::Explanation;
use serde::Serialize;
use time::Date;

use crate::command_line::{Format, TestArguments};
use crate::diagnostic::Diagnostic;
use crate::explanation::{self, JsonExplanation};
use crate::json;
use crate::loaded::{Loaded, load};
use crate::outcome::{Exit, Outcome};
use crate::printable::printable;
use crate::report::{CheckedFile, counted, text};

/// What became of one file: its tests were run, or it could not be used.
enum Tested {
    Run { loaded: Box<Loaded>, tests: usize, failed: Vec<(usize, Explanation)> },
    Refused(Box<CheckedFile>),
}

/// Runs the tests of all files.
pub fn run(arguments: &TestArguments) -> Outcome {
    let today = arguments.at.day();
    let tested: Vec<Tested> = arguments.files.iter().map(|path| run_file(path, today)).collect();
    let printed = match arguments.format {
        Format::Text => as_text(&tested),
        Format::Json => as_json(&tested),
    };
    let complaints = tested.iter().filter_map(|file| match file {
        Tested::Refused(file) => file.unreadable.clone(),
        Tested::Run { .. } => None,
    });
    Outcome { printed, complaints: complaints.collect(), exit: tested.iter().map(exit).max().unwrap_or(Exit::Good) }
}

fn run_file(path: &Path, today: Date) -> Tested {
    let loaded = match load(path) {
        Ok(loaded) => loaded,
        Err(file) => return Tested::Refused(file),
    };
    let outcomes = loaded.allowlist.run_tests(today).enumerate();
    let failed = outcomes.filter_map(|(index, outcome)| Some((index, outcome.failure?))).collect();
    Tested::Run { tests: loaded.allowlist.tests().len(), failed, loaded: Box::new(loaded) }
}

fn exit(tested: &Tested) -> Exit {
    match tested {
        Tested::Refused(file) if file.unreadable.is_some() => Exit::NoAnswer,
        Tested::Refused(_) => Exit::Bad,
        Tested::Run { failed, .. } if failed.is_empty() => Exit::Good,
        Tested::Run { .. } => Exit::Bad,
    }
}

fn counts(tested: &[Tested]) -> (usize, usize) {
    tested.iter().fold((0, 0), |(tests, failures), file| match file {
        Tested::Run { tests: count, failed, .. } => (tests + count, failures + failed.len()),
        Tested::Refused(_) => (tests, failures),
    })
}

fn as_text(tested: &[Tested]) -> String {
    let mut printed = String::new();
    for file in tested {
        match file {
            Tested::Refused(file) => printed.push_str(&text::print_file(file, false)),
            Tested::Run { loaded, failed, .. } => {
                for (index, explanation) in failed {
                    printed.push_str(&failure(loaded, &loaded.allowlist.tests()[*index], explanation));
                }
            }
        }
    }
    let (tests, failures) = counts(tested);
    let refused = tested.iter().filter(|file| matches!(file, Tested::Refused(_))).count();
    let refused = if refused == 0 { String::new() } else { format!("; {} not run", counted(refused, "file")) };
    printed.push_str(&format!("{}, {failures} failed{refused}\n", counted(tests, "test")));
    printed
}

fn failure(loaded: &Loaded, test: &TestCase, explanation: &Explanation) -> String {
    let place = format!("{}:{}:{}", loaded.name, test.place.line, test.place.column);
    let mut lines = vec![("expected", explanation::expected(test.expect, test.rule.as_deref()))];
    lines.extend(explanation::lines(explanation, loaded));
    format!("{place}: failed: {}\n{}\n", printable(&test.name), explanation::laid_out(&lines, "  "))
}

/// The result for programs. A file has `error` where it could not be read and `diagnostics` (as from `allowlist check`)
/// where it was refused; in both cases its tests were not run. Keys may be added, never changed.
#[derive(Serialize)]
struct JsonResult<'a> {
    files: Vec<JsonFile<'a>>,
    tests: usize,
    failed: usize,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    diagnostics: &'a [Diagnostic],
    tests: usize,
    failures: Vec<JsonFailure<'a>>,
}

#[derive(Serialize)]
struct JsonFailure<'a> {
    name: &'a str,
    line: u64,
    column: u64,
    expected_effect: &'static str,
    expected_rule: Option<&'a str>,
    decided: JsonExplanation,
}

fn as_json(tested: &[Tested]) -> String {
    let (tests, failed) = counts(tested);
    json::printed(&JsonResult { files: tested.iter().map(json_file).collect(), tests, failed })
}

fn json_file(tested: &Tested) -> JsonFile<'_> {
    match tested {
        Tested::Refused(file) => JsonFile {
            file: &file.name,
            error: file.unreadable.as_deref(),
            diagnostics: &file.diagnostics,
            tests: 0,
            failures: Vec::new(),
        },
        Tested::Run { loaded, tests, failed } => JsonFile {
            file: &loaded.name,
            error: None,
            diagnostics: &[],
            tests: *tests,
            failures: failed.iter().map(|(index, why)| json_failure(loaded, *index, why)).collect(),
        },
    }
}

fn json_failure<'a>(loaded: &'a Loaded, index: usize, explanation: &Explanation) -> JsonFailure<'a> {
    let test = &loaded.allowlist.tests()[index];
    JsonFailure {
        name: &test.name,
        line: test.place.line.into(),
        column: test.place.column.into(),
        expected_effect: test.expect.as_str(),
        expected_rule: test.rule.as_deref(),
        decided: explanation::json(explanation, loaded),
    }
}
