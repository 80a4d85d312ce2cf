//! A letter, in words for people.

use portreeve_decisions::dead_letter::{DeadLetter, Job};
use portreeve_decisions::event::Subject;
use portreeve_decisions::untrusted::escaped;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::printable::printable;

const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");

/// A stranger's text on one line, cut after so many characters.
pub fn fit(text: &str, max_chars: usize) -> String {
    printable(&escaped(text, max_chars)).into_owned()
}

/// A time, in UTC and to the second.
pub fn time(time: Option<OffsetDateTime>) -> String {
    time.and_then(|time| time.format(TIME).ok()).unwrap_or_default()
}

/// What a job is to do.
pub fn job(job: &Job) -> String {
    match job {
        Job::Reconcile(job) => {
            let side = match &job.subject {
                Subject::Endpoint(_) => "the endpoint",
                Subject::Target(_) => "all connections to the target",
                Subject::NetworkInterface(_) => "the endpoint of the network interface",
            };
            let asked_by = if job.is_from_sweep { "a sweep or a change of the allowlist" } else { "an event" };
            format!("reconcile {side}, asked for by {asked_by}")
        }
        Job::Validation(job) => format!("prove that the connection works for {}", job.endpoint),
    }
}

/// The log query that finds the letter's story: by the id that its records share, or by the message's own where there is
/// no job. `None` where that id is not plain enough to be pasted into a query; then a stranger chose it.
pub fn log_query(letter: &DeadLetter) -> Option<String> {
    let job = letter.job();
    let id = job.as_ref().map_or(letter.message_id.as_str(), Job::correlation_id);
    let is_plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    is_plain.then(|| {
        format!(
            "traces | where message has \"{id}\" | extend record = parse_json(message) | project timestamp, record.event, \
             record.message, record.error, record.remedy | order by timestamp asc"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_id_becomes_no_part_of_a_query() {
        let letter = |message_id: &str| DeadLetter { message_id: message_id.to_owned(), ..DeadLetter::default() };
        assert!(log_query(&letter("m-1")).unwrap().starts_with("traces | where message has \"m-1\" | extend "));
        for id in ["", "a\" | union * //", "a\\", "a\nb", "a b", "a\u{202e}b", "\u{212a}", "a|b", "a;b"] {
            assert_eq!(log_query(&letter(id)), None, "{id:?}");
        }
    }

    #[test]
    fn a_foreign_text_is_shown_on_one_line_and_cut() {
        assert_eq!(fit("a\nb\u{1b}[2J\u{202e}##[group]", 100), "a\\nb\\u{1b}[2J\\u{202e}#\\u{23}[group]");
        assert!(fit(&"x".repeat(1_000_000), 100).len() < 110);
    }
}
