//! `portreeve dead-letters`: what Portreeve could not finish, and the way back onto its queue.
//!
//! Everything in a letter may be a stranger's text, so none of it is printed as it stands.

mod json;
mod list;
mod resubmit;
mod show;
mod words;

use portreeve_azure::{AzureError, QueueName, Rest};
use portreeve_decisions::dead_letter::DeadLetter;

use crate::command_line::DeadLettersCommand;
use crate::outcome::{Exit, Outcome};
use crate::printable::printable;

/// Does one of them.
pub fn run(command: &DeadLettersCommand) -> Outcome {
    match command {
        DeadLettersCommand::List(arguments) => list::run(arguments),
        DeadLettersCommand::Show(arguments) => show::run(arguments),
        DeadLettersCommand::Resubmit(arguments) => resubmit::run(arguments),
    }
}

/// The queue that is named, or both.
fn queues(named: Option<QueueName>) -> Vec<QueueName> {
    named.map_or(QueueName::ALL.to_vec(), |queue| vec![queue])
}

/// How a command ends that did not see all letters of a queue, and what there is to say of it.
fn unseen(queue: QueueName, rest: &Rest) -> Option<(Exit, String)> {
    match rest {
        Rest::Nothing => None,
        Rest::More => {
            let queue = queue.as_str();
            Some((
                Exit::Good,
                format!("{queue}: there are more letters than are read at once; resubmit some, and look again"),
            ))
        }
        Rest::Unreadable(error) => Some((Exit::NoAnswer, explained(error))),
    }
}

/// An error with what to do about it.
fn explained(error: &AzureError) -> String {
    const ROLES: &str = "you need the role Azure Service Bus Data Receiver on the namespace, and to resubmit also Azure \
                         Service Bus Data Sender; a new assignment takes some minutes to count";
    const WHICH: &str = "is ServiceBusConnection__fullyQualifiedNamespace the app's namespace?";
    const REACH: &str = "can the namespace be reached from here, and is it the one of the app \
                         (ServiceBusConnection__fullyQualifiedNamespace)?";
    let remedy = match error.status {
        Some(401 | 403) => ROLES,
        Some(404 | 410) => WHICH,
        Some(_) => "try again",
        None => error.remedy().unwrap_or(REACH),
    };
    printable(&format!("{error}; {remedy}")).into_owned()
}

/// What to say of a letter that was asked for and not seen.
fn not_there(queue: QueueName, number: i64) -> String {
    format!(
        "{} {number}: there is no such dead letter, or somebody else is looking at it; if it was not resubmitted already, \
         look again in a minute",
        queue.as_str()
    )
}

/// What to do about a letter.
fn next_step(letter: &DeadLetter) -> String {
    let (queue, number) = (letter.queue.as_str(), letter.sequence_number);
    match letter.job() {
        Ok(_) => format!("cure what the log names, then: portreeve dead-letters resubmit {number} --queue {queue}"),
        Err(_) => "nothing waits for it, and it is never resubmitted. Only the app should be able to send: look who else has \
                   the role Azure Service Bus Data Sender. To remove it, receive it in the portal: Service Bus Explorer of \
                   the queue, Dead-letter"
            .to_owned(),
    }
}
