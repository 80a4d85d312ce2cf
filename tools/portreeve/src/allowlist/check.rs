//! `portreeve allowlist check`: what is wrong or doubtful in allowlist files.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use portreeve_decisions::allowlist::{Allowlist, Severity};
use time::Date;

use crate::command_line::{CheckArguments, CheckFormat};
use crate::diagnostic::Diagnostic;
use crate::input::{self, Input};
use crate::outcome::{Exit, Outcome};
use crate::report::{CheckedFile, Report, github, json, sarif, text};

/// Checks the files and prints the report.
pub fn run(arguments: &CheckArguments) -> Outcome {
    let today = arguments.at.day();
    let report = Report { files: arguments.files.iter().map(|path| check(path, today)).collect() };
    let printed = match arguments.format {
        CheckFormat::Text => text::print(&report, wants_colours()),
        CheckFormat::Json => json::print(&report),
        CheckFormat::Sarif => sarif::print(&report),
        CheckFormat::Github => github::print(&report),
    };
    let complaints = report.files.iter().filter_map(|file| file.unreadable.clone()).collect();
    Outcome { printed, complaints, exit: exit(&report) }
}

fn check(path: &Path, today: Date) -> CheckedFile {
    let name = input::shown(path);
    match input::read(path) {
        Input::Unreadable(why) => CheckedFile { name, unreadable: Some(why), ..CheckedFile::default() },
        Input::NotText(text, problem) => {
            CheckedFile { name, text, diagnostics: vec![*problem], ..CheckedFile::default() }
        }
        Input::Text(text) => {
            let (diagnostics, left_out) = diagnostics(&text, today);
            CheckedFile { name, text, diagnostics, left_out, unreadable: None }
        }
    }
}

fn diagnostics(text: &str, today: Date) -> (Vec<Diagnostic>, usize) {
    match Allowlist::parse(text) {
        Err(error) => (error.problems.into_iter().map(Diagnostic::from).collect(), error.left_out),
        Ok(allowlist) => (allowlist.check(today).into_iter().map(Diagnostic::from).collect(), 0),
    }
}

fn exit(report: &Report) -> Exit {
    if report.files.iter().any(|file| file.unreadable.is_some()) {
        Exit::NoAnswer
    } else if report.count(Severity::Error) > 0 {
        Exit::Bad
    } else {
        Exit::Good
    }
}

/// Colours are for terminals, and for those who did not decline them: <https://no-color.org>.
fn wants_colours() -> bool {
    let declined = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    io::stdout().is_terminal() && !declined && !is_dumb
}
