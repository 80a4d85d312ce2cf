//! `ReconcileJob`: work that was put off goes on.

use std::sync::Arc;
use std::time::Duration;

use portreeve_decisions::job::{RECONCILE_MAX_ATTEMPTS, ReconcileJob};

use crate::app::{App, Taken};
use crate::wire::{Invocation, Reply};

/// Well inside the host's `functionTimeout` of five minutes, at which it would kill this process with everything in flight.
const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) async fn handle(app: Arc<App>, call: Invocation, correlation_id: String) -> Reply {
    let job: ReconcileJob = match call.job("reconcile", &correlation_id) {
        Ok(job) => job,
        Err(reply) => return reply,
    };
    if job.attempt > RECONCILE_MAX_ATTEMPTS {
        let why = format!("given up after {RECONCILE_MAX_ATTEMPTS} tries: {}", job.subject.id());
        tracing::error!(event = "given_up", correlation_id = job.correlation_id, subject = %job.subject.id(), "{why}; it goes to the dead-letter queue");
        return Reply::Failed(why);
    }
    match app.reconcile(&job, DEADLINE).await.map(Taken::lines) {
        Ok(lines) => Reply::Done(lines),
        Err(why) => Reply::Failed(why),
    }
}
