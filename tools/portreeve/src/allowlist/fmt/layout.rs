//! The canonical layout of a YAML text, or why it is better left alone.
//!
//! The layout is `pretty_yaml`'s. It knows nothing of allowlists and has been seen to change meaning in two rare cases
//! (line breaks kept by `|+`, and spaces at the end of a folded line), so its result is trusted only after both texts
//! were read and say the same, with the same comments and the same mark at the end, and after a second run changes nothing more.

use portreeve_decisions::admission::END_MARK;
use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions};
use serde_json::Value;
use yaml_parser::SyntaxKind;

/// As wide as the project's own lines.
const WIDTH_CHARS: usize = 120;

/// The text in the canonical layout.
///
/// # Errors
/// Why it cannot be laid out: it is no YAML, or the result would not be the same.
pub fn laid_out(text: &str) -> Result<String, String> {
    // Read first: the reader bounds nesting, which the formatter follows with its stack.
    let meaning = read(text)?;
    let laid_out = format(text)?;
    if laid_out == text {
        return Ok(laid_out);
    }
    if read(&laid_out).ok() != Some(meaning) {
        return Err("left alone: laid out anew it would mean something else. Trailing spaces in a text of several \
                    lines, or `|+`, can be the cause"
            .to_owned());
    }
    if comments(text)? != comments(&laid_out)? {
        return Err("left alone: a comment would be lost or changed".to_owned());
    }
    if ends(text) != ends(&laid_out) {
        return Err(format!(
            "left alone: the line `{END_MARK}`, by which a file that breaks off is known, would be lost"
        ));
    }
    if format(&laid_out)? != laid_out {
        return Err("left alone: it would be laid out otherwise each time".to_owned());
    }
    Ok(laid_out)
}

fn read(text: &str) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_events: 16_000_000, max_nodes: 8_000_000, max_anchors: 1_000 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let words = error.without_snippet().to_string().replace('\n', " ");
        format!("this is no YAML that an allowlist could be written in: {}", crate::printable::printable(&words))
    })
}

fn format(text: &str) -> Result<String, String> {
    let options = FormatOptions {
        layout: LayoutOptions { print_width: WIDTH_CHARS, ..LayoutOptions::default() },
        language: LanguageOptions { trailing_comma: false, prefer_single_line: true, ..LanguageOptions::default() },
    };
    pretty_yaml::format_text(text, &options).map_err(|error| refusal(&error.to_string()))
}

/// The comments in their order, without the spaces behind them.
fn comments(text: &str) -> Result<Vec<String>, String> {
    let tree = yaml_parser::parse(text).map_err(|error| refusal(&error.to_string()))?;
    let tokens = tree.descendants_with_tokens().filter_map(|element| element.into_token());
    let comments = tokens.filter(|token| token.kind() == SyntaxKind::COMMENT);
    Ok(comments.map(|token| token.text().trim_end().to_owned()).collect())
}

/// How many documents are ended by a mark: of an allowlist, one or none.
fn ends(text: &str) -> usize {
    text.lines().filter(|line| line.trim_end() == END_MARK).count()
}

fn refusal(words: &str) -> String {
    format!("left alone: the formatter does not understand it: {}", crate::printable::printable(words))
}

#[cfg(test)]
mod tests;
