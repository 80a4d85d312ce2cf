//! Whether a text may become the allowlist in force: what stands between an edit and the decisions.
//!
//! A text is admitted whole or not at all. One that is refused changes nothing: whoever calls this keeps the last good
//! one. These questions are asked of a text that has become another:
//!
//! | Question | Why |
//! |---|---|
//! | does it break off? | a file that is cut at a line's end is good YAML, and may lack a deny rule or an `expires` |
//! | is it an allowlist? | every problem has its place and remedy |
//! | do the checks find an error? | a misspelt type in a reject rule would let through what it is there for |
//! | do its own tests pass? | its author has written down what must be so |

use time::Date;

use crate::allowlist::{Allowlist, Finding, Severity};

/// YAML's own mark for the end of a document, on a line of its own. A file that has it cannot be cut unnoticed.
pub const END_MARK: &str = "...";

/// Each line that is looked at is counted in both texts.
const MISSING_LOOKED_AT: usize = 20;

/// One mistake can repeat in every rule or test, and all problems go into the log.
const PROBLEMS_MAX: usize = 50;

/// A text that may be put in force.
#[derive(Debug)]
pub struct Admitted {
    /// What it says.
    pub allowlist: Allowlist,
    /// What its author should look at, each in a line. Nothing here keeps it from being in force.
    pub warnings: Vec<String>,
}

/// Why a text may not be put in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// At least one, each in a line: `line:column: what is wrong; what to do`.
    pub problems: Vec<String>,
}

/// Judges a text that is to replace `last_good`, on a day (UTC).
///
/// # Errors
/// Everything that keeps it from being put in force.
pub fn admit(text: &str, last_good: Option<&str>, today: Date) -> Result<Admitted, Refused> {
    let breaks_off = |last_good| begins_as(text, last_good).or_else(|| ends_as_the_middle(text, last_good));
    if let Some(problem) = last_good.and_then(breaks_off) {
        return Err(Refused { problems: vec![problem] });
    }
    let allowlist = read(text)?;
    if let Some(problem) = last_good.and_then(|last_good| lacks_end_mark(text, last_good)) {
        return Err(Refused { problems: vec![problem] });
    }
    let findings = allowlist.check(today);
    let mut problems = of_severity(&findings, Severity::Error);
    problems.extend(failing_tests(&allowlist, today));
    if !problems.is_empty() {
        return Err(Refused { problems: cut_short(problems) });
    }
    let warnings = cut_short(of_severity(&findings, Severity::Warning));
    Ok(Admitted { allowlist, warnings })
}

/// Judges a text that was admitted before, on a day (UTC). It is only read: its tests passed when it was put in force,
/// and days that have gone by since must not take the allowlist away.
///
/// # Errors
/// Why it is no allowlist any more: it was damaged, or this program understands less than the one that admitted it.
pub fn readmit(text: &str, today: Date) -> Result<Admitted, Refused> {
    let allowlist = read(text)?;
    let warnings = cut_short(failing_tests(&allowlist, today));
    Ok(Admitted { allowlist, warnings })
}

fn read(text: &str) -> Result<Allowlist, Refused> {
    Allowlist::parse(text).map_err(|error| {
        let left_out = (error.left_out > 0).then(|| format!("and {} more", error.left_out));
        Refused { problems: error.problems.iter().map(ToString::to_string).chain(left_out).collect() }
    })
}

fn of_severity(findings: &[Finding], severity: Severity) -> Vec<String> {
    let of_severity = findings.iter().filter(|finding| finding.severity == severity);
    of_severity
        .map(|finding| {
            format!("{}:{}: {}; {} [{}]", finding.line, finding.column, finding.message, finding.remedy, finding.check)
        })
        .collect()
}

fn failing_tests(allowlist: &Allowlist, today: Date) -> Vec<String> {
    let failing = allowlist.run_tests(today).filter(|outcome| outcome.failure.is_some());
    let line = |outcome: crate::allowlist::TestOutcome<'_>| {
        let place = outcome.test.place;
        format!("{}:{}: {outcome}; mend the rules, or the test if it is wrong", place.line, place.column)
    };
    failing.map(line).collect()
}

fn cut_short(mut problems: Vec<String>) -> Vec<String> {
    let left_out = problems.len().saturating_sub(PROBLEMS_MAX);
    problems.truncate(PROBLEMS_MAX);
    problems.extend((left_out > 0).then(|| format!("and {left_out} more")));
    problems
}

