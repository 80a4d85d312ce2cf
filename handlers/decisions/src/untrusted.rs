//! Text that somebody else wrote, made safe to show.

/// The text with control and format characters escaped, cut after `max_chars` characters of the original.
///
/// Log lines and terminals act on escape sequences, line breaks and direction overrides; a request message or a forged
/// event could use them to hide or imitate a record. Everything outside printable ASCII and letters or digits of other
/// scripts is therefore written as `\u{…}`.
#[must_use]
pub fn escaped(text: &str, max_chars: usize) -> String {
    let mut shown = String::new();
    for c in text.chars().take(max_chars) {
        if c == ' ' || c.is_ascii_graphic() || (!c.is_ascii() && c.is_alphanumeric()) {
            shown.push(c);
        } else {
            shown.extend(c.escape_default());
        }
    }
    if text.chars().nth(max_chars).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        assert_eq!(escaped("please\n{\"event\":\"decision\"}", 100), "please\\n{\"event\":\"decision\"}");
        assert_eq!(escaped("\u{1b}[2J\u{202e}x\u{7f}", 100), "\\u{1b}[2J\\u{202e}x\\u{7f}");
        assert_eq!(escaped("Müller 部署", 100), "Müller 部署");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        assert_eq!(escaped("abcdef", 3), "abc…");
        assert_eq!(escaped("abc", 3), "abc");
    }
}
