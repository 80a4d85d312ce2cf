//! `ReconcileJob`: work that was put off goes on.

use std::sync::Arc;
use std::time::Duration;

use portreeve_azure::QueueName;
use portreeve_decisions::job::{RECONCILE_MAX_ATTEMPTS, ReconcileJob};

use crate::app::{App, Taken};
use crate::delivery::Delivery;
use crate::wire::{Invocation, Reply};

/// Well inside the host's `functionTimeout` of five minutes, at which it would kill this process with everything in flight.
const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) async fn handle(app: Arc<App>, call: Invocation, correlation_id: String) -> Reply {
    let job: ReconcileJob = match call.job(QueueName::ReconcileJobs, &correlation_id) {
        Ok(job) => ReconcileJob { correlation_id, ..job },
        Err(reply) => return reply,
    };
    if job.is_given_up() {
        let subject = job.subject.id();
        let why = format!("{subject} was still not finished after {RECONCILE_MAX_ATTEMPTS} tries, and is given up");
        let delivery = Delivery::of(&call, QueueName::ReconcileJobs);
        return Reply::Failed(delivery.give_up(&why, Some(subject), &job.correlation_id));
    }
    match app.reconcile(&job, DEADLINE).await.map(Taken::lines) {
        Ok(lines) => Reply::Done(lines),
        Err(why) => {
            app.hold_back(call.delivery_count()).await;
            Reply::Failed(why)
        }
    }
}
