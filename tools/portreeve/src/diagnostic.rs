//! One thing to say about one place of a file, whoever found it.

use portreeve_decisions::allowlist::Problem;
use serde::Serialize;

/// The check that a file fails when it is no allowlist at all.
pub const REFUSED: &str = "refused";

/// A check by which something can be found.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// How bad it is as a rule.
    pub severity: Severity,
    /// What it looks for, in a sentence.
    pub about: &'static str,
}

/// All checks.
pub const CHECKS: &[Check] = &[Check {
    name: REFUSED,
    severity: Severity::Error,
    about: "The file is no allowlist as it stands, and the app would refuse it.",
}];

/// How bad it is. Errors fail a build.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is refused, or does what nobody can mean.
    Error,
    /// It is likely not what was meant.
    Warning,
    /// Worth knowing.
    Note,
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
