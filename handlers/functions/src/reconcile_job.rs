//! `ReconcileJob`: work that was put off goes on.

use std::sync::Arc;

use portreeve_azure::QueueName;
use portreeve_decisions::job::{RECONCILE_MAX_ATTEMPTS, ReconcileJob};

use crate::app::{App, Taken};
use crate::deadlines::RECONCILE_JOB;
use crate::delivery::Delivery;
use crate::wire::{Invocation, Reply};

pub(crate) async fn handle(app: Arc<App>, call: Invocation, correlation_id: String) -> Reply {
    let job: ReconcileJob = match call.job(QueueName::ReconcileJobs, &correlation_id) {
        Ok(job) => ReconcileJob { correlation_id, ..job },
        Err(reply) => return reply,
    };
    let delivery = Delivery::of(&call, QueueName::ReconcileJobs);
    drop(call);
    if let Ok(azure) = app.azure().await {
        azure.has_arrived(&job);
    }
    if job.is_given_up() && job.is_from_sweep {
        let subject = job.subject.id();
        tracing::warn!(
            event = "failure",
            correlation_id = job.correlation_id,
            %subject,
            remedy = "cure what the other records of this correlation id and subject name",
            "it was not finished after {} tries, and is left to the next sweep", job.attempt - 1
        );
        return Reply::Done(vec![format!("{subject} is left to the next sweep")]);
    }
    if job.is_given_up() {
        let subject = job.subject.id();
        let why = format!("{subject} was still not finished after {RECONCILE_MAX_ATTEMPTS} tries, and is given up");
        return Reply::Failed(delivery.give_up(&why, Some(subject), &job.correlation_id));
    }
    match app.reconcile(&job, RECONCILE_JOB.work).await.map(Taken::lines) {
        Ok(lines) => Reply::Done(lines),
        Err(why) => {
            app.hold_back(delivery.count).await;
            Reply::Failed(why)
        }
    }
}
