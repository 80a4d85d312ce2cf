//! One thing to say about one place of a file, whoever found it.

use std::iter;

use portreeve_decisions::allowlist::{CHECKS, Finding, Problem, Severity};
use serde::Serialize;

/// The check that a file fails when it is no allowlist at all.
pub const REFUSED: &str = "refused";

/// All names of checks, each with the most that a finding of it matters and what it looks for.
pub fn checks() -> impl Iterator<Item = (&'static str, Severity, &'static str)> {
    let refused = (REFUSED, Severity::Error, "a file that is no allowlist as it stands");
    iter::once(refused).chain(CHECKS.iter().map(|check| (check.name, check.severity, check.about)))
}

/// One thing to say about one place of a file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The check that found it, such as `unknown-type`; `refused` where the file is no allowlist.
    pub check: &'static str,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The rule of the allowlist that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

impl Diagnostic {
    /// What keeps a file from being an allowlist.
    pub fn refusal(line: u64, column: u64, message: String, remedy: String) -> Self {
        Self { severity: Severity::Error, check: REFUSED, line, column, message, remedy, rule: None }
    }
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        Self::refusal(problem.line, problem.column, problem.message, problem.remedy)
    }
}

impl From<Finding> for Diagnostic {
    fn from(finding: Finding) -> Self {
        let Finding { check, severity, line, column, message, remedy, rule } = finding;
        Self { severity, check, line: line.into(), column: column.into(), message, remedy, rule }
    }
}
