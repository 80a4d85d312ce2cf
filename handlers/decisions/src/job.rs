//! The messages on our queues: work that was acknowledged and is not finished.
//!
//! A job says what to look at and never what to do: like an event it only wakes us, so a forged or repeated one can
//! cause reads and nothing else.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::event::Subject;
use crate::resource_id::ResourceId;

/// After this many tries a reconcile job is left to the dead-letter queue: about a day and a half of tries.
pub const RECONCILE_MAX_ATTEMPTS: u32 = 40;
/// After this many tries a reconcile job of a sweep is left to the next sweep, which finds again what is not done.
const SWEEPS_MAX_ATTEMPTS: u32 = 5;
/// After this many tries a validation is final: about twenty minutes, far past any cache's time to live.
pub const VALIDATION_MAX_ATTEMPTS: u32 = 8;

/// No wait is longer, whatever was asked for: a queue forgets what lies too far ahead.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);

/// Our queues. A queue's jobs are all of one kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum QueueName {
    /// Reconciles that go on later, or that a sweep or a change of the allowlist asks for.
    #[default]
    ReconcileJobs,
    /// Proofs to make.
    ValidationJobs,
}

impl QueueName {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ReconcileJobs, Self::ValidationJobs];

    /// The queue's name in Service Bus, in `function.json` and in `infra/`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReconcileJobs => "reconcile-jobs",
            Self::ValidationJobs => "validation-jobs",
        }
    }
}

/// A reconcile that goes on later, or that a sweep or a change of the allowlist asks for, on `reconcile-jobs`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReconcileJob {
    /// What to reconcile.
    pub subject: Subject,
    /// Which try this will be; the event's own was 0.
    pub attempt: u32,
    /// Whether a sweep or a change of the allowlist asks for it, and no event: then what may be decided is for
    /// `on_change` in the allowlist file to say.
    #[serde(default)]
    pub is_from_sweep: bool,
    /// The limit of Azure's that it waits for and has a turn at, if that is all it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
    /// How many turns it has had. It is part of the `MessageId`, so that one that comes early, and has to wait on, is no
    /// duplicate of itself.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub turns: u32,
    /// Ties the log records of one event's whole story together.
    pub correlation_id: String,
}

/// A proof to make, on `validation-jobs`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ValidationJob {
    /// The connection on the target's side.
    pub connection: ResourceId,
    /// The endpoint on the requester's side.
    pub endpoint: ResourceId,
    /// Which try this will be, from 0.
    pub attempt: u32,
    /// The limit of Azure's that it waits for and has a turn at, if that is all it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<String>,
    /// How many turns it has had, so that one that comes early, and has to wait on, is no duplicate of itself.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub turns: u32,
    /// Ties the log records of one event's whole story together.
    pub correlation_id: String,
}

impl ReconcileJob {
    /// The same work, once more.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { attempt: self.attempt.saturating_add(1), awaits: None, ..self.clone() }
    }

    /// The same for another subject, which is a part of it.
    #[must_use]
    pub fn next_about(&self, subject: Subject) -> Self {
        Self { subject, ..self.next() }
    }

    /// Whether its last try is behind it.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.attempt > if self.is_from_sweep { SWEEPS_MAX_ATTEMPTS } else { RECONCILE_MAX_ATTEMPTS }
    }

    /// The rest of the work, which is about `subject`, when its turn at a limit comes. That is a try only where Azure
    /// answered: what was not sent has not been tried.
    #[must_use]
    pub fn in_turn(&self, subject: Subject, limit: String, was_answered: bool) -> Self {
        let attempt = self.attempt.saturating_add(u32::from(was_answered));
        Self { subject, attempt, awaits: Some(limit), turns: self.turns.saturating_add(1), ..self.clone() }
    }

    /// What jobs have in common that do the same for the same subject.
    #[must_use]
    pub fn queue_key(&self) -> String {
        let key = serde_json::to_string(&self.subject).unwrap_or_default().to_ascii_lowercase();
        // What an event asks for must not be taken for what a sweep asked for: less may be decided by that.
        let kind = if self.is_from_sweep { "reconcile-sweep" } else { "reconcile" };
        format!("{kind}-{}", digest(&[&key]))
    }

    /// The `MessageId` for duplicate detection, for a job that is due at a time of [`due_after`] or [`due_at`].
    ///
    /// Of several jobs about one subject that are due in the same second one is kept. That loses nothing: the kept one
    /// still lies ahead, and it reads the world anew.
    #[must_use]
    pub fn message_id(&self, due: OffsetDateTime) -> String {
        format!("{}-{}{}", self.queue_key(), due.unix_timestamp(), turn(self.turns))
    }
}

