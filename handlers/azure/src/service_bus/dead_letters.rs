//! Reads dead letters, and sends their jobs anew.
//!
//! Service Bus's REST API cannot browse. A letter is read by locking it, so for as long as somebody reads, others do not
//! see it. Every lock is given back at the end, also after an error; one that is not, because the process died, expires
//! within a minute: <https://learn.microsoft.com/rest/api/servicebus/peek-lock-message-non-destructive-read>.

mod read;

use std::collections::BTreeSet;
use std::time::Duration;

use azure_core_021::StatusCode;
use azure_messaging_servicebus::service_bus::{PeekLockResponse, QueueClient};
use futures::future::join_all;
use portreeve_decisions::dead_letter::DeadLetter;
use portreeve_decisions::job::QueueName;

use super::{Message, ServiceBus, failure, refusal};
use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};

/// How long the broker may look for a letter. Given no time at all, it may miss one that is there.
const WAIT: Duration = Duration::from_secs(1);
/// The queues of `infra/` lock for a minute. Beyond that the letters read first would come out once more.
const READ_FOR: Duration = Duration::from_secs(40);
/// Bounds the memory: a letter has up to 256 KB.
const LETTERS_MAX: usize = 500;

/// Which letters of a queue are meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// All.
    All,
    /// Those with these sequence numbers.
    Numbers(BTreeSet<i64>),
}

/// What became of going through a queue's letters.
#[derive(Debug)]
pub struct Letters<T> {
    /// One for each letter that is wanted and was found, in the queue's order.
    pub letters: Vec<T>,
    /// What else there may be.
    pub rest: Rest,
}

/// Which letters were not seen.
#[derive(Debug)]
pub enum Rest {
    /// None but those that somebody else holds at this moment, or none that is wanted.
    Nothing,
    /// There are more than are gone through at once.
    More,
    /// Service Bus could not be asked for the next.
    Unreadable(AzureError),
}

/// What became of a letter that was to be resubmitted.
#[derive(Debug)]
pub enum Resubmitted {
    /// Its job is on the queue, and the letter is gone.
    Done,
    /// It carries no job, and why. It stays.
    NoJob(String),
    /// Its job may not be on the queue. The letter stays.
    NotSent(AzureError),
    /// Its job is on the queue, and the letter may still be there. Resubmitting it again is harmless.
    StillThere(AzureError),
}

impl Wanted {
    fn has(&self, letter: &DeadLetter) -> bool {
        match self {
            Self::All => true,
            Self::Numbers(numbers) => numbers.contains(&letter.sequence_number),
        }
    }

    fn are_found(&self, found: usize) -> bool {
        matches!(self, Self::Numbers(numbers) if numbers.len() <= found)
    }
}

impl Azure {
    /// Reads dead letters of a queue. They stay where they are.
    pub async fn dead_letters(&self, queue: QueueName, wanted: &Wanted) -> Letters<DeadLetter> {
        self.service_bus().go_through(queue, wanted, async |letter, _| (letter, IsGone(false))).await
    }

    /// Sends the jobs of dead letters anew, each with all its tries before it, and takes the letters out.
    ///
    /// Each is sent before it is taken out, under a message id that follows from the letter: whatever happens in between,
    /// nothing is lost, and the queue keeps one of what is sent twice.
    pub async fn resubmit(&self, queue: QueueName, wanted: &Wanted) -> Letters<(DeadLetter, Resubmitted)> {
        let act = async |letter: DeadLetter, lock: &PeekLockResponse| {
            let outcome = self.service_bus().resubmit(&letter, lock).await;
            let is_gone = IsGone(matches!(outcome, Resubmitted::Done));
            ((letter, outcome), is_gone)
        };
        self.service_bus().go_through(queue, wanted, act).await
    }
}

/// Whether a letter has left the dead-letter queue.
struct IsGone(bool);

impl ServiceBus {
    /// Locks one letter after the other, does `act` with those that are wanted, and unlocks all that are still there.
    async fn go_through<T>(
        &self,
        queue: QueueName,
        wanted: &Wanted,
        act: impl AsyncFn(DeadLetter, &PeekLockResponse) -> (T, IsGone),
    ) -> Letters<T> {
        let client = self.adapter.queue(&format!("{}/$deadletterqueue", queue.as_str()));
        let (mut letters, mut locks, mut seen) = (Vec::new(), Vec::new(), 0);
        let end = self.clock.now() + READ_FOR;
        let rest = loop {
            if wanted.are_found(letters.len()) {
                break Rest::Nothing;
            }
            if self.clock.now() >= end || seen >= LETTERS_MAX {
                break Rest::More;
            }
            let (letter, lock) = match next(&client, queue).await {
                Ok(Some(next)) => next,
                Ok(None) => break Rest::Nothing,
                Err(error) => break Rest::Unreadable(error),
            };
            seen += 1;
            if wanted.has(&letter) {
                let (outcome, IsGone(is_gone)) = act(letter, &lock).await;
                letters.push(outcome);
                if is_gone {
                    continue;
                }
            }
            locks.push(lock);
        };
        // One that fails has expired, or will: nobody is kept from the letter for longer than that.
        let _ = join_all(locks.iter().map(PeekLockResponse::unlock_message)).await;
        Letters { letters, rest }
    }

    async fn resubmit(&self, letter: &DeadLetter, lock: &PeekLockResponse) -> Resubmitted {
        let message = match letter.resubmission() {
            Ok(job) => Message { body: job.body, message_id: job.message_id, due: None },
            Err(why) => return Resubmitted::NoJob(why),
        };
        if let Err(error) = self.send(letter.queue, &message).await {
            return Resubmitted::NotSent(error);
        }
        match lock.delete_message().await {
            Ok(_) => Resubmitted::Done,
            Err(error) => {
                Resubmitted::StillThere(failure(format!("take letter {} out", letter.sequence_number), &error))
            }
        }
    }
}

/// Locks the next letter; `None` where there is none.
async fn next(client: &QueueClient, queue: QueueName) -> Result<Option<(DeadLetter, PeekLockResponse)>, AzureError> {
    let attempted = || format!("read the dead letters of queue {}", queue.as_str());
    let answer = client.peek_lock_message2(Some(WAIT)).await.map_err(|error| failure(attempted(), &error))?;
    match answer.status() {
        StatusCode::Created => match read::letter(queue, &answer) {
            Some(letter) => Ok(Some((letter, answer))),
            // Resubmitting would name it wrongly. Its lock expires by itself.
            None => Err(AzureError::new(ErrorKind::Refused, attempted(), "Service Bus lent a letter without a number")),
        },
        StatusCode::NoContent => Ok(None),
        status => Err(refusal(attempted(), *status)),
    }
}

#[cfg(test)]
mod tests;
