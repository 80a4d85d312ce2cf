//! Globs over Azure's names: `*` for any characters, `?` for one, compared without ASCII case.

/// One value of a condition: plain text or a glob.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pattern {
    text: String,
    folded: Vec<char>,
}

/// Longer than any Azure name or GUID, short enough that matching stays cheap whatever a file says.
pub(super) const PATTERN_MAX_CHARS: usize = 512;

impl Pattern {
    /// Makes a pattern of the text as it stands in the file.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), folded: text.chars().map(|c| c.to_ascii_lowercase()).collect() }
    }

    /// The pattern as it stands in the file.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the whole of `value` matches. At most `pattern × value` steps, with no recursion, for any pattern.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        let value: Vec<char> = value.chars().map(|c| c.to_ascii_lowercase()).collect();
        let (mut at_pattern, mut at_value) = (0, 0);
        // Where to go on from when the characters after the last `*` stop matching.
        let mut resume: Option<(usize, usize)> = None;
        while at_value < value.len() {
            match self.folded.get(at_pattern) {
                Some('*') => {
                    resume = Some((at_pattern + 1, at_value));
                    at_pattern += 1;
                }
                Some(&c) if c == '?' || c == value[at_value] => {
                    at_pattern += 1;
                    at_value += 1;
                }
                _ => {
                    let Some((after_star, taken)) = resume else { return false };
                    resume = Some((after_star, taken + 1));
                    at_pattern = after_star;
                    at_value = taken + 1;
                }
            }
        }
        self.folded[at_pattern..].iter().all(|&c| c == '*')
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
            ("*-prod-*", "app-prod-weu", true),
            ("*a*b", "xaxbxab", true),
            ("a*b*c", "abc", true),
            ("exact", "Exact", true),
            ("exact", "exactly", false),
            ("k", "\u{212a}", false),
        ];
        for (pattern, value, expected) in cases {
            assert_eq!(Pattern::new(pattern).matches(value), expected, "{pattern} on {value}");
        }
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
        fn matching_agrees_with_the_definition(pattern in "[ab*?]{0,8}", value in "[ab]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(Pattern::new(&pattern).matches(&value), naive(&chars(&pattern), &chars(&value)));
        }
    }
}
