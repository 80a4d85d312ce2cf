//! The report as workflow commands, which GitHub Actions shows beside the lines of a pull request.
//!
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write as _;

use portreeve_decisions::allowlist::Severity;

use super::Report;
use crate::diagnostic::Diagnostic;
use crate::printable::printable;

/// One command a line for what was found, and a last line that counts.
pub fn print(report: &Report) -> String {
    let mut printed = String::new();
    for file in &report.files {
        if let Some(why) = &file.unreadable {
            print_command(&mut printed, "error", &[("file", &file.name), ("title", "unreadable")], why);
        }
        for diagnostic in &file.diagnostics {
            print_diagnostic(&mut printed, &file.name, diagnostic);
        }
        if file.left_out > 0 {
            let message = format!("and {} more", file.left_out);
            print_command(&mut printed, "error", &[("file", &file.name), ("title", "more")], &message);
        }
    }
    printed.push_str(&report.counts());
    printed.push('\n');
    printed
}

fn print_diagnostic(printed: &mut String, file: &str, diagnostic: &Diagnostic) {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let (line, column) = (diagnostic.line.to_string(), diagnostic.column.to_string());
    let properties = [("file", file), ("line", &line), ("col", &column), ("title", diagnostic.check)];
    print_command(printed, command, &properties, &format!("{}; {}", diagnostic.message, diagnostic.remedy));
}

fn print_command(printed: &mut String, command: &str, properties: &[(&str, &str)], message: &str) {
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", escaped_property(&printable(value)))).collect();
    writeln!(printed, "::{command} {}::{}", properties.join(","), escaped_message(&printable(message)))
        .expect("a String takes everything");
}

/// As `escapeData` of <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>; line breaks are
/// escaped here even though a printable text has none.
fn escaped_message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As `escapeProperty` there.
fn escaped_property(text: &str) -> String {
    escaped_message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_where_it_should_whatever_its_parts_say() {
        let mut printed = String::new();
        print_command(&mut printed, "error", &[("file", "a,line=9::x%0A.yaml")], "100% of\n::error::it");
        assert_eq!(printed, "::error file=a%2Cline=9%3A%3Ax%250A.yaml::100%25 of\\n::error::it\n");
    }
}