/// A text that is the beginning of the last good one, and no more, is a copy under way or one that failed. White space
/// at the end says nothing, and editors take it away. An empty text is told apart when it is read.
fn begins_as(text: &str, last_good: &str) -> Option<String> {
    let rest = last_good.strip_prefix(text)?;
    (!rest.trim().is_empty() && !text.trim().is_empty()).then(|| {
        format!(
            "{}: the file breaks off: it is the first {} of the {} bytes of the version before; copy it again, or, if its \
             end was meant to go, say that it is whole by a last line `{END_MARK}`",
            place_of_end(text),
            text.len(),
            last_good.len(),
        )
    })
}

/// A text that was edited near its beginning and then cut shows only by what is missing: it ends where the last good one
/// goes on, and of all that comes there, each line is missing once.
fn ends_as_the_middle(text: &str, last_good: &str) -> Option<String> {
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty())
    }
    let last = lines(text).last().filter(|_| !has_end_mark(text))?;
    let before: Vec<&str> = lines(last_good).collect();
    // The last line may be cut, too.
    let at = before.iter().rposition(|line| line.starts_with(last))?;
    let missing = &before[at + 1..];
    let count = |wanted: &str, all: &mut dyn Iterator<Item = &str>| all.filter(|line| *line == wanted).count();
    let is_missing = |line: &&str| count(line, &mut lines(text)) < count(line, &mut before.iter().copied());
    // A long rest need not be counted line by line to be sure.
    (!missing.is_empty() && missing.iter().take(MISSING_LOOKED_AT).all(is_missing)).then(|| {
        format!(
            "{}: the file breaks off: it ends where the version before goes on for {} lines; copy it again, or, if its end \
             was meant to go, say that it is whole by a last line `{END_MARK}`",
            place_of_end(text),
            missing.len(),
        )
    })
}

/// A file whose author has begun to mark its end is whole only with the mark.
fn lacks_end_mark(text: &str, last_good: &str) -> Option<String> {
    (has_end_mark(last_good) && !has_end_mark(text)).then(|| {
        format!(
            "{}: the file breaks off: the version before ended with the line `{END_MARK}`, and this one does not; copy it \
             again, or add the line",
            place_of_end(text),
        )
    })
}

/// Whether the last line that is neither blank nor a comment is the mark.
fn has_end_mark(text: &str) -> bool {
    let mut lines = text.lines().rev().map(str::trim_end);
    lines.find(|line| !line.is_empty() && !line.starts_with('#')) == Some(END_MARK)
}

