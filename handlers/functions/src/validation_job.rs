//! `ValidationJob`: proves that an endpoint is approved, resolves and answers.
//!
//! A failure that time can cure is queued again with backoff. The last one fails the call, so that the message ends in
//! the dead-letter queue, which an alert of `infra/` watches. Until then the broker delivers it again and again: that is no
//! reason to prove again what has failed for good.

use std::sync::Arc;
use std::time::Duration;

use portreeve_azure::{Azure, BookedTurn, Message, Proof, QueueName, Story};
use portreeve_decisions::job::{ValidationJob, due_after, due_at, validation_backoff};
use portreeve_decisions::validation::Verdict;
use time::OffsetDateTime;

use crate::app::App;
use crate::deadlines::VALIDATION_JOB;
use crate::delivery::Delivery;
use crate::wire::{Invocation, Reply};

/// The shares of the call's time. Dozens of names with their timeouts fit into a minute.
const FOR_PROOF: Duration = Duration::from_secs(60);
const FOR_ALLOWLIST: Duration = VALIDATION_JOB.work.saturating_sub(FOR_PROOF);

pub(crate) async fn handle(app: Arc<App>, call: Invocation, correlation_id: String) -> Reply {
    let job: ValidationJob = match call.job(QueueName::ValidationJobs, &correlation_id) {
        Ok(job) => ValidationJob { correlation_id: correlation_id.clone(), ..job },
        Err(reply) => return reply,
    };
    let delivery = Delivery::of(&call, QueueName::ValidationJobs);
    drop(call);
    let azure = match app.azure().await {
        Ok(azure) => azure,
        Err(why) => {
            app.hold_back(delivery.count).await;
            return Reply::Failed(why);
        }
    };
    let Some(in_force) = app.within(FOR_ALLOWLIST, app.in_force()).await else {
        app.hold_back(delivery.count).await;
        return Reply::Failed("the allowlist was not read in time".to_owned());
    };
    let options = in_force.validation();
    if !options.is_enabled {
        return Reply::Done(vec!["the allowlist file says that nothing is proven".to_owned()]);
    }
    let failed_as = job.message_id(&correlation_id);
    // A person who puts the dead letter back on the queue wants a new proof; that is a first delivery.
    if delivery.count > 1 && app.failed_proofs.contains(&failed_as, app.now()) {
        return given_up(&delivery, &job, &format!("{} failed its validation for good", job.connection));
    }
    let story = Story::new(correlation_id);
    let validation =
        Validation { app: &app, azure, delivery: &delivery, job: &job, failed_as, attempts_max: options.attempts };
    match azure.within(FOR_PROOF, azure.prove(&job, options, &story)).await {
        Some(Ok(proof)) => validation.conclude(&proof).await,
        Some(Err(error)) => {
            if let Some(turn) = &error.turn {
                return validation.in_turn(turn, error.status.is_some()).await;
            }
            story.stopped(&job.connection, &error);
            validation.again_or_fail(&error.to_string(), error.retry_after.unwrap_or_default()).await
        }
        None => validation.again_or_fail("there was not enough time", Duration::ZERO).await,
    }
}

/// One try at a proof.
struct Validation<'a> {
    app: &'a App,
    azure: &'a Azure,
    delivery: &'a Delivery,
    job: &'a ValidationJob,
    /// What it is remembered by once it has failed for good.
    failed_as: String,
    attempts_max: u32,
}

impl Validation<'_> {
    async fn conclude(&self, proof: &Proof) -> Reply {
        self.record(proof);
        let connection = &self.job.connection;
        match proof.verdict {
            Verdict::Passed | Verdict::Obsolete => Reply::Done(vec![format!("{}: {connection}", proof.verdict)]),
            Verdict::TryAgain => self.again_or_fail("not yet as it should be", Duration::ZERO).await,
            Verdict::Failed => self.failed_for_good(&format!("{connection} failed its validation for good")),
        }
    }

    /// All findings of one proof in one record.
    fn record(&self, proof: &Proof) {
        let findings = serde_json::to_string(&proof.findings).unwrap_or_default();
        let verdict = proof.verdict.to_string();
        let ValidationJob { connection, endpoint, attempt, correlation_id, awaits: _, turns: _ } = self.job;
        let is_final = proof.verdict == Verdict::Failed || attempt.saturating_add(1) >= self.attempts_max;
        match proof.verdict {
            Verdict::TryAgain | Verdict::Failed if is_final => {
                tracing::error!(event = "validation", correlation_id, verdict, attempt, %connection, %endpoint, findings, "validation {verdict}");
            }
            Verdict::Passed | Verdict::TryAgain | Verdict::Failed | Verdict::Obsolete => {
                tracing::info!(event = "validation", correlation_id, verdict, attempt, %connection, %endpoint, findings, "validation {verdict}");
            }
        }
    }

    fn failed_for_good(&self, why: &str) -> Reply {
        self.app.failed_proofs.insert(self.failed_as.clone(), self.app.now());
        given_up(self.delivery, self.job, why)
    }

    /// Queues the next try, or fails where there is none or it cannot be queued.
    async fn again_or_fail(&self, why: &str, asked: Duration) -> Reply {
        let next = self.job.next();
        let (connection, attempt) = (&self.job.connection, next.attempt);
        if attempt >= self.attempts_max {
            return self.failed_for_good(&format!("{connection} failed its validation after {attempt} tries: {why}"));
        }
        let due = due_after(self.azure.now(), validation_backoff(attempt).max(asked));
        self.queue(next, due, why).await
    }

    /// Queues the proof for its turn at a limit of Azure's: nothing was proven or refuted yet.
    async fn in_turn(&self, turn: &BookedTurn, was_answered: bool) -> Reply {
        let next = self.job.in_turn(turn.limit.clone(), was_answered);
        let why = format!("{} are used up", turn.limit);
        if next.attempt >= self.attempts_max {
            let (connection, attempt) = (&self.job.connection, next.attempt);
            return self.failed_for_good(&format!("{connection} failed its validation after {attempt} tries: {why}"));
        }
        self.queue(next, due_at(turn.due), &why).await
    }

    async fn queue(&self, next: ValidationJob, due: OffsetDateTime, why: &str) -> Reply {
        let (connection, attempt, correlation_id) = (&next.connection, next.attempt, &next.correlation_id);
        let in_seconds = (due - self.azure.now()).whole_seconds();
        let body = match serde_json::to_string(&next) {
            Ok(body) => body,
            Err(error) => return Reply::Failed(error.to_string()),
        };
        let message = Message { body, message_id: next.message_id(&due.unix_timestamp().to_string()), due: Some(due) };
        let sent =
            self.azure.within(VALIDATION_JOB.put_off, self.azure.send(QueueName::ValidationJobs, &message)).await;
        let sent = sent.map(|sent| sent.map_err(|error| error.to_string()));
        match sent.unwrap_or_else(|| Err("there was not enough time".to_owned())) {
            Ok(()) => {
                tracing::info!(event = "deferred", correlation_id, subject = %connection, attempt, in_seconds, awaits = next.awaits, "{why}; tried again in {in_seconds} s");
                Reply::Done(vec![format!("{why}; tried again in {in_seconds} s")])
            }
            Err(error) => {
                self.app.hold_back(self.delivery.count).await;
                Reply::Failed(format!("the next try could not be queued: {error}"))
            }
        }
    }
}

fn given_up(delivery: &Delivery, job: &ValidationJob, why: &str) -> Reply {
    Reply::Failed(delivery.give_up(why, Some(&job.connection), &job.correlation_id))
}
