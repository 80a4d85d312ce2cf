//! What checking several files found, and the formats that it is printed in.

pub mod github;
pub mod json;
pub mod sarif;
mod source;
pub mod text;

use portreeve_decisions::allowlist::Severity;

use crate::diagnostic::Diagnostic;

/// What was found in all files.
#[derive(Debug)]
pub struct Report {
    /// The files in the order of the command line.
    pub files: Vec<CheckedFile>,
}

/// What was found in one file.
#[derive(Debug, Default)]
pub struct CheckedFile {
    /// What the file is called.
    pub name: String,
    /// What it says, as far as it could be read.
    pub text: String,
    /// What there is to say about it, in the file's order.
    pub diagnostics: Vec<Diagnostic>,
    /// How many more errors there are than are listed.
    pub left_out: usize,
    /// Why it could not be read at all.
    pub unreadable: Option<String>,
}

impl Report {
    /// How many there are of one severity. What is left out are errors, which are all that keep a file from being read.
    pub fn count(&self, severity: Severity) -> usize {
        let listed = self.files.iter().flat_map(|file| &file.diagnostics).filter(|one| one.severity == severity);
        let left_out: usize = self.files.iter().map(|file| file.left_out).sum();
        listed.count() + if severity == Severity::Error { left_out } else { 0 }
    }

    /// The last line: how many files and how much of each severity.
    pub fn counts(&self) -> String {
        let unreadable = self.files.iter().filter(|file| file.unreadable.is_some()).count();
        let mut line = format!(
            "{} checked: {}, {}, {}",
            counted(self.files.len() - unreadable, "file"),
            counted(self.count(Severity::Error), "error"),
            counted(self.count(Severity::Warning), "warning"),
            counted(self.count(Severity::Note), "note"),
        );
        if unreadable > 0 {
            line.push_str(&format!("; {unreadable} could not be read"));
        }
        line
    }
}

/// A number with its noun.
pub fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
