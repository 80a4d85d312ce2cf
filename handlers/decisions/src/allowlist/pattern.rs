//! Globs over Azure's names: `*` for any characters, `?` for one, compared without ASCII case.

use crate::fold::folded;

/// One value of a condition: plain text or a glob.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Pattern {
    folded: Box<str>,
}

/// Longer than any name, GUID or network's id in Azure, short enough that matching stays cheap whatever a file says.
pub(super) const PATTERN_MAX_CHARS: usize = 512;
/// More stars in one glob are a mistake or an attack; each of them multiplies what a bad match costs.
pub(super) const STARS_MAX: usize = 8;

impl Pattern {
    /// Makes a pattern of the text as it stands in the file.
    #[must_use]
    pub fn new(text: &str) -> Self {
        // Stars in a row mean what one means, and would each cost a try.
        let mut kept = folded(text).into_owned();
        while kept.contains("**") {
            kept = kept.replace("**", "*");
        }
        Self { folded: kept.into_boxed_str() }
    }

    /// Whether a text of the file is a glob, and not plain.
    #[must_use]
    pub fn is_glob(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    /// The pattern in lower case, with no two stars in a row.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.folded
    }

    /// What every match begins with.
    #[must_use]
    pub fn literal_prefix(&self) -> &str {
        self.folded.split(['*', '?']).next().unwrap_or_default()
    }

    /// What every match ends with.
    #[must_use]
    pub fn literal_suffix(&self) -> &str {
        self.folded.rsplit(['*', '?']).next().unwrap_or_default()
    }

    /// Whether the whole of `value` matches. At most `pattern × value` steps, with no recursion, for any pattern.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.matches_folded(&folded(value))
    }

    /// [`Self::matches`] for a value that is in lower case already.
    #[must_use]
    pub fn matches_folded(&self, value: &str) -> bool {
        let (pattern, bytes) = (self.folded.as_bytes(), value.as_bytes());
        let (mut at_pattern, mut at_value) = (0, 0);
        // Where to go on from when the bytes after the last `*` stop matching.
        let mut resume: Option<(usize, usize)> = None;
        while at_value < bytes.len() {
            match pattern.get(at_pattern) {
                Some(b'*') => {
                    at_pattern += 1;
                    resume = Some((at_pattern, at_value));
                }
                Some(b'?') => {
                    at_pattern += 1;
                    at_value += char_bytes(bytes[at_value]);
                }
                Some(&byte) if byte == bytes[at_value] => {
                    at_pattern += 1;
                    at_value += 1;
                }
                _ => {
                    let Some((after_star, taken)) = resume else { return false };
                    let taken = taken + char_bytes(bytes[taken]);
                    resume = Some((after_star, taken));
                    (at_pattern, at_value) = (after_star, taken);
                }
            }
        }
        pattern[at_pattern..].iter().all(|&byte| byte == b'*')
    }
}

/// How many bytes the character has that begins with this one: `?` stands for characters.
fn char_bytes(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_and_question_marks_match_whole_names() {
        let cases = [
            ("rg-aks-*", "RG-AKS-1", true),
            ("rg-aks-*", "rg-aks-", true),
            ("rg-aks-*", "rg-aks", false),
            ("*", "", true),
            ("", "a", false),
            ("pe-?", "pe-1", true),
            ("pe-?", "pe-", false),
            ("pe-?", "pe-12", false),
            ("pe-?", "pe-ü", true),
            ("*?-x", "ü-x", true),
            ("*-prod-*", "app-prod-weu", true),
            ("*a*b", "xaxbxab", true),
            ("a*b*c", "abc", true),
            ("a***b", "a-b", true),
            ("exact", "Exact", true),
            ("exact", "exactly", false),
            ("k", "\u{212a}", false),
        ];
        for (pattern, value, expected) in cases {
            assert_eq!(Pattern::new(pattern).matches(value), expected, "{pattern} on {value}");
        }
    }

    #[test]
    fn what_stands_before_the_first_and_after_the_last_wildcard_is_literal() {
        let ends = |text: &str| {
            let pattern = Pattern::new(text);
            (pattern.literal_prefix().to_owned(), pattern.literal_suffix().to_owned())
        };
        assert_eq!(ends("RG-aks-*-prod"), ("rg-aks-".to_owned(), "-prod".to_owned()));
        assert_eq!(ends("*a?"), (String::new(), String::new()));
    }

    /// The definition, by recursion: slow and plain.
    fn naive(pattern: &[char], value: &[char]) -> bool {
        match pattern.split_first() {
            None => value.is_empty(),
            Some(('*', rest)) => (0..=value.len()).any(|taken| naive(rest, &value[taken..])),
            Some((c, rest)) => value.split_first().is_some_and(|(v, tail)| (*c == '?' || c == v) && naive(rest, tail)),
        }
    }

    proptest! {
        #[test]
        fn matching_agrees_with_the_definition(pattern in "[abü*?]{0,8}", value in "[abü]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Pattern::new(&pattern).matches(&value), naive(&chars(&pattern), &chars(&value)));
        }
    }
}
