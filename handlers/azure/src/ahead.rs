//! The jobs on `reconcile-jobs` that are due later, as far as this process sent them.
//!
//! A job reads the world anew when it is due, so whatever happens to its subject until then needs no other job. Forgetting
//! is always safe: then there is a job too many.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portreeve_decisions::event::Subject;
use portreeve_decisions::job::{QueueName, ReconcileJob};
use time::OffsetDateTime;

use crate::azure::Azure;
use crate::error::AzureError;
use crate::service_bus::Message;

/// Service Bus's clock is not ours: a job that is due sooner may be running already.
const CLOCKS_DIFFER_BY: Duration = Duration::from_secs(5);
/// Bounds the memory: some hundred bytes each.
const JOBS_MAX: usize = 50_000;

/// When the next job about each subject is due.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    jobs: Mutex<BTreeMap<String, Due>>,
}

#[derive(Clone, Copy, Debug)]
struct Due {
    at: OffsetDateTime,
    /// Whether it waits for nothing but a limit of Azure's: going on earlier would be of no use.
    awaits_limit: bool,
}

impl Ahead {
    /// Remembers a job that Service Bus has. One that will be given up does nothing for anybody.
    fn sent(&self, job: &ReconcileJob, at: OffsetDateTime, now: OffsetDateTime) {
        if job.is_given_up() {
            return;
        }
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= JOBS_MAX {
            jobs.retain(|_, due| due.at > now);
        }
        if jobs.len() >= JOBS_MAX {
            jobs.clear();
        }
        jobs.insert(job.queue_key(), Due { at, awaits_limit: job.awaits.is_some() });
    }

    /// Forgets a job that is there: it does not lie ahead any more, whatever our clock says.
    fn arrived(&self, job: &ReconcileJob) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).remove(&job.queue_key());
    }

    /// When a job is due that does all that this one would, where that is no later than at `wanted`.
    fn instead_of(&self, job: &ReconcileJob, wanted: OffsetDateTime, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.find(job, now, |due| due.at <= wanted)
    }

    /// When a job is due that does all that this one would, and that could do nothing earlier.
    pub fn waiting_for_limit(&self, job: &ReconcileJob, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.find(job, now, |due| due.awaits_limit)
    }

    /// What an event asks for does what a sweep asks for, and not the other way round: less may be decided by that.
    fn find(&self, job: &ReconcileJob, now: OffsetDateTime, fits: impl Fn(&Due) -> bool) -> Option<OffsetDateTime> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        let of_event = ReconcileJob { is_from_sweep: false, ..job.clone() }.queue_key();
        let found = [of_event, job.queue_key()].into_iter().filter_map(|key| jobs.get(&key).copied());
        let mut lying_ahead = found.filter(|due| due.at > now + CLOCKS_DIFFER_BY && fits(due));
        lying_ahead.next().map(|due| due.at)
    }
}

impl Azure {
    /// Sees to it that the subject is reconciled at `due`, or sooner. Returns when that will be, once Service Bus has it.
    ///
    /// # Errors
    /// Where Service Bus may not have it. Sending again is safe.
    pub async fn queue_reconcile(&self, job: &ReconcileJob, due: OffsetDateTime) -> Result<OffsetDateTime, AzureError> {
        if let Some(sooner) = self.ahead.instead_of(job, due, self.now()) {
            return Ok(sooner);
        }
        let body = serde_json::to_string(job).expect("ids and numbers are always JSON");
        let message = Message { body, message_id: job.message_id(due), due: Some(due) };
        self.send(QueueName::ReconcileJobs, &message).await?;
        self.ahead.sent(job, due, self.now());
        Ok(due)
    }

    /// Takes note that a job has been delivered: what it leaves to do needs another one.
    pub fn has_arrived(&self, job: &ReconcileJob) {
        self.ahead.arrived(job);
    }

    /// When the subject's turn comes, where it waits for nothing but a limit of Azure's.
    pub(crate) fn turn_of(&self, job: &ReconcileJob, subject: Subject) -> Option<OffsetDateTime> {
        self.ahead.waiting_for_limit(&ReconcileJob { subject, ..job.clone() }, self.now())
    }
}

#[cfg(test)]
mod tests;
