//! `portreeve dead-letters list`: the letters, one a line.

use portreeve_azure::Wanted;
use portreeve_decisions::dead_letter::DeadLetter;

use super::json::JsonLetter;
use super::{queues, unseen, words};
use crate::command_line::{Format, ListLettersArguments};
use crate::json::printed;
use crate::live;
use crate::outcome::{Exit, Outcome};
use crate::table;

/// The width of a reason.
const REASON_MAX_CHARS: usize = 60;

/// Lists the letters of one queue, or of both.
pub fn run(arguments: &ListLettersArguments) -> Outcome {
    let read = live::on_dead_letters(async |azure| {
        let (mut letters, mut exit, mut complaints) = (Vec::new(), Exit::Good, Vec::new());
        for queue in queues(arguments.queue) {
            let of_queue = azure.dead_letters(queue, &Wanted::All).await;
            letters.extend(of_queue.letters);
            if let Some((unseen, complaint)) = unseen(queue, &of_queue.rest) {
                exit = exit.max(unseen);
                complaints.push(complaint);
            }
        }
        (letters, exit, complaints)
    });
    let (letters, exit, complaints) = match read {
        Ok(read) => read,
        Err(complaint) => return Outcome::no_answer(complaint),
    };
    let printed = match arguments.result.format() {
        Format::Json => printed(&letters.iter().map(JsonLetter::of).collect::<Vec<_>>()),
        // That there are none must not be said of letters that could not be read.
        Format::Text if letters.is_empty() && exit != Exit::Good => String::new(),
        Format::Text if letters.is_empty() => "There are no dead letters.\n".to_owned(),
        Format::Text => {
            let rows: Vec<[String; 7]> = letters.iter().map(line).collect();
            table::table(["NUMBER", "QUEUE", "ENQUEUED", "TRY", "WHY", "BROKER'S REASON", "ABOUT"], &rows)
        }
    };
    Outcome { printed, complaints, exit }
}

fn line(letter: &DeadLetter) -> [String; 7] {
    let job = letter.job().ok();
    [
        letter.sequence_number.to_string(),
        letter.queue.as_str().to_owned(),
        words::time(letter.enqueued),
        job.as_ref().map(|job| job.attempt().to_string()).unwrap_or_default(),
        words::fit(&letter.cause().to_string(), REASON_MAX_CHARS),
        words::fit(letter.reason.as_deref().unwrap_or_default(), REASON_MAX_CHARS),
        job.map(|job| job.about().to_string()).unwrap_or_default(),
    ]
}
