//! The report for people: each finding with its place, its line and its remedy.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use portreeve_decisions::allowlist::Severity;

use super::source::{Lines, ShownLine};
use super::{CheckedFile, Report};
use crate::diagnostic::Diagnostic;
use crate::printable::printable;

/// The report as text, with a last line that counts.
pub fn print(report: &Report, colours: bool) -> String {
    let files = report.files.iter().map(|file| print_file(file, colours));
    format!("{}{}\n", files.collect::<String>(), report.counts())
}

/// What there is to say about one file, with an empty line behind each finding.
pub fn print_file(file: &CheckedFile, colours: bool) -> String {
    let renderer = if colours { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let lines = Lines::of(&file.text);
    let mut printed = String::new();
    for diagnostic in &file.diagnostics {
        let shown = lines.shown(diagnostic.line, diagnostic.column);
        printed.push_str(&renderer.render(&groups(file, diagnostic, shown.as_ref())));
        printed.push_str("\n\n");
    }
    if file.left_out > 0 {
        printed.push_str(&format!("{}: and {} more\n\n", file.name, file.left_out));
    }
    printed
}

fn groups<'a>(file: &'a CheckedFile, diagnostic: &'a Diagnostic, shown: Option<&'a ShownLine>) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let line = usize::try_from(diagnostic.line).unwrap_or(usize::MAX);
    let column = usize::try_from(diagnostic.column).unwrap_or(usize::MAX);
    let title = level.clone().primary_title(printable(&diagnostic.message)).id(diagnostic.check);
    let place = Origin::path(&file.name).line(line).char_column(column);
    let help = Level::HELP.message(printable(&diagnostic.remedy));
    let Some(shown) = shown else { return vec![title.element(place).element(help)] };
    let marker = AnnotationKind::Primary.span(shown.marked.clone());
    let snippet = Snippet::source(&shown.text).line_start(line).annotation(marker);
    if shown.text[..shown.marked.start].chars().count() + 1 == column {
        return vec![title.element(snippet.path(&file.name)).element(help)];
    }
    // The line is shown cut or escaped, and the renderer would count the columns of what is shown.
    vec![title.element(place), Group::with_level(level).element(snippet).element(help)]
}
