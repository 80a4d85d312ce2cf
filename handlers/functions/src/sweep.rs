//! `Sweep`: a timer finds what no event told.

use std::sync::Arc;
use std::time::Duration;

use portreeve_azure::{Azure, Story};
use portreeve_decisions::in_force::InForce;

use crate::app::App;
use crate::queue::{Occasion, queue};
use crate::wire::{Invocation, Reply};

/// Well inside the host's `functionTimeout` of five minutes; what is left the next sweep finds.
const DEADLINE: Duration = Duration::from_secs(240);

/// One job for each subject in this time, so that two sweeps do not double the work; what is lost by that, the next
/// sweep finds.
const SLOT_SECONDS: u64 = 600;

pub(crate) async fn handle(app: Arc<App>, _call: Invocation, correlation_id: String) -> Reply {
    let azure = match app.azure().await {
        Ok(azure) => azure,
        Err(why) => return Reply::Failed(why),
    };
    let story = Story::new(correlation_id);
    let work = async {
        let in_force = app.in_force().await;
        let queued = sweep(azure, &in_force, &story).await;
        (in_force, queued)
    };
    match azure.within(DEADLINE, work).await {
        Some((in_force, Ok(queued))) => {
            record(azure, &in_force, queued, &story);
            Reply::Done(vec![format!("{queued} to reconcile")])
        }
        Some((_, Err(why))) => Reply::Failed(why),
        None => Reply::Failed("there was not enough time".to_owned()),
    }
}

fn record(azure: &Azure, in_force: &InForce, queued: usize, story: &Story) {
    let version = in_force.version();
    tracing::info!(
        event = "sweep",
        correlation_id = story.correlation_id,
        queued,
        allowlist_hash = version.map(|version| version.hash.as_str()),
        allowlist_source = version.map(|version| version.source.as_str()),
        allowlist_age_seconds = version.map(|version| version.age_seconds(azure.now())),
        "{queued} to reconcile"
    );
}

async fn sweep(azure: &Azure, in_force: &InForce, story: &Story) -> Result<usize, String> {
    let subjects = azure.survey(in_force, story).await.map_err(|error| error.to_string())?;
    let count = subjects.len();
    queue(azure, subjects, &Occasion::new("sweep", azure.now(), SLOT_SECONDS), story).await?;
    Ok(count)
}
