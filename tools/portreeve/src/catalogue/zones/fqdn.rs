//! A full name in DNS, as people write it.

use portreeve_decisions::untrusted::escaped;

use crate::printable::printable;

/// The longest that a name may be in DNS (RFC 1035), written with dots.
const NAME_MAX_BYTES: usize = 253;
/// The longest label.
const LABEL_MAX_BYTES: usize = 63;
/// How much of a text that is no name is shown.
const SHOWN_MAX_CHARS: usize = 100;

/// The name in lower case and without the dot of the root.
///
/// # Errors
/// A complaint that says what is wrong with the text.
pub fn parse(text: &str) -> Result<String, String> {
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    match problem_of(&name) {
        None => Ok(name),
        Some(problem) => {
            let shown = escaped(text, SHOWN_MAX_CHARS);
            Err(format!("`{}` is not a name in DNS: {problem}", printable(&shown)))
        }
    }
}

fn problem_of(name: &str) -> Option<&'static str> {
    let is_plain = |label: &str| label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let mut labels = name.split('.').enumerate();
    if name.is_empty() {
        Some("it is empty")
    } else if name.contains("://") {
        Some("it is a URL; write the host's name alone")
    } else if name.len() > NAME_MAX_BYTES {
        Some("it is longer than 253 characters")
    } else if !name.contains('.') {
        Some("it has one label only; write the full name")
    } else if labels.clone().any(|(_, label)| label.is_empty()) {
        Some("it has an empty label")
    } else if labels.clone().any(|(_, label)| label.len() > LABEL_MAX_BYTES) {
        Some("it has a label of more than 63 characters")
    } else if !labels.all(|(position, label)| is_plain(label) || (position == 0 && label == "*")) {
        Some("labels have letters, digits, `-` and `_`, and the first may be `*`")
    } else {
        None
    }
}
