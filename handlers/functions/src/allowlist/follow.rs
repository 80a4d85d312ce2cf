//! Follows a change of the allowlist: what is now approved is reconciled, and whose decision becomes another is
//! reported.
//!
//! It runs beside the looking, so that the next version is not kept waiting by a survey. A survey that fails is made
//! again, and one that was overtaken by another version leads to one more: whatever was decided by any version in between
//! is looked at again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use portreeve_azure::{Azure, Clock, Story};
use portreeve_decisions::allowlist::Effect;
use portreeve_decisions::change::DecisionChange;
use portreeve_decisions::facts::ConnectionStatus;
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::resource_id::ResourceId;
use tokio::sync::watch;
use tracing::{info, warn};

use super::standing::Standing;
use crate::app::App;
use crate::queue::{Occasion, queue};

/// A rule that is renamed may concern every connection there is; the rest is counted.
const CHANGES_REPORTED_MAX: usize = 500;

/// Follows each change from `former` on, for as long as the process lives.
pub(crate) async fn follow(
    app: Arc<App>,
    mut former: InForce,
    mut standing: watch::Receiver<Standing>,
    poll: Duration,
    clock: Arc<dyn Clock>,
) {
    let mut attempt = Attempt::default();
    loop {
        let Some(now) = another_than(&former, &mut standing).await else { return };
        if !attempt.is_about(&now) {
            attempt = Attempt { about: Some(now.clone()), ..Attempt::default() };
        }
        match attempt.make(&app, &former, &now, poll).await {
            Ok(()) => former = now,
            Err(error) => {
                attempt.failed(&now, error);
                clock.sleep(poll).await;
                former = unfollowed(former, &now, &standing);
            }
        }
    }
}

/// What is in force, once it is another version than this; `None` where the process is ending.
async fn another_than(former: &InForce, standing: &mut watch::Receiver<Standing>) -> Option<InForce> {
    let is_another = |standing: &Standing| standing.in_force.as_ref().is_some_and(|now| !now.is_same_version(former));
    standing.wait_for(is_another).await.ok()?.in_force.clone()
}

/// What is still to be followed from, after a change to `tried` could not be. Where `former` is back in force, what was
/// decided by `tried` is followed from instead, because otherwise nobody would look at it again.
fn unfollowed(former: InForce, tried: &InForce, standing: &watch::Receiver<Standing>) -> InForce {
    let is_back = standing.borrow().in_force.as_ref().is_some_and(|now| now.is_same_version(&former));
    if is_back { tried.clone() } else { former }
}

/// The following of one change, tried until it succeeds.
#[derive(Default)]
struct Attempt {
    about: Option<InForce>,
    /// The connections that were reported already, by endpoint and target.
    told: BTreeSet<(ResourceId, ResourceId)>,
    /// Why it failed the last time; the same again is no news.
    failure: Option<String>,
}

impl Attempt {
    fn is_about(&self, now: &InForce) -> bool {
        self.about.as_ref().is_some_and(|about| about.is_same_version(now))
    }

    async fn make(&mut self, app: &App, former: &InForce, now: &InForce, poll: Duration) -> Result<(), String> {
        let azure = app.azure().await?;
        let story = Story::new(correlation_id(now));
        let survey = azure.survey_change(former, now, &story).await;
        let found = survey.map_err(|error| error.to_string())?;
        let queued = found.queue.len();
        if let Some(occasion) = occasion(now, poll) {
            queue(azure, found.queue, &occasion, &story).await?;
        }
        let changed = found.changes.len();
        for change in found.changes {
            self.tell(&change, &story);
        }
        summarise(azure, now, queued, changed, &story);
        Ok(())
    }

    fn failed(&mut self, now: &InForce, error: String) {
        if self.failure.as_ref() != Some(&error) {
            warn!(
                event = "allowlist",
                allowlist_hash = now.version().map(|version| version.hash.as_str()),
                error,
                "what follows from the change of the allowlist could not all be done; it is tried again"
            );
        }
        self.failure = Some(error);
    }

    fn tell(&mut self, change: &DecisionChange, story: &Story) {
        let is_news = self.told.len() < CHANGES_REPORTED_MAX
            && self.told.insert((change.endpoint.clone(), change.target.clone()));
        if is_news {
            report(change, story);
        }
    }
}

/// Ties everything that follows from one version together, on every instance.
fn correlation_id(now: &InForce) -> String {
    format!("allowlist-{}", now.version().map_or("none", |version| &version.hash))
}

/// Instances look at different moments within one poll, and each follows what it puts in force, because each may have
/// decided by the former version until then. Of their jobs about one subject at most two are kept.
fn occasion(now: &InForce, poll: Duration) -> Option<Occasion> {
    let version = now.version()?;
    Some(Occasion::new(format!("change-{}", version.hash), version.activated_at, poll.as_secs()))
}

fn report(change: &DecisionChange, story: &Story) {
    let outcome = if change.is_queued { "queued" } else { "reported" };
    let (from, to) = (&change.from, &change.to);
    let is_left_approved = change.status == ConnectionStatus::Approved && to.effect != Effect::Approve;
    let what = if is_left_approved {
        "an approved connection would not be approved any more; it stays as it is"
    } else {
        "the decision about a connection is another now"
    };
    macro_rules! say {
        ($level:ident) => {
            $level!(
                event = "allowlist_change",
                correlation_id = story.correlation_id,
                connection = change.connection.as_ref().map(ResourceId::as_str),
                target_id = %change.target,
                endpoint = %change.endpoint,
                status = change.status.as_str(),
                from_effect = from.effect.as_str(),
                from_rule = from.rule(),
                to_effect = to.effect.as_str(),
                to_rule = to.rule(),
                outcome,
                "{what}"
            )
        };
    }
    if is_left_approved { say!(warn) } else { say!(info) }
}

fn summarise(azure: &Azure, now: &InForce, queued: usize, changed: usize, story: &Story) {
    let version = now.version();
    info!(
        event = "allowlist",
        correlation_id = story.correlation_id,
        allowlist_hash = version.map(|version| version.hash.as_str()),
        allowlist_source = version.map(|version| version.source.as_str()),
        allowlist_age_seconds = version.map(|version| version.age_seconds(azure.now())),
        changed,
        queued,
        "the change of the allowlist is followed: {changed} decisions are others now, {queued} to reconcile"
    );
}
