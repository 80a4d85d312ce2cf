//! Puts work off: what a reconcile left to do becomes jobs on `reconcile-jobs`, each due when it can go on.
//!
//! | left | due |
//! |---|---|
//! | a request that waits for a limit of Azure's | in its turn, to the second: turns are spread as the limit allows |
//! | anything else, or all where time ran out | after a backoff, and no sooner than Azure asked for |

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use portreeve_azure::{Azure, AzureError, Outcome};
use portreeve_decisions::job::{ReconcileJob, due_after, due_at, reconcile_backoff};
use time::OffsetDateTime;

use crate::deadlines::RECONCILE_JOB;
use crate::queue::SENDS_AT_ONCE;

/// Puts off what a job left, which is all of it where there is no outcome. Returns in how many seconds the first part goes
/// on, or `None` where nothing is left.
///
/// # Errors
/// Where a part may be in nobody's hands.
pub(crate) async fn put_off(
    azure: &Azure,
    job: &ReconcileJob,
    outcome: Option<&Outcome>,
) -> Result<Option<u64>, String> {
    let rest = rest_of(job, outcome, azure.now());
    let sends: Vec<_> = rest.iter().map(|(job, due)| send(azure, job, *due)).collect();
    let sent = stream::iter(sends).buffer_unordered(SENDS_AT_ONCE).try_collect::<Vec<u64>>();
    match azure.within(RECONCILE_JOB.put_off, sent).await {
        Some(Ok(in_seconds)) => Ok(in_seconds.into_iter().min()),
        Some(Err(error)) => Err(format!("the work could not be put off: {error}")),
        None => Err("the work could not be put off in time".to_owned()),
    }
}

fn rest_of(job: &ReconcileJob, outcome: Option<&Outcome>, now: OffsetDateTime) -> Vec<(ReconcileJob, OffsetDateTime)> {
    let Some(outcome) = outcome else { return vec![after_backoff(job.next(), Duration::ZERO, now)] };
    let in_turn = outcome.turns.iter().map(|(subject, turn)| {
        let next = job.in_turn(subject.clone(), turn.booked.limit.clone(), turn.was_answered);
        (next, due_at(turn.booked.due))
    });
    let parts = outcome.rest.iter().map(|subject| after_backoff(job.next_about(subject.clone()), Duration::ZERO, now));
    let mut rest: Vec<_> = in_turn.chain(parts).collect();
    // What may only be late gets one more look.
    let looks_again = outcome.may_be_late && job.attempt == 0;
    if outcome.is_unfinished() || looks_again {
        let asked = outcome.failures.iter().filter_map(|error| error.retry_after).max();
        rest.push(after_backoff(job.next(), asked.unwrap_or_default(), now));
    }
    rest
}

fn after_backoff(job: ReconcileJob, asked: Duration, now: OffsetDateTime) -> (ReconcileJob, OffsetDateTime) {
    let due = due_after(now, reconcile_backoff(job.attempt).max(asked));
    (job, due)
}

async fn send(azure: &Azure, job: &ReconcileJob, due: OffsetDateTime) -> Result<u64, AzureError> {
    let due = azure.queue_reconcile(job, due).await?;
    let in_seconds = (due - azure.now()).whole_seconds().unsigned_abs();
    tracing::info!(
        event = "deferred",
        correlation_id = job.correlation_id,
        subject = %job.subject.id(),
        attempt = job.attempt,
        in_seconds,
        awaits = job.awaits,
        "it goes on in {in_seconds} s, as try {}", job.attempt
    );
    Ok(in_seconds)
}
