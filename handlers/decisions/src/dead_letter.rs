//! Dead letters: what one is about, why it is one, and what its resubmission is.
//!
//! A custom handler cannot say why it gives a message up, so the broker's reason is nearly always the number of its
//! deliveries. What else can be known follows from the job in the letter, or from there being none.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use crate::job::{QueueName, RECONCILE_MAX_ATTEMPTS, ReconcileJob, ValidationJob};
use crate::resource_id::ResourceId;
use crate::untrusted::escaped;

/// Of what a parser says about a stranger's body, so much is shown.
const WHY_MAX_CHARS: usize = 200;

/// The broker's reason for a message whose deliveries all failed.
/// <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-dead-letter-queues>
const DELIVERIES_USED_UP: &str = "MaxDeliveryCountExceeded";
/// The broker's reason for a message that nobody took within its time to live; the same source.
const EXPIRED: &str = "TTLExpiredException";

/// A message in a dead-letter queue. All of it may be a stranger's text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeadLetter {
    /// The queue that it was for.
    pub queue: QueueName,
    /// The broker's number for it, which no other message of the queue has.
    pub sequence_number: i64,
    /// What duplicate detection went by when it was sent.
    pub message_id: String,
    /// When the queue took it.
    pub enqueued: Option<OffsetDateTime>,
    /// Deliveries so far. Each look at a dead letter counts as one, too.
    pub delivery_count: i64,
    /// The broker's reason, such as `MaxDeliveryCountExceeded`.
    pub reason: Option<String>,
    /// The broker's words beside it.
    pub description: Option<String>,
    /// All that the broker says of it, as text by name.
    pub broker_properties: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

/// The work that a letter carries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Job {
    /// Of `reconcile-jobs`.
    Reconcile(ReconcileJob),
    /// Of `validation-jobs`.
    Validation(ValidationJob),
}

/// Why a letter is dead, as far as it can be told without the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cause {
    /// The body is no job of its queue, and why not; foreign text in it is escaped.
    NoJob(String),
    /// A reconcile that was still not finished after its last try.
    GivenUp,
    /// Every delivery failed: the work could be neither finished nor put off.
    ReconcileFailed,
    /// The validation failed for good, or every delivery of it failed.
    ValidationFailed,
    /// Nobody took it in time.
    Expired,
    /// Somebody else had a reason, which the broker's words give.
    Other,
}

/// What goes onto the queue in a letter's place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resubmission {
    /// The job, with all its tries before it.
    pub body: String,
    /// Made of the letter alone: however often it is sent within the window of duplicate detection, one is kept.
    pub message_id: String,
}

impl DeadLetter {
    /// The job that it carries.
    ///
    /// # Errors
    /// Why it carries none, with foreign text escaped. Such a letter would only fail again.
    pub fn job(&self) -> Result<Job, String> {
        match self.queue {
            QueueName::ReconcileJobs => self.read("reconcile").map(Job::Reconcile),
            QueueName::ValidationJobs => self.read("validation").map(Job::Validation),
        }
    }

    fn read<T: DeserializeOwned>(&self, kind: &str) -> Result<T, String> {
        serde_json::from_str(&self.body)
            .map_err(|error| format!("the body is no {kind} job: {}", escaped(&error.to_string(), WHY_MAX_CHARS)))
    }

    /// Why it is dead.
    #[must_use]
    pub fn cause(&self) -> Cause {
        let job = match self.job() {
            Ok(job) => job,
            Err(why) => return Cause::NoJob(why),
        };
        match (self.reason.as_deref(), job) {
            (Some(EXPIRED), _) => Cause::Expired,
            (Some(DELIVERIES_USED_UP), Job::Reconcile(job)) if job.is_given_up() => Cause::GivenUp,
            (Some(DELIVERIES_USED_UP), Job::Reconcile(_)) => Cause::ReconcileFailed,
            (Some(DELIVERIES_USED_UP), Job::Validation(_)) => Cause::ValidationFailed,
            (_, _) => Cause::Other,
        }
    }

    /// The job once more, with all its tries before it: whoever resubmits has cured what stood in its way.
    ///
    /// # Errors
    /// The same as [`DeadLetter::job`].
    pub fn resubmission(&self) -> Result<Resubmission, String> {
        let body = match self.job()? {
            Job::Reconcile(job) => text(&ReconcileJob { attempt: 0, awaits: None, turns: 0, ..job }),
            Job::Validation(job) => text(&ValidationJob { attempt: 0, awaits: None, turns: 0, ..job }),
        };
        let message_id = format!("resubmitted-{}-{}", self.queue.as_str(), self.sequence_number);
        Ok(Resubmission { body: body?, message_id })
    }
}

fn text(job: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(job).map_err(|error| error.to_string())
}

impl Job {
    /// What it is about: the subject of a reconcile, the connection of a validation.
    #[must_use]
    pub fn about(&self) -> &ResourceId {
        match self {
            Self::Reconcile(job) => job.subject.id(),
            Self::Validation(job) => &job.connection,
        }
    }

    /// The try that it stands for, from 0.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        match self {
            Self::Reconcile(job) => job.attempt,
            Self::Validation(job) => job.attempt,
        }
    }

    /// What ties it to its records in the log. It is whatever the sender wrote.
    #[must_use]
    pub fn correlation_id(&self) -> &str {
        match self {
            Self::Reconcile(job) => &job.correlation_id,
            Self::Validation(job) => &job.correlation_id,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoJob(why) => formatter.write_str(why),
            Self::GivenUp => write!(formatter, "still not finished after {RECONCILE_MAX_ATTEMPTS} tries"),
            Self::ReconcileFailed => formatter.write_str("it could be neither finished nor put off"),
            Self::ValidationFailed => formatter.write_str("the validation failed for good"),
            Self::Expired => formatter.write_str("nobody took it in time"),
            Self::Other => formatter.write_str("the broker's reason says it"),
        }
    }
}

#[cfg(test)]
mod tests;
