//! The report for programs.
//!
//! ```json
//! {
//!   "files": [
//!     {
//!       "file": "allowlist.yaml",
//!       "error": "allowlist.yaml: there is no such file",
//!       "diagnostics": [
//!         { "severity": "error", "check": "refused", "line": 3, "column": 5, "message": "…", "remedy": "…", "rule": "…" }
//!       ],
//!       "left_out": 0
//!     }
//!   ],
//!   "errors": 1, "warnings": 0, "notes": 0
//! }
//! ```
//!
//! `error` is there only where a file could not be read, `rule` only where a diagnostic is about one. `severity` is
//! `error`, `warning` or `note`. Lines and columns (in characters) count from 1. Keys may be added, never changed.

use portreeve_decisions::allowlist::Severity;
use serde::Serialize;

use super::{CheckedFile, Report};
use crate::diagnostic::Diagnostic;
use crate::json::printed;

#[derive(Serialize)]
struct JsonReport<'a> {
    files: Vec<JsonFile<'a>>,
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Serialize)]
struct JsonFile<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    diagnostics: &'a [Diagnostic],
    left_out: usize,
}

/// The report as JSON.
pub fn print(report: &Report) -> String {
    printed(&JsonReport {
        files: report.files.iter().map(file).collect(),
        errors: report.count(Severity::Error),
        warnings: report.count(Severity::Warning),
        notes: report.count(Severity::Note),
    })
}

fn file(file: &CheckedFile) -> JsonFile<'_> {
    JsonFile {
        file: &file.name,
        error: file.unreadable.as_deref(),
        diagnostics: &file.diagnostics,
        left_out: file.left_out,
    }
}
