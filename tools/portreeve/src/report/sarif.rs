//! The report as SARIF 2.1.0, with what GitHub code scanning reads of it.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html> and
//! <https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.
//! Fingerprints are left out: the upload action computes them from the files.

mod format;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portreeve_decisions::allowlist::Severity;

use self::format::{
    ArtifactLocation, Configuration, Driver, Invocation, Location, Log, Message, Notification, PhysicalLocation,
    Region, Rule, RuleProperties, Run, SarifResult, Tool,
};
use super::source::Lines;
use super::{CheckedFile, Report};
use crate::diagnostic::{Diagnostic, checks};
use crate::json::printed;

/// What a relative reference may hold as it stands. A `:` could be taken for the end of a scheme.
const IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'+').remove(b'@');

/// The report as SARIF.
pub fn print(report: &Report) -> String {
    let rules = checks().map(|(name, severity, about)| rule(name, severity, about)).collect();
    let driver = Driver { name: "portreeve", semantic_version: env!("CARGO_PKG_VERSION"), rules };
    let notifications: Vec<Notification> = report.files.iter().filter_map(notification).collect();
    let run = Run {
        tool: Tool { driver },
        column_kind: "unicodeCodePoints",
        invocations: [Invocation {
            execution_successful: notifications.is_empty(),
            tool_execution_notifications: notifications,
        }],
        results: report.files.iter().flat_map(results).collect(),
    };
    printed(&Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] })
}

fn rule(name: &'static str, severity: Severity, about: &str) -> Rule {
    let sentence = format!("Looks for {about}.");
    Rule {
        id: name,
        short_description: Message::of(about),
        full_description: Message::of(&sentence),
        help: Message::of(&format!("{sentence} Each finding says what to do about it.")),
        default_configuration: Configuration { level: level(severity) },
        properties: RuleProperties { tags: ["allowlist"], problem_severity: problem_severity(severity) },
    }
}

fn results(file: &CheckedFile) -> Vec<SarifResult> {
    let lines = Lines::of(&file.text);
    let mut results: Vec<SarifResult> =
        file.diagnostics.iter().map(|diagnostic| result(&file.name, &lines, diagnostic)).collect();
    if let (Some(last), true) = (results.last_mut(), file.left_out > 0) {
        last.message.text.push_str(&format!(" (and {} more in this file)", file.left_out));
    }
    results
}

fn result(file: &str, lines: &Lines<'_>, diagnostic: &Diagnostic) -> SarifResult {
    let Diagnostic { severity, check, line, column, message, remedy, rule: _ } = diagnostic;
    let region = Region {
        start_line: *line,
        start_column: *column,
        end_line: *line,
        // A region of no width is not shown.
        end_column: lines.end_column(*line, *column).max(column + 1),
    };
    SarifResult {
        rule_id: check,
        rule_index: checks().position(|(name, ..)| name == *check),
        level: level(*severity),
        message: Message::of(&format!("{message}; {remedy}")),
        locations: [Location { physical_location: PhysicalLocation { artifact_location: artifact(file), region } }],
    }
}

fn notification(file: &CheckedFile) -> Option<Notification> {
    let why = file.unreadable.as_ref()?;
    Some(Notification { level: "error", message: Message::of(why) })
}

fn artifact(file: &str) -> ArtifactLocation {
    let path = utf8_percent_encode(file, IN_PATH).to_string();
    ArtifactLocation { uri: if file.starts_with('/') { format!("file://{path}") } else { path } }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The same in the words of GitHub's own property.
fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "recommendation",
    }
}
