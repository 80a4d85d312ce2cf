//! Puts subjects on `reconcile-jobs`, many at once.

use futures::{StreamExt, TryStreamExt, stream};
use portreeve_azure::{Azure, Message, QueueName, Story};
use portreeve_decisions::event::Subject;
use portreeve_decisions::job::ReconcileJob;
use time::OffsetDateTime;

use crate::app::first_job;

/// Enough to queue ten thousand subjects in time, and few enough to leave connections for the events.
pub(crate) const SENDS_AT_ONCE: usize = 16;

/// Why something is queued, for duplicate detection: one job for each subject, occasion and slot of time.
pub(crate) struct Occasion {
    pub name: String,
    pub slot: OffsetDateTime,
}

impl Occasion {
    /// The occasion's slot at this time, in slots of so many seconds.
    pub fn new(name: impl Into<String>, at: OffsetDateTime, slot_seconds: u64) -> Self {
        let into_slot = at.unix_timestamp().unsigned_abs() % slot_seconds.max(1);
        Self { name: name.into(), slot: at - std::time::Duration::from_secs(into_slot) }
    }
}

/// Queues a reconcile of each, and returns once all are queued.
///
/// # Errors
/// Where some may not be. Queueing them again on the same occasion doubles none.
pub(crate) async fn queue(
    azure: &Azure,
    subjects: impl IntoIterator<Item = Subject>,
    occasion: &Occasion,
    story: &Story,
) -> Result<(), String> {
    let sends: Vec<_> = subjects.into_iter().map(|subject| queue_one(azure, subject, occasion, story)).collect();
    stream::iter(sends).buffer_unordered(SENDS_AT_ONCE).try_collect().await
}

async fn queue_one(azure: &Azure, subject: Subject, occasion: &Occasion, story: &Story) -> Result<(), String> {
    let job = ReconcileJob { is_from_sweep: true, ..first_job(subject, story.correlation_id.clone()) };
    let body = serde_json::to_string(&job).map_err(|error| error.to_string())?;
    let message_id = format!("{}-{}", occasion.name, job.message_id(occasion.slot));
    let message = Message { body, message_id, due: None };
    azure.send(QueueName::ReconcileJobs, &message).await.map_err(|error| error.to_string())
}
