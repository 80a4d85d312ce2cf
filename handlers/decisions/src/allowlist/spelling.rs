//! What was probably meant by a word that nobody knows.

use crate::untrusted::escaped;

/// No word of the language is longer, and comparing costs the product of both lengths.
const WORD_MAX_BYTES: usize = 64;
/// Of a large file's names so many are compared.
const COMPARED_MAX: usize = 500;
/// One mistake can repeat in every rule, and more than these are not shown.
const GUESSES_MAX: usize = 50;

/// The known word that a slip of the finger makes of it: two letters differ at most, and one in a short word.
pub(crate) fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if text.len() > WORD_MAX_BYTES {
        return None;
    }
    let slips_max = if text.len() <= 5 { 1 } else { 2 };
    let text = text.to_ascii_lowercase();
    let is_near_in_length = |name: &&str| name.len().abs_diff(text.len()) <= slips_max;
    let compared = known.into_iter().filter(is_near_in_length).take(COMPARED_MAX);
    let slips = |name: &str| strsim::osa_distance(&name.to_ascii_lowercase(), &text);
    let (slips, near) = compared.map(|name| (slips(name), name)).min_by_key(|(slips, _)| *slips)?;
    (slips <= slips_max).then_some(near)
}

/// Guesses at names that the file's author made up, a bounded number of times.
#[derive(Default)]
pub(super) struct Guesses {
    made: usize,
}

impl Guesses {
    /// `did you mean …?` where a name is near, or else this remedy.
    pub fn remedy<'a>(&mut self, text: &str, known: impl IntoIterator<Item = &'a str>, otherwise: &str) -> String {
        self.made += 1;
        let near = if self.made <= GUESSES_MAX { nearest(text, known) } else { None };
        near.map_or_else(|| otherwise.to_owned(), |near| format!("did you mean `{}`?", escaped(near, 80)))
    }
}

/// Words that people bring from other tools, each with what it is called here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("allow", "approve"),
    ("accept", "approve"),
    ("permit", "approve"),
    ("deny", "reject"),
    ("block", "reject"),
    ("pending", "hold"),
    ("groups", "group_ids"),
    ("subresource", "group_ids"),
    ("subresources", "group_ids"),
    ("sub_resource", "group_ids"),
    ("group_id", "group_ids"),
    ("resource_type", "type"),
    ("subscription_id", "subscription"),
    ("subscriptions", "subscription"),
    ("tenant_id", "tenant"),
    ("region", "location"),
    ("regions", "location"),
    ("vnet", "virtual_network"),
    ("network", "virtual_network"),
    ("ip", "address"),
    ("addresses", "address"),
    ("rg", "resource_group"),
    ("source", "requester"),
    ("endpoint", "requester"),
    ("description", "reason"),
    ("contact", "owner"),
    ("expiry", "expires"),
    ("until", "expires"),
    ("valid_from", "not_before"),
    ("ttl", "ttl_seconds"),
];

/// The known word that was probably meant: one that is spelt almost so, or that means what the word means elsewhere.
/// `groupIds` and `group-ids` are `group_ids`.
pub(super) fn meant<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    let snake = snake(text);
    let is_called = |here: &str| known.iter().find(|name| **name == here).copied();
    let elsewhere = ELSEWHERE.iter().filter(|(word, _)| *word == snake);
    is_called(&snake)
        .or_else(|| elsewhere.filter_map(|(_, here)| is_called(here)).next())
        .or_else(|| nearest(&snake, known.iter().copied()))
}

fn snake(text: &str) -> String {
    let mut snake = String::new();
    for c in text.chars() {
        if c.is_ascii_uppercase() && snake.ends_with(|last: char| last.is_ascii_lowercase()) {
            snake.push('_');
        }
        snake.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_leads_to_the_word_that_was_meant() {
        let known = ["platform", "plan", "sandboxes"];
        let near = |text| nearest(text, known);
        assert_eq!(near("platfrom"), Some("platform"));
        assert_eq!(near("Platforms"), Some("platform"));
        assert_eq!(near("sandbox"), Some("sandboxes"));
        assert_eq!(near("plane"), Some("plan"));
        assert_eq!(near("plot"), None);
        assert_eq!(near("nobody"), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn words_of_other_tools_lead_to_those_of_this_one() {
        let keys = ["type", "subscription", "group_ids", "location", "not"];
        for (text, expected) in [
            ("groupIds", Some("group_ids")),
            ("group-ids", Some("group_ids")),
            ("subscriptionId", Some("subscription")),
            ("region", Some("location")),
            ("Type", Some("type")),
            ("vnet", None),
            ("colour", None),
        ] {
            assert_eq!(meant(text, &keys), expected, "{text}");
        }
        assert_eq!(meant("allow", &["approve", "hold", "reject"]), Some("approve"));
        assert_eq!(meant("aprove", &["approve", "hold", "reject"]), Some("approve"));
    }
}
