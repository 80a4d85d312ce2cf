use proptest::prelude::*;

use super::*;

#[test]
fn comments_stay_wherever_they_are() {
    let text = "\
version: 1   # the only one
sets:
      # in front
      platform: [ a,b ]   # behind
rules: # of the house
    -   id:   a
        # inside
        effect:   hold


# at the end
";
    let expected = "\
version: 1 # the only one
sets:
  # in front
  platform: [a, b] # behind
rules: # of the house
  - id: a
    # inside
    effect: hold

# at the end
";
    assert_eq!(laid_out(text).as_deref(), Ok(expected));
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_go() {
    assert_eq!(laid_out("\u{feff}version:  1\r\nrules: []\r\n").as_deref(), Ok("version: 1\nrules: []\n"));
}

#[test]
fn the_mark_at_the_end_stays() {
    let text = "version:  1\nrules: []\n\n# the end\n...\n";
    assert_eq!(laid_out(text).as_deref(), Ok("version: 1\nrules: []\n\n# the end\n...\n"));
}

#[test]
fn what_would_change_its_meaning_is_left_alone() {
    for text in ["a: |+\n  kept\n\n\nb: 1\n", "a: >-\n  one  \n  two\n"] {
        let why = laid_out(text).unwrap_err();
        assert!(why.starts_with("left alone: laid out anew it would mean something else"), "{why}");
    }
}

#[test]
fn what_is_no_yaml_is_refused() {
    for text in ["a: [b\n", "a: b: c\n", "a: 1\na: 2\n", "--- 1\n--- 2\n", "a: *nothing\n"] {
        let why = laid_out(text).unwrap_err();
        assert!(why.starts_with("this is no YAML"), "{text:?}: {why}");
    }
}

#[test]
fn nesting_is_bounded_before_the_formatter_follows_it() {
    let depth = 100_000;
    let text = format!("a: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    assert!(laid_out(&text).unwrap_err().starts_with("this is no YAML"));
}

/// Lines as a person could type them, more or less well indented.
fn typed_yaml() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("rules:"),
        Just("- id: a"),
        Just("effect:   hold"),
        Just("target: { name: 'x' , group_ids: [ a,b , \"c\" ] } # why"),
        Just("# a comment"),
        Just("reason: >-"),
        Just("several words, and # a hash"),
        Just("expires: 2027-06-30"),
        Just("names: ["),
        Just("one, # first"),
        Just("two ]"),
        Just(""),
    ];
    prop::collection::vec((0_usize..5, line), 0..12)
        .prop_map(|lines| lines.into_iter().map(|(indent, line)| format!("{}{line}\n", " ".repeat(indent))).collect())
}

proptest! {
    #[test]
    fn what_is_laid_out_means_the_same_and_stays_as_it_is(text in typed_yaml()) {
        if let Ok(once) = laid_out(&text) {
            prop_assert_eq!(laid_out(&once).unwrap(), once.clone());
            prop_assert_eq!(read(&text).unwrap(), read(&once).unwrap());
            prop_assert_eq!(text.matches('#').count(), once.matches('#').count());
        }
    }
}
