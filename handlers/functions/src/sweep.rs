//! `Sweep`: a timer finds what no event told.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use portreeve_azure::{Azure, Message, QueueName, Story};
use portreeve_decisions::event::Subject;

use crate::app::{App, first_job};
use crate::wire::{Invocation, Reply};

/// Well inside the host's `functionTimeout` of five minutes; what is left the next sweep finds.
const DEADLINE: Duration = Duration::from_secs(240);

/// Enough to queue ten thousand subjects in time, and few enough to leave connections for the events.
const SENDS_AT_ONCE: usize = 16;

pub(crate) async fn handle(app: Arc<App>, _call: Invocation, correlation_id: String) -> Reply {
    let azure = match app.azure().await {
        Ok(azure) => azure,
        Err(why) => return Reply::Failed(why),
    };
    let story = Story::new(correlation_id);
    let in_force = app.in_force().await;
    let Some(survey) = azure.within(DEADLINE, sweep(azure, in_force, &story)).await else {
        return Reply::Failed("there was not enough time".to_owned());
    };
    match survey {
        Ok(queued) => {
            tracing::info!(event = "sweep", correlation_id = story.correlation_id, queued, "{queued} to reconcile");
            Reply::Done(vec![format!("{queued} to reconcile")])
        }
        Err(why) => Reply::Failed(why),
    }
}

async fn sweep(
    azure: &Azure,
    in_force: &portreeve_decisions::in_force::InForce,
    story: &Story,
) -> Result<usize, String> {
    let subjects = azure.survey(in_force, story).await.map_err(|error| error.to_string())?;
    let count = subjects.len();
    let sends: Vec<_> = subjects.into_iter().map(|subject| queue(azure, subject, story)).collect();
    stream::iter(sends).buffer_unordered(SENDS_AT_ONCE).try_collect::<()>().await?;
    Ok(count)
}

async fn queue(azure: &Azure, subject: Subject, story: &Story) -> Result<(), String> {
    let job = first_job(subject, story.correlation_id.clone());
    let body = serde_json::to_string(&job).map_err(|error| error.to_string())?;
    // One for each subject in ten minutes, so that two sweeps do not double the work; what is lost by that, the next
    // sweep finds.
    let slot = azure.now() - Duration::from_secs(azure.now().unix_timestamp().unsigned_abs() % 600);
    let message = Message { body, message_id: format!("sweep-{}", job.message_id(slot)), due: None };
    azure.send(QueueName::ReconcileJobs, &message).await.map_err(|error| error.to_string())
}
