//! Text from files and from Azure, made safe to print.
//!
//! A terminal acts on escape sequences and direction overrides. A build agent acts on lines that look like commands:
//! `##[…]` (GitHub Actions) and `##vso[…]` (Azure Pipelines) count anywhere in a line. An allowlist in a pull request is
//! a stranger's text, so none of these is ever printed as it stands.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text on one line, with whatever is not plainly visible written as `\u{…}`, `\n` or `\t`.
pub fn printable(text: &str) -> Cow<'_, str> {
    replace(text, |shown, c| match c {
        '#' => shown.push_str("\\u{23}"),
        _ => shown.extend(c.escape_debug()),
    })
}

/// JSON text with the same characters as `\uXXXX`: another spelling of the same value. Outside strings JSON has nothing
/// but printable ASCII and line breaks.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    replace(json, |shown, c| match c {
        '\n' => shown.push('\n'),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(shown, "\\u{unit:04x}").expect("a String takes everything");
            }
        }
    })
}

fn replace(text: &str, mut escape: impl FnMut(&mut String, char)) -> Cow<'_, str> {
    let needs_escape = |(index, c): (usize, char)| !is_visible(c) || begins_command(text, index, c);
    let Some(first) = text.char_indices().find(|at| needs_escape(*at)) else { return Cow::Borrowed(text) };
    let mut shown = text[..first.0].to_owned();
    for (index, c) in text[first.0..].char_indices().map(|(index, c)| (first.0 + index, c)) {
        if needs_escape((index, c)) {
            escape(&mut shown, c);
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character shows as itself and does nothing else. The standard library knows Unicode's categories: what it
/// would escape in a debug print is a control, a format character, unassigned, or hides in the character before.
fn is_visible(c: char) -> bool {
    matches!(c, ' '..='~') || (!c.is_ascii() && c.escape_debug().len() == 1)
}

/// Whether this is the second `#` of `##[` or `##vso[`.
fn begins_command(text: &str, index: usize, c: char) -> bool {
    let (before, after) = (&text.as_bytes()[..index], &text.as_bytes()[index..]);
    let has_word = |word: &[u8]| after.get(1..=word.len()).is_some_and(|next| next.eq_ignore_ascii_case(word));
    c == '#' && before.ends_with(b"#") && (has_word(b"[") || has_word(b"vso["))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_acts_on_is_written_out() {
        let cases = [
            ("plain 'text' \"quoted\" \\ Müller’s 部署 ✓", "plain 'text' \"quoted\" \\ Müller’s 部署 ✓"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("one\ntwo\ttab\r", "one\\ntwo\\ttab\\r"),
            ("\u{9b}2J \u{202e}abc \u{200b}", "\\u{9b}2J \\u{202e}abc \\u{200b}"),
            ("a\u{2028}b\u{feff}", "a\\u{2028}b\\u{feff}"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn what_a_build_agent_acts_on_is_written_out() {
        assert_eq!(printable("x ##[add-mask]y"), "x #\\u{23}[add-mask]y");
        assert_eq!(printable("##VSO[task.setvariable]"), "#\\u{23}VSO[task.setvariable]");
        assert_eq!(printable("### heading ## [link] #[x]"), "### heading ## [link] #[x]");
        assert_eq!(printable("###[x]"), "##\\u{23}[x]");
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            let shown = printable(&text).into_owned();
            prop_assert!(shown.chars().all(is_visible), "{:?}", shown);
            prop_assert!(!shown.contains("##[") && !shown.to_lowercase().contains("##vso["));
        }

        #[test]
        fn json_keeps_its_value(text in any::<String>()) {
            let json = serde_json::to_string_pretty(&[&text]).unwrap();
            let shown = printable_json(&json).into_owned();
            prop_assert!(shown.chars().all(|c| c == '\n' || is_visible(c)), "{:?}", shown);
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&shown).unwrap(), vec![text]);
        }
    }
}
