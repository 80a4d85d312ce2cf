//! `ValidationJob`: proves that an endpoint is approved, resolves and answers.
//!
//! A failure that time can cure is queued again with backoff. The last one fails the call, so that the message ends in
//! the dead-letter queue, where an alert watches.

use std::sync::Arc;
use std::time::Duration;

use portreeve_azure::{Azure, Message, Proof, QueueName, Story};
use portreeve_decisions::job::{VALIDATION_MAX_ATTEMPTS, ValidationJob, due_after, validation_backoff};
use portreeve_decisions::validation::Verdict;

use crate::app::App;
use crate::wire::{Invocation, Reply};

/// Dozens of names with their timeouts fit; the host's own timeout is far off.
const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) async fn handle(app: Arc<App>, call: Invocation, correlation_id: String) -> Reply {
    let job: ValidationJob = match call.job("validation", &correlation_id) {
        Ok(job) => ValidationJob { correlation_id: correlation_id.clone(), ..job },
        Err(reply) => return reply,
    };
    let azure = match app.azure().await {
        Ok(azure) => azure,
        Err(why) => return Reply::Failed(why),
    };
    let story = Story::new(correlation_id);
    match azure.within(DEADLINE, azure.prove(&job, &story)).await {
        Some(Ok(proof)) => conclude(&app, azure, &call, &job, &proof).await,
        Some(Err(error)) => {
            story.stopped(&job.connection, &error);
            again_or_fail(&app, azure, &call, &job, &error.to_string(), error.retry_after.unwrap_or_default()).await
        }
        None => again_or_fail(&app, azure, &call, &job, "there was not enough time", Duration::ZERO).await,
    }
}

async fn conclude(app: &App, azure: &Azure, call: &Invocation, job: &ValidationJob, proof: &Proof) -> Reply {
    record(job, proof);
    match proof.verdict {
        Verdict::Passed | Verdict::Obsolete => Reply::Done(vec![format!("{}: {}", proof.verdict, job.connection)]),
        Verdict::TryAgain => again_or_fail(app, azure, call, job, "not yet as it should be", Duration::ZERO).await,
        Verdict::Failed => Reply::Failed(format!("{} failed its validation", job.connection)),
    }
}

/// All findings of one proof in one record.
fn record(job: &ValidationJob, proof: &Proof) {
    let findings = serde_json::to_string(&proof.findings).unwrap_or_default();
    let verdict = proof.verdict.to_string();
    let (connection, endpoint, attempt, correlation_id) =
        (&job.connection, &job.endpoint, job.attempt, &job.correlation_id);
    let is_final = proof.verdict == Verdict::Failed || attempt.saturating_add(1) >= VALIDATION_MAX_ATTEMPTS;
    match proof.verdict {
        Verdict::TryAgain | Verdict::Failed if is_final => {
            tracing::error!(event = "validation", correlation_id, verdict, attempt, %connection, %endpoint, findings, "validation {verdict}");
        }
        Verdict::Passed | Verdict::TryAgain | Verdict::Failed | Verdict::Obsolete => {
            tracing::info!(event = "validation", correlation_id, verdict, attempt, %connection, %endpoint, findings, "validation {verdict}");
        }
    }
}

/// Queues the next try, or fails where there is none or it cannot be queued.
async fn again_or_fail(
    app: &App,
    azure: &Azure,
    call: &Invocation,
    job: &ValidationJob,
    why: &str,
    asked: Duration,
) -> Reply {
    let next = job.next();
    let (connection, attempt, correlation_id) = (&job.connection, next.attempt, &job.correlation_id);
    if attempt >= VALIDATION_MAX_ATTEMPTS {
        return Reply::Failed(format!("{connection} failed its validation after {attempt} tries: {why}"));
    }
    let due = due_after(azure.now(), validation_backoff(attempt).max(asked));
    let in_seconds = (due - azure.now()).whole_seconds();
    let body = match serde_json::to_string(&next) {
        Ok(body) => body,
        Err(error) => return Reply::Failed(error.to_string()),
    };
    let message = Message { body, message_id: next.message_id(&due.unix_timestamp().to_string()), due: Some(due) };
    match azure.send(QueueName::ValidationJobs, &message).await {
        Ok(()) => {
            tracing::info!(event = "deferred", correlation_id, subject = %connection, attempt, in_seconds, "{why}; tried again in {in_seconds} s");
            Reply::Done(vec![format!("{why}; tried again in {in_seconds} s")])
        }
        Err(error) => {
            app.hold_back(call.delivery_count()).await;
            Reply::Failed(format!("the next try could not be queued: {error}"))
        }
    }
}
