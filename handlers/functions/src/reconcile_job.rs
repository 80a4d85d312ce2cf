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
        Ok(job) => ReconcileJob { correlation_id, ..job },
        Err(reply) => return reply,
    };
    if job.attempt > RECONCILE_MAX_ATTEMPTS {
        return Reply::Failed(format!("given up after {RECONCILE_MAX_ATTEMPTS} tries: {}", job.subject.id()));
    }
    match app.reconcile(&job, DEADLINE).await.map(Taken::lines) {
        Ok(lines) => Reply::Done(lines),
        Err(why) => {
            app.hold_back(call.delivery_count()).await;
            Reply::Failed(why)
        }
    }
}
