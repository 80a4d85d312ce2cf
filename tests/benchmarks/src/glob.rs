//! What a glob means, by recursion: slow on long texts, and plain enough to be believed.

/// Whether all of `value` matches `pattern`, where `*` stands for any characters and `?` for one. The case of ASCII
/// letters does not count.
#[must_use]
pub fn matches(pattern: &str, value: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => value.is_empty(),
        Some('*') => ends(value).any(|at| matches(rest.as_str(), &value[at..])),
        Some(letter) => {
            let mut tail = value.chars();
            let is_match = |first: char| letter == '?' || letter.eq_ignore_ascii_case(&first);
            tail.next().is_some_and(is_match) && matches(rest.as_str(), tail.as_str())
        }
    }
}

/// Where each beginning of a text can end.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()])
}
