//! `Sweep`: a timer finds what no event told.

use std::sync::Arc;

use portreeve_azure::{Azure, Story};
use portreeve_decisions::allowlist::Effect;
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::resource_id::ResourceId;
use portreeve_decisions::sweep::{Findings, NotApproved, Reported};
use tracing::{info, warn};

use crate::app::App;
use crate::deadlines::SWEEP;
use crate::queue::{Occasion, queue};
use crate::wire::{Invocation, Reply};

/// One job for each subject in this time, so that two sweeps do not double the work; what is lost by that, the next
/// sweep finds.
const SLOT_SECONDS: u64 = 600;

/// Records of one kind of finding in one sweep; the rest is counted.
const REPORTED_MAX: usize = 100;

pub(crate) async fn handle(app: Arc<App>, call: Invocation, correlation_id: String) -> Reply {
    drop(call);
    let azure = match app.azure().await {
        Ok(azure) => azure,
        Err(why) => return Reply::Failed(why),
    };
    let story = Story::new(correlation_id);
    let work = async {
        let in_force = app.in_force().await;
        let found = azure.survey(&in_force, &story).await.map_err(|error| error.to_string())?;
        let queue_of_all = found.queue();
        let queued = queue_of_all.len();
        queue(azure, queue_of_all, &Occasion::new("sweep", azure.now(), SLOT_SECONDS), &story).await?;
        report(found.not_approved.iter().collect(), &found.disconnected, &story);
        summarise(azure, &in_force, &found, queued, &story);
        Ok(queued)
    };
    match azure.within(SWEEP.work, work).await {
        Some(Ok(queued)) => Reply::Done(vec![format!("{queued} to reconcile")]),
        Some(Err(why)) => Reply::Failed(why),
        None => Reply::Failed("there was not enough time".to_owned()),
    }
}

fn summarise(azure: &Azure, in_force: &InForce, found: &Findings, queued: usize, story: &Story) {
    let version = in_force.version();
    info!(
        event = "sweep",
        correlation_id = story.correlation_id,
        queued,
        pending = found.pending.len(),
        missing_records = found.records.len(),
        orphans = found.orphans.len(),
        proofs = found.proofs.len(),
        not_approved = found.not_approved.len(),
        expired = found.not_approved.iter().filter(|one| one.expired_rule.is_some()).count(),
        disconnected = found.disconnected.len(),
        allowlist_hash = version.map(|version| version.hash.as_str()),
        allowlist_source = version.map(|version| version.source.as_str()),
        allowlist_age_seconds = version.map(|version| version.age_seconds(azure.now())),
        "{queued} to reconcile"
    );
}

/// Those that somebody has to act on come first, so that the others do not crowd them out.
fn report(mut not_approved: Vec<&NotApproved>, disconnected: &[Reported], story: &Story) {
    not_approved.sort_by_key(|one| one.expired_rule.is_none() && one.effect != Effect::Reject);
    for NotApproved { of, effect, expired_rule } in not_approved.into_iter().take(REPORTED_MAX) {
        macro_rules! say {
            ($level:ident, $why:expr, $remedy:expr) => {
                $level!(
                    event = "note",
                    correlation_id = story.correlation_id,
                    rule = expired_rule,
                    connection = of.connection.as_ref().map(ResourceId::as_str),
                    target_id = %of.target,
                    endpoint = %of.endpoint,
                    remedy = $remedy,
                    "the connection is approved, and the rules say {effect}{}; it is left as it is", $why
                )
            };
        }
        let remedy = "let the rules approve it, or remove the connection at the target";
        match expired_rule {
            Some(rule) => say!(
                warn,
                format!(": rule {rule} has expired"),
                Some("extend the rule, or remove the connection at the target")
            ),
            None if *effect == Effect::Reject => say!(warn, "", Some(remedy)),
            None => say!(info, "", None::<&str>),
        }
    }
    for of in disconnected.iter().take(REPORTED_MAX) {
        warn!(
            event = "note",
            correlation_id = story.correlation_id,
            connection = of.connection.as_ref().map(ResourceId::as_str),
            target_id = %of.target,
            endpoint = %of.endpoint,
            remedy = "the target removed the connection, or was itself deleted or made anew: delete the endpoint and create it again",
            "the endpoint is Disconnected, and nothing can connect it again"
        );
    }
}