/// Line and column just behind the last character, both from 1.
fn place_of_end(text: &str) -> String {
    let last_line = text.rsplit('\n').next().unwrap_or_default();
    format!("{}:{}", text.matches('\n').count() + 1, last_line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2026 - 11 - 21);
    const GOOD: &str = "version: 1\nrules:\n  - { id: a, effect: approve, target: { name: a } }\n  - { id: never, effect: reject, target: { name: b } }\n";

    fn marked(text: &str) -> String {
        format!("{text}{END_MARK}\n")
    }

    /// The ids of the rules that are put in force, or the problems.
    fn check(text: &str, last_good: Option<&str>) -> Result<Vec<String>, Vec<String>> {
        let admitted = admit(text, last_good, TODAY).map_err(|refused| refused.problems)?;
        Ok(admitted.allowlist.rules().iter().map(|rule| rule.id.to_string()).collect())
    }

    #[test]
    fn a_good_text_is_admitted_whatever_was_before() {
        let other = GOOD.replace("id: a", "id: other");
        for last_good in [None, Some(GOOD), Some(other.as_str()), Some(""), Some("<html>")] {
            assert_eq!(check(GOOD, last_good), Ok(vec!["a".to_owned(), "never".to_owned()]), "{last_good:?}");
        }
        for text in
            [marked(GOOD), GOOD.to_owned() + "...", marked(GOOD) + "\n# the end\n", marked(GOOD).replace('\n', "\r\n")]
        {
            for last_good in [None, Some(GOOD), Some(marked(GOOD).as_str())] {
                assert!(check(&text, last_good).is_ok(), "{text:?} after {last_good:?}");
            }
        }
    }

    #[test]
    fn a_text_that_is_no_allowlist_is_refused_with_places_and_remedies() {
        let cases = [
            ("", "1:1: the file is empty"),
            ("<!doctype html><html></html>", "1:1: this is HTML"),
            ("version: 2\nrules: []\n", "1:"),
            ("version: 1\nrules:\n  - { id: a, effect: approve, expires: soon, target: { name: a } }\n", "3:"),
        ];
        for (text, beginning) in cases {
            let problems = check(text, Some("version: 1\nrules: []\n")).unwrap_err();
            assert!(problems[0].starts_with(beginning) && problems[0].contains("; "), "{text:?}: {problems:?}");
        }
    }

    #[test]
    fn the_beginning_of_the_last_good_text_is_refused_at_every_cut() {
        let last_good = GOOD.to_owned() + "# Grüße\n";
        let cuts = last_good.char_indices().map(|(cut, _)| &last_good[..cut]);
        let cuts = cuts.filter(|text| !text.is_empty() && text.len() + 1 < last_good.len());
        for text in cuts {
            let problems = check(text, Some(&last_good)).unwrap_err();
            assert!(problems[0].contains("breaks off"), "{text:?}: {problems:?}");
        }
        // The same bytes are good for whoever has no other version to compare them with.
        let without_reject = GOOD.lines().take(3).collect::<Vec<_>>().join("\n");
        assert!(check(&without_reject, None).is_ok());
        assert!(check(&without_reject, Some(&last_good)).unwrap_err()[0].starts_with("3:52: "));
    }

    #[test]
    fn a_text_that_was_edited_and_then_cut_is_refused_too() {
        let last_good = format!("# 20 Nov\n{GOOD}# the end\n");
        let edited = last_good.replace("20 Nov", "21 Nov");
        let lines: Vec<&str> = edited.lines().collect();
        for kept in 2..lines.len() {
            let cut = lines[..kept].join("\n");
            assert!(check(&cut, Some(&last_good)).unwrap_err()[0].contains("breaks off"), "{cut:?}");
        }
        assert!(check(&edited, Some(&last_good)).is_ok());
        let mut rules: Vec<&str> = GOOD.lines().collect();
        rules.swap(2, 3);
        let moved = rules.join("\n");
        assert!(check(&moved, Some(GOOD)).is_ok());
    }

    #[test]
    fn an_end_that_was_meant_to_go_can_be_said_to_be_meant() {
        let without_reject = GOOD.lines().take(3).collect::<Vec<_>>().join("\n") + "\n";
        assert_eq!(check(&marked(&without_reject), Some(GOOD)), Ok(vec!["a".to_owned()]));
    }

    #[test]
    fn once_the_end_is_marked_a_text_without_the_mark_is_refused() {
        let last_good = marked(GOOD);
        let edited = GOOD.replace("id: a", "id: edited");
        let half = edited.lines().take(3).collect::<Vec<_>>().join("\n");
        for text in [edited.clone(), half, edited.clone() + "# ...\n", edited.clone() + " \n# end"] {
            let problems = check(&text, Some(&last_good)).unwrap_err();
            assert!(problems[0].contains("breaks off") && problems[0].contains("`...`"), "{text:?}: {problems:?}");
        }
        assert!(check(&marked(&edited), Some(&last_good)).is_ok());
    }

    const TEST: &str = "tests:
  - name: nobody gets at b
    connection:
      target: /subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/b
      endpoint: /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe
    expect: reject
";

    #[test]
    fn a_text_that_fails_its_own_tests_or_checks_is_refused() {
        assert!(check(&format!("{GOOD}{TEST}"), None).is_ok());
        let wrong = format!("{GOOD}{TEST}").replace("name: b }", "name: c }");
        assert_eq!(
            check(&wrong, Some(GOOD)).unwrap_err(),
            [
                "6:5: test `nobody gets at b` expects reject and gets hold: no rule of the allowlist matches; mend the rules, or the test if it is wrong",
            ]
        );
        let misspelt = GOOD.replace("name: b", "type: Microsoft.KeyVault/vault");
        let problems = check(&misspelt, Some(GOOD)).unwrap_err();
        assert!(problems[0].ends_with("did you mean `Microsoft.KeyVault/vaults`? [unknown-type]"), "{problems:?}");
    }

    #[test]
    fn tests_of_the_last_good_text_that_fail_as_days_pass_do_not_take_it_away() {
        let text = format!("{GOOD}{TEST}").replace("name: b } }", "name: b }, expires: 2026-11-20 }");
        assert!(check(&text, None).is_err());
        assert_eq!(readmit(&text, TODAY).unwrap().warnings.len(), 1);
    }

    #[test]
    fn what_was_admitted_before_only_has_to_be_readable() {
        assert!(readmit(GOOD, TODAY).is_ok());
        assert!(readmit("version: 1\nrules: [\n", TODAY).is_err());
    }
}
