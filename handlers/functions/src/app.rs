//! What all Functions share: Azure, the allowlist in force, and the way to put work off.

use std::sync::Arc;
use std::time::Duration;

use portreeve_azure::{Azure, Clock, Outcome, Recent, Story, within};
use portreeve_decisions::event::Subject;
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::job::ReconcileJob;
use time::OffsetDateTime;
use tokio::sync::{OnceCell, watch};

use crate::allowlist::{self, Standing};
use crate::deadlines::RECONCILE_JOB;
use crate::put_off::put_off;
use crate::turns::Turns;

/// A message whose call failed is delivered again at once, so its last delivery is not far off.
const FAILED_PROOFS_REMEMBERED_FOR: Duration = Duration::from_secs(600);

/// How long a read of work that has begun waits for a limit. A job has two minutes for about ten; an event may be put off.
const READ_WAIT_MAX: Duration = Duration::from_secs(10);

/// One running handler. The host wants its readiness answered at once, so nothing is set up before it is needed.
pub(crate) struct App {
    set_up: Box<dyn Fn() -> Result<Azure, String> + Send + Sync>,
    azure: OnceCell<Azure>,
    standing: watch::Receiver<Standing>,
    clock: Arc<dyn Clock>,
    /// The proofs that failed for good, by the message ids of their jobs.
    pub failed_proofs: Recent,
    /// Who may go on.
    pub turns: Turns,
}

/// What became of work that was begun.
pub(crate) enum Taken {
    /// It is finished.
    Finished(Outcome),
    /// It is on `reconcile-jobs`, for later.
    PutOff {
        /// What was done of it so far; nothing is known where time ran out.
        outcome: Option<Outcome>,
        /// In how many seconds it goes on.
        in_seconds: u64,
    },
}

impl App {
    /// An app on what `set_up` makes once it is needed, by the allowlist that stands there.
    pub fn new(
        set_up: impl Fn() -> Result<Azure, String> + Send + Sync + 'static,
        standing: watch::Receiver<Standing>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let failed_proofs = Recent::new(FAILED_PROOFS_REMEMBERED_FOR);
        let (azure, turns) = (OnceCell::new(), Turns::default());
        Self { set_up: Box::new(set_up), azure, standing, clock, failed_proofs, turns }
    }

    /// Azure, set up at the first call. A failure is tried again at the next one.
    pub async fn azure(&self) -> Result<&Azure, String> {
        self.azure.get_or_try_init(|| async { (self.set_up)() }).await
    }

    /// The allowlist in force, as soon as it was read for the first time. Work keeps the one that it began with.
    pub async fn in_force(&self) -> InForce {
        allowlist::in_force(self.standing.clone()).await
    }

    /// How things stand with the allowlist.
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// The time.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Drives `work` until it is done or `limit` has passed; `None` is the latter, with the work dropped.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T> + Send) -> Option<T> {
        within(self.clock.as_ref(), limit, work).await
    }

    /// Waits before a message's call fails. The broker delivers it again at once, and after ten times no more: without a
    /// wait a minute's outage would send every message to the dead-letter queue.
    pub async fn hold_back(&self, delivery_count: u64) {
        let wait = Duration::from_secs(10).saturating_mul(u32::try_from(delivery_count).unwrap_or(u32::MAX));
        self.clock.sleep(wait.min(RECONCILE_JOB.hold_back)).await;
    }

    /// Reconciles within `deadline`, and puts off what is not finished by then, or has not begun in a third of that: work
    /// that begins later would be cut off rather than done.
    ///
    /// # Errors
    /// Where the rest could be neither finished nor put off: the work is in nobody's hands but the caller's.
    pub async fn reconcile(&self, job: &ReconcileJob, deadline: Duration) -> Result<Taken, String> {
        let azure = self.azure().await?;
        let story = Story::new(job.correlation_id.clone());
        let work = async {
            let _turn = azure.within(deadline / 3, self.turns.reconcile()).await?;
            let in_force = self.in_force().await;
            // Boxed, so that whoever still waits for a turn has no room for it yet.
            Some(Box::pin(azure.reconcile(job, &in_force, &story, READ_WAIT_MAX)).await)
        };
        let outcome = azure.within(deadline, work).await.flatten();
        if outcome.is_none() {
            tracing::warn!(
                event = "failure",
                correlation_id = job.correlation_id,
                subject = %job.subject.id(),
                deadline_seconds = deadline.as_secs(),
                "there was not enough time"
            );
        }
        match (put_off(azure, job, outcome.as_ref()).await?, outcome) {
            (Some(in_seconds), outcome) => Ok(Taken::PutOff { outcome, in_seconds }),
            (None, Some(outcome)) => Ok(Taken::Finished(outcome)),
            (None, None) => Err("the work was neither finished nor put off".to_owned()),
        }
    }
}

/// The first job about a subject that has only just been heard of.
pub(crate) fn first_job(subject: Subject, correlation_id: String) -> ReconcileJob {
    ReconcileJob { subject, attempt: 0, is_from_sweep: false, awaits: None, turns: 0, correlation_id }
}

impl Taken {
    /// Lines for the invocation's own log.
    pub fn lines(self) -> Vec<String> {
        match self {
            Self::Finished(outcome) => outcome.summary,
            Self::PutOff { outcome, in_seconds } => {
                let mut lines = outcome.map(|outcome| outcome.summary).unwrap_or_default();
                lines.push(format!("the rest goes on in {in_seconds} s"));
                lines
            }
        }
    }
}