impl ValidationJob {
    /// The first try to prove a connection.
    #[must_use]
    pub fn first(connection: ResourceId, endpoint: ResourceId, correlation_id: String) -> Self {
        Self { connection, endpoint, attempt: 0, awaits: None, turns: 0, correlation_id }
    }

    /// The same proof, when its turn at a limit comes. That is a try only where Azure answered.
    #[must_use]
    pub fn in_turn(&self, limit: String, was_answered: bool) -> Self {
        let attempt = self.attempt.saturating_add(u32::from(was_answered));
        Self { attempt, awaits: Some(limit), turns: self.turns.saturating_add(1), ..self.clone() }
    }

    /// The same proof, once more.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { attempt: self.attempt.saturating_add(1), awaits: None, ..self.clone() }
    }

    /// The `MessageId` for duplicate detection: what is to be proven and which try, so that the many events about one
    /// connection lead to one proof. `proven_state` stands for what was true of its names when it was queued; a retry
    /// gives the second that it is due in instead, so that it is a duplicate only of one that still lies ahead.
    #[must_use]
    pub fn message_id(&self, proven_state: &str) -> String {
        let identity = digest(&[self.connection.key(), self.endpoint.key(), proven_state]);
        format!("validation-{identity}-{}{}", self.attempt, turn(self.turns))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_none_yet(turns: &u32) -> bool {
    *turns == 0
}

/// What a job's turns add to its `MessageId`.
fn turn(turns: u32) -> String {
    if turns == 0 { String::new() } else { format!("-turn-{turns}") }
}

/// The time at which work is due that has to wait: no sooner than that, always ahead, and on a grid of whole seconds that
/// is as coarse as a quarter of the wait allows. Jobs about one subject that were put off at different times thus come to
/// be due together, and duplicate detection makes one of them.
#[must_use]
pub fn due_after(now: OffsetDateTime, wait: Duration) -> OffsetDateTime {
    let wait_seconds = i64::try_from(wait.min(WAIT_MAX).as_secs()).unwrap_or(i64::MAX);
    let grid_seconds = (wait_seconds / 4).clamp(1, 300);
    // One second more, for the fractions of now and of the wait.
    let earliest = now.unix_timestamp() + wait_seconds + 2;
    let due = earliest + (grid_seconds - earliest.rem_euclid(grid_seconds)) % grid_seconds;
    OffsetDateTime::from_unix_timestamp(due).unwrap_or(now)
}

/// The time at which work is due whose turn at a limit comes at `turn`: the next whole second, and no grid beyond that.
/// Turns are spread as the limit allows, and a grid would gather them again.
#[must_use]
pub fn due_at(turn: OffsetDateTime) -> OffsetDateTime {
    let into_second = Duration::from_nanos(u64::from(turn.nanosecond()));
    if into_second.is_zero() { turn } else { turn - into_second + Duration::from_secs(1) }
}

/// How long to wait before a reconcile's try number `attempt`: 5 seconds, doubling up to an hour.
#[must_use]
pub fn reconcile_backoff(attempt: u32) -> Duration {
    doubling(5, attempt, 3600)
}

/// How long to wait before a validation's try number `attempt`: 10 seconds (a zone's negative answers are kept that
/// long, by the SOA minimum of private zones), doubling up to five minutes.
#[must_use]
pub fn validation_backoff(attempt: u32) -> Duration {
    doubling(10, attempt, 300)
}

fn doubling(first_seconds: u64, attempt: u32, max_seconds: u64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    Duration::from_secs((first_seconds << doublings).min(max_seconds))
}

/// Twenty hexadecimal digits of a SHA-256: short enough for a `MessageId`, long enough never to meet another's.
fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> ValidationJob {
        let id = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv";
        let connection = ResourceId::parse(&format!("{id}/privateEndpointConnections/c")).unwrap();
        ValidationJob {
            connection,
            endpoint: ResourceId::parse(id).unwrap(),
            attempt: 0,
            awaits: None,
            turns: 0,
            correlation_id: "c1".into(),
        }
    }

    #[test]
    fn the_same_proof_has_one_message_id_whoever_asks_for_it() {
        let other = ValidationJob { correlation_id: "c2".into(), ..job() };
        assert_eq!(job().message_id("10.0.0.4"), other.message_id("10.0.0.4"));
        assert_ne!(job().message_id("10.0.0.4"), job().message_id("10.0.0.5"));
        assert_ne!(job().message_id("10.0.0.4"), job().next().message_id("10.0.0.4"));
    }

    #[test]
    fn a_job_is_a_duplicate_only_of_one_that_still_lies_ahead() {
        let job = ReconcileJob {
            subject: Subject::Endpoint(job().endpoint),
            attempt: 1,
            is_from_sweep: false,
            awaits: None,
            turns: 0,
            correlation_id: "c1".into(),
        };
        let now = OffsetDateTime::UNIX_EPOCH + Duration::from_millis(300);
        for wait_ms in [0, 1, 999, 1000, 5000] {
            let due = due_after(now, Duration::from_millis(wait_ms));
            assert!(due > now + Duration::from_millis(wait_ms), "{wait_ms} ms: {due}");
        }
        let due = due_after(now, Duration::from_secs(5));
        assert_eq!(
            job.message_id(due),
            job.message_id(due_after(now + Duration::from_millis(600), Duration::from_secs(5)))
        );
        assert_ne!(job.message_id(due), job.message_id(due + Duration::from_secs(1)));
        let minutes_apart =
            [0, 20, 40].map(|seconds| due_after(now + Duration::from_secs(seconds), Duration::from_secs(600)));
        assert_eq!(minutes_apart[0], minutes_apart[2]);
    }

    #[test]
    fn waiting_doubles_and_ends() {
        let waits: Vec<u64> = (0..14).map(|attempt| reconcile_backoff(attempt).as_secs()).collect();
        assert_eq!(waits, [5, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
        assert_eq!(validation_backoff(u32::MAX).as_secs(), 300);
        let job = |is_from_sweep: bool, attempt: u32| ReconcileJob {
            subject: Subject::Endpoint(job().endpoint),
            attempt,
            is_from_sweep,
            awaits: None,
            turns: 0,
            correlation_id: "c".to_owned(),
        };
        for (is_from_sweep, tries) in [(false, RECONCILE_MAX_ATTEMPTS), (true, SWEEPS_MAX_ATTEMPTS)] {
            assert!(!job(is_from_sweep, tries).is_given_up());
            assert!(job(is_from_sweep, tries).next().is_given_up());
        }
    }

    #[test]
    fn a_job_with_anything_more_in_it_is_not_ours() {
        let text = serde_json::to_string(&job()).unwrap();
        assert_eq!(serde_json::from_str::<ValidationJob>(&text).unwrap(), job());
        assert!(
            serde_json::from_str::<ValidationJob>(&text.replace("\"attempt\":0", "\"attempt\":0,\"approve\":true"))
                .is_err()
        );
        assert!(serde_json::from_str::<ValidationJob>(&text.replace("Microsoft.KeyVault", "..")).is_err());
    }
}
