//! `portreeve dead-letters resubmit`: letters go back onto their queues as new jobs.

use portreeve_azure::{Azure, QueueName, Resubmitted, Wanted};
use portreeve_decisions::dead_letter::DeadLetter;

use super::{explained, next_step, not_there, queues, unseen};
use crate::command_line::ResubmitArguments;
use crate::live;
use crate::outcome::{Exit, Outcome};

/// Resubmits the letters that are named, or all.
pub fn run(arguments: &ResubmitArguments) -> Outcome {
    let wanted = if arguments.all { Wanted::All } else { Wanted::Numbers(arguments.numbers.iter().copied().collect()) };
    let done = live::on_dead_letters(async |azure| {
        let mut outcome = Outcome { printed: String::new(), complaints: Vec::new(), exit: Exit::Good };
        for queue in queues(arguments.queue) {
            resubmit(azure, queue, &wanted, &mut outcome).await;
        }
        outcome
    });
    let mut outcome = match done {
        Ok(outcome) => outcome,
        Err(complaint) => return Outcome::no_answer(complaint),
    };
    if outcome.printed.is_empty() && outcome.exit == Exit::Good {
        outcome.printed.push_str("There are no dead letters.\n");
    }
    outcome
}

async fn resubmit(azure: &Azure, queue: QueueName, wanted: &Wanted, outcome: &mut Outcome) {
    let gone_through = azure.resubmit(queue, wanted).await;
    let mut complain = |exit: Exit, complaint: String| {
        outcome.exit = outcome.exit.max(exit);
        outcome.complaints.push(complaint);
    };
    for (letter, resubmitted) in &gone_through.letters {
        let place = format!("{} {}", queue.as_str(), letter.sequence_number);
        match resubmitted {
            Resubmitted::Done => outcome.printed.push_str(&format!("{place}: resubmitted, {}\n", about(letter))),
            Resubmitted::NoJob(why) => {
                let why = crate::printable::printable(why);
                complain(Exit::Bad, format!("{place}: not resubmitted: {why}; {}", next_step(letter)));
            }
            Resubmitted::NotSent(error) => {
                complain(Exit::NoAnswer, format!("{place}: not resubmitted, and still there: {}", explained(error)));
            }
            Resubmitted::StillThere(error) => {
                let what = "resubmitted, but the letter may still be there; resubmitting it once more is harmless";
                complain(Exit::NoAnswer, format!("{place}: {what}: {error}"));
            }
        }
    }
    if let Some((exit, complaint)) = unseen(queue, &gone_through.rest) {
        complain(exit, complaint);
    } else if let Wanted::Numbers(numbers) = wanted {
        let is_missing = |number: &&i64| !gone_through.letters.iter().any(|(seen, _)| seen.sequence_number == **number);
        numbers.iter().filter(is_missing).for_each(|number| complain(Exit::Bad, not_there(queue, *number)));
    }
}

fn about(letter: &DeadLetter) -> String {
    letter.job().map(|job| job.about().to_string()).unwrap_or_default()
}
