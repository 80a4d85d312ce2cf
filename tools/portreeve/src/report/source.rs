//! The line of a file that something is said about, fit to be shown, with the part that is meant.

use std::ops::Range;

use crate::printable::printable;

/// A file's lines, found once.
#[derive(Debug)]
pub struct Lines<'a> {
    lines: Vec<&'a str>,
}

/// One line as it is shown.
#[derive(Debug, Eq, PartialEq)]
pub struct ShownLine {
    /// The line, or the part of a long one around the place.
    pub text: String,
    /// The bytes of `text` to mark.
    pub marked: Range<usize>,
}

/// How much of a long line is shown in front of the place, and behind it.
const CHARS_BEFORE: usize = 60;
const CHARS_BEHIND: usize = 100;

impl<'a> Lines<'a> {
    /// The lines of a text, split as YAML splits them: at LF, CR LF and CR.
    pub fn of(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
        Self { lines: lines.collect() }
    }

    /// The line at a place, which counts from 1, or nothing where the file ends before it.
    pub fn shown(&self, line: u64, column: u64) -> Option<ShownLine> {
        let line = self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        let column = usize::try_from(column).ok()?.saturating_sub(1);
        let place = line.char_indices().nth(column).map_or(line.len(), |(index, _)| index);
        let end = place + length_of_value(&line[place..]);
        let start = nth_char_back(line, place, CHARS_BEFORE);
        let cut = line[place..].char_indices().nth(CHARS_BEHIND).map_or(line.len(), |(index, _)| place + index);
        let marked_end = end.min(cut);
        let mut text = if start > 0 { "…".to_owned() } else { String::new() };
        text.push_str(&printable(&line[start..place]));
        let marked_start = text.len();
        text.push_str(&printable(&line[place..marked_end]));
        let marked = marked_start..text.len();
        text.push_str(&printable(&line[marked_end..cut]));
        if cut < line.len() {
            text.push('…');
        }
        Some(ShownLine { text, marked })
    }

    /// Where the value at a place ends: the column behind it, from 1. The place's own column where the file ends before it.
    pub fn end_column(&self, line: u64, column: u64) -> u64 {
        let value = || {
            let line = self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
            let place = line.char_indices().nth(usize::try_from(column).ok()?.checked_sub(1)?)?.0;
            Some(line[place..place + length_of_value(&line[place..])].chars().count() as u64)
        };
        column + value().unwrap_or(0)
    }
}

fn nth_char_back(line: &str, place: usize, chars: usize) -> usize {
    line[..place].char_indices().rev().nth(chars - 1).map_or(0, |(index, _)| index)
}

/// The bytes of the key, word or quoted text that `rest` begins with; at least one character.
fn length_of_value(rest: &str) -> usize {
    let Some(first) = rest.chars().next() else { return 0 };
    if matches!(first, '"' | '\'') {
        return rest[1..].find(first).map_or(rest.len(), |closing| closing + 2);
    }
    let ends = |(index, c): (usize, char)| {
        let ends_key = c == ':' && rest[index + 1..].chars().next().is_none_or(char::is_whitespace);
        c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}') || ends_key
    };
    let end = rest.char_indices().find(|at| ends(*at)).map_or(rest.len(), |(index, _)| index);
    end.max(first.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line with `[` and `]` around what is marked.
    fn marked(text: &str, line: u64, column: u64) -> String {
        let ShownLine { mut text, marked } = Lines::of(text).shown(line, column).unwrap();
        text.insert(marked.end, '⟧');
        text.insert(marked.start, '⟦');
        text
    }

    #[test]
    fn the_value_at_the_place_is_marked() {
        assert_eq!(marked("a: 1\nb:  two words\n", 2, 5), "b:  ⟦two⟧ words");
        assert_eq!(marked("key: x", 1, 1), "⟦key⟧: x");
        assert_eq!(marked("a: [x, 'y, z']", 1, 8), "a: [x, ⟦'y, z'⟧]");
        assert_eq!(marked("a: [x]", 1, 4), "a: ⟦[⟧x]");
        assert_eq!(marked("a: Müller, b", 1, 4), "a: ⟦Müller⟧, b");
        assert_eq!(marked("a: b:c", 1, 4), "a: ⟦b:c⟧");
        assert_eq!(marked("a: \u{1b}[2J", 1, 4), "a: ⟦\\u{1b}⟧[2J");
    }

    #[test]
    fn lines_end_where_yaml_ends_them() {
        assert_eq!(marked("\u{feff}one\r\ntwo\rthree\n", 3, 1), "⟦three⟧");
        assert_eq!(marked("one\n", 2, 1), "⟦⟧");
        assert_eq!(Lines::of("one\n").shown(3, 1), None);
        assert_eq!(marked("one", 1, 9), "one⟦⟧");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let line = format!("{}here{}", "a ".repeat(500), " b".repeat(500));
        let shown = marked(&line, 1, 1001);
        assert!(shown.starts_with("…a a") && shown.contains(" ⟦here⟧ b") && shown.ends_with("b…"), "{shown}");
        assert!(shown.chars().count() < 170, "{shown}");
    }

    #[test]
    fn the_end_column_counts_characters() {
        assert_eq!(Lines::of("a: Müller").end_column(1, 4), 10);
        assert_eq!(Lines::of("a:").end_column(7, 3), 3);
    }
}
