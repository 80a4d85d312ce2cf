//! `portreeve dead-letters show`: everything about one letter.

use portreeve_azure::Wanted;
use portreeve_decisions::dead_letter::{DeadLetter, Job};

use super::json::JsonLetter;
use super::{next_step, not_there, unseen, words};
use crate::command_line::{Format, ShowLetterArguments};
use crate::explanation::laid_out;
use crate::json::printed;
use crate::live;
use crate::outcome::{Exit, Outcome};

/// Of a property so much is shown, and of the body: a job has some hundred characters.
const PROPERTY_MAX_CHARS: usize = 300;
const BODY_MAX_CHARS: usize = 2000;
/// These have lines of their own.
const SHOWN_APART: [&str; 4] = ["DeliveryCount", "EnqueuedTimeUtc", "MessageId", "SequenceNumber"];

/// Shows one letter.
pub fn run(arguments: &ShowLetterArguments) -> Outcome {
    let wanted = Wanted::Numbers([arguments.number].into());
    let read = live::on_dead_letters(async |azure| azure.dead_letters(arguments.queue, &wanted).await);
    let read = match read {
        Ok(read) => read,
        Err(complaint) => return Outcome::no_answer(complaint),
    };
    if let Some(letter) = read.letters.first() {
        let printed = match arguments.result.format() {
            Format::Text => laid_out(&lines(letter), ""),
            Format::Json => printed(&JsonLetter::of(letter)),
        };
        return Outcome { printed, complaints: Vec::new(), exit: Exit::Good };
    }
    let missing = (Exit::Bad, not_there(arguments.queue, arguments.number));
    let (exit, complaint) = unseen(arguments.queue, &read.rest).unwrap_or(missing);
    Outcome { printed: String::new(), complaints: vec![complaint], exit: exit.max(Exit::Bad) }
}

fn lines(letter: &DeadLetter) -> Vec<(&'static str, String)> {
    let job = letter.job().ok();
    let mut lines = vec![
        ("number", letter.sequence_number.to_string()),
        ("queue", letter.queue.as_str().to_owned()),
        ("why", words::fit(&letter.cause().to_string(), PROPERTY_MAX_CHARS)),
    ];
    if let Some(job) = &job {
        lines.push(("about", job.about().to_string()));
        lines.push(("job", words::job(job)));
        lines.push(("try", job.attempt().to_string()));
        lines.push(("correlation", words::fit(job.correlation_id(), PROPERTY_MAX_CHARS)));
    }
    lines.extend(told_by_the_broker(letter));
    lines.push(("body", words::fit(&letter.body, BODY_MAX_CHARS)));
    lines.push(("log", words::log_query(letter).unwrap_or_else(|| no_query(job.as_ref()))));
    lines.push(("next", next_step(letter)));
    lines
}

fn told_by_the_broker(letter: &DeadLetter) -> Vec<(&'static str, String)> {
    let text = |text: &Option<String>| words::fit(text.as_deref().unwrap_or("none"), PROPERTY_MAX_CHARS);
    let mut lines = vec![
        ("reason", text(&letter.reason)),
        ("description", text(&letter.description)),
        ("enqueued", words::time(letter.enqueued)),
        ("message id", words::fit(&letter.message_id, PROPERTY_MAX_CHARS)),
        ("deliveries", format!("{}, of which each look at the letter is one", letter.delivery_count)),
    ];
    let others = letter.broker_properties.iter().filter(|(name, _)| !SHOWN_APART.contains(&name.as_str()));
    lines.extend(others.map(|(name, value)| ("broker", words::fit(&format!("{name}: {value}"), PROPERTY_MAX_CHARS))));
    lines
}

fn no_query(job: Option<&Job>) -> String {
    let id = if job.is_some() { "correlation id" } else { "message id" };
    format!("its {id} is no plain word, so a stranger chose it; search the log for the time that it was enqueued")
}
