//! Reconciles: from either side of a connection to all that hangs on it.
//!
//! The same code runs for an event, a deferred job, a sweep and a person at the command line. It may run twice, late,
//! concurrently or out of order, and may be dropped at any await: what it has not done, the next run finds undone.

use std::time::Duration;

use portreeve_decisions::event::Subject;
use portreeve_decisions::facts::{Connection, ConnectionRequest, ConnectionStatus, Endpoint, EndpointSight};
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::job::ReconcileJob;
use portreeve_decisions::plan::{Action, Note, Plan, Wait, plan_removal};
use portreeve_decisions::resource_id::ResourceId;
use time::OffsetDateTime;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::AzureError;
use crate::observed_target::{AskedTarget, ObservedTarget, TargetSight};
use crate::outcome::{AwaitedTurn, Outcome};
use crate::story::Story;
use crate::target_locks::Turn;

impl Azure {
    /// Brings everything about the subject to what the allowlist in force says. Never fails as a whole: what failed
    /// stands in the outcome beside what was done. Where a limit is used up, each read waits for `patience` at most once the
    /// work has begun.
    pub async fn reconcile(
        &self,
        job: &ReconcileJob,
        in_force: &InForce,
        story: &Story,
        patience: Duration,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let arm = match self.arm_in_turn(story, job.awaits.as_deref(), &job.queue_key(), patience) {
            Ok(arm) => arm,
            Err(booked) => {
                outcome.say(format!("{} are used up; it goes on in its turn at {}", booked.limit, booked.due));
                outcome.turns.insert(job.subject.clone(), AwaitedTurn { booked, was_answered: false });
                return outcome;
            }
        };
        let run = Run { azure: self, arm, story, in_force, job, started_at: self.now() };
        if job.awaits.is_none() && run.is_in_line(&job.subject, &mut outcome) {
            return outcome;
        }
        let result = match &job.subject {
            Subject::Endpoint(id) => run.endpoint(id, &mut outcome).await,
            Subject::Target(id) => run.target(id, &mut outcome).await,
            Subject::NetworkInterface(id) => run.network_interface(id, &mut outcome).await,
        };
        if let Err(error) = result {
            run.keep(&job.subject, job.subject.id(), error, &mut outcome);
        }
        outcome
    }
}

/// How long a reconcile waits for the others of its target. Longer, and those of one slow target would keep all others from
/// running.
const TARGET_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long the connections of a target are settled in one reconcile: half of the time that a job has.
const TARGET_SETTLED_FOR: Duration = Duration::from_secs(60);

/// One reconcile, and what it works with.
pub(crate) struct Run<'a> {
    pub azure: &'a Azure,
    pub arm: Arm,
    pub story: &'a Story,
    pub in_force: &'a InForce,
    pub job: &'a ReconcileJob,
    pub started_at: OffsetDateTime,
}

impl Run<'_> {
    /// Whether the subject's turn at a limit lies ahead. Its job reads the world anew, and earlier nothing can be done.
    fn is_in_line(&self, subject: &Subject, outcome: &mut Outcome) -> bool {
        let Some(due) = self.azure.turn_of(self.job, subject.clone()) else { return false };
        self.story.in_line(subject.id(), due, self.azure.now());
        outcome.say(format!("{} goes on in its turn at {due}", subject.id()));
        true
    }

    /// Keeps an error for what becomes of the work: `rest` goes on in its turn at a limit, or `subject` has failed.
    pub(crate) fn keep(&self, rest: &Subject, subject: &ResourceId, error: AzureError, outcome: &mut Outcome) {
        if let Some(failure) = outcome.awaits(rest, error) {
            outcome.fail(self.story, subject, failure);
        }
    }

    /// The same for an action.
    pub(crate) fn keep_action(
        &self,
        rest: &Subject,
        endpoint: &ResourceId,
        action: &Action,
        error: AzureError,
        outcome: &mut Outcome,
    ) {
        if let Some(failure) = outcome.awaits(rest, error) {
            self.story.failed(endpoint, action, &failure);
            outcome.failures.push(failure);
        }
    }

    async fn network_interface(&self, id: &ResourceId, outcome: &mut Outcome) -> Result<(), AzureError> {
        match self.arm.endpoint_of_interface(id).await? {
            Some(endpoint) if self.is_in_line(&Subject::Endpoint(endpoint.clone()), outcome) => Ok(()),
            Some(endpoint) => self.endpoint(&endpoint, outcome).await,
            None => {
                outcome.say(format!("{id} is not the interface of a private endpoint"));
                Ok(())
            }
        }
    }

    async fn endpoint(&self, id: &ResourceId, outcome: &mut Outcome) -> Result<(), AzureError> {
        match self.arm.private_endpoint(id).await? {
            EndpointSight::Seen(endpoint) => {
                for request in &endpoint.requests {
                    self.request(&endpoint, request, outcome).await?;
                }
                Ok(())
            }
            EndpointSight::Gone => self.removed(id, outcome).await,
            EndpointSight::Unreadable(why) => {
                self.unreadable(id, why, outcome);
                Ok(())
            }
        }
    }

    pub(crate) fn note(&self, endpoint: &ResourceId, note: &Note) {
        let is_news = self.azure.noted.insert(format!("{} {note}", endpoint.key()), self.azure.now());
        self.story.noted(endpoint, note, is_news);
    }

    fn unreadable(&self, endpoint: &ResourceId, why: String, outcome: &mut Outcome) {
        self.note(endpoint, &Note::EndpointUnreadable(why));
        outcome.say(format!("{endpoint} cannot be read"));
    }

    /// The connections of one of the endpoint's requests, found on the target by the endpoint's id: their names differ
    /// between the sides.
    async fn request(
        &self,
        endpoint: &Endpoint,
        request: &ConnectionRequest,
        outcome: &mut Outcome,
    ) -> Result<(), AzureError> {
        let Some(target) = &request.target else {
            self.note(&endpoint.id, &Note::Alias);
            return Ok(());
        };
        let Some(turn) = self.turn_on(target, outcome).await else { return Ok(()) };
        let endpoint = &match turn.waited {
            false => endpoint.clone(),
            true => match self.arm.private_endpoint(&endpoint.id).await? {
                EndpointSight::Seen(fresh) => fresh,
                // Deleted meanwhile; that has an event of its own.
                EndpointSight::Gone => return Ok(()),
                EndpointSight::Unreadable(why) => {
                    self.unreadable(&endpoint.id, why, outcome);
                    return Ok(());
                }
            },
        };
        let asked = AskedTarget { id: target.clone(), group_ids: request.group_ids.clone() };
        let Some(mut target) = self.connections_to(&asked, Some(&endpoint.id), outcome).await? else { return Ok(()) };
        let mine = target.connections.iter().filter(|connection| connection.endpoint == endpoint.id);
        let mine: Vec<Connection> = mine.cloned().collect();
        if mine.is_empty() && request.status == ConnectionStatus::Pending {
            outcome.wait(self.story, &endpoint.id, Wait::NotListed);
        } else if mine.is_empty() {
            self.note(&endpoint.id, &Note::NotListed);
        }
        for connection in mine {
            self.settle(connection, Some(endpoint.clone()), &mut target, outcome).await;
        }
        Ok(())
    }

    /// All connections to a target, those that wait for a decision first: a target may have a thousand others.
    async fn target(&self, id: &ResourceId, outcome: &mut Outcome) -> Result<(), AzureError> {
        let asked = AskedTarget::listing(id);
        let Some(_turn) = self.turn_on(&asked.id, outcome).await else { return Ok(()) };
        let Some(mut target) = self.connections_to(&asked, None, outcome).await? else { return Ok(()) };
        let mut connections = target.connections.clone();
        connections.sort_by_key(|connection| connection.status != ConnectionStatus::Pending);
        if connections.is_empty() {
            outcome.say(format!("{id} has no connections"));
        }
        for connection in connections {
            let subject = Subject::Endpoint(connection.endpoint.clone());
            let is_over_time = self.azure.now() - self.started_at > TARGET_SETTLED_FOR;
            // Nothing is left to do for one that is approved but what its endpoint tells.
            if is_over_time && connection.status == ConnectionStatus::Approved {
                outcome.rest.insert(subject);
            } else if !self.is_in_line(&subject, outcome) {
                self.settle(connection, None, &mut target, outcome).await;
            }
        }
        if !outcome.rest.is_empty() {
            outcome.say(format!("{} connections are settled one by one", outcome.rest.len()));
        }
        Ok(())
    }

    /// The turn on a target, or `None`, said, where others take too long.
    async fn turn_on(&self, target: &ResourceId, outcome: &mut Outcome) -> Option<Turn> {
        let turn = self.azure.within(TARGET_WAIT_MAX, self.azure.targets.turn(target)).await;
        if turn.is_none() {
            outcome.say(Wait::TargetBusy.to_string());
            outcome.wait = Some(Wait::TargetBusy);
        }
        turn
    }

    /// The connections of a target, or `None`, said, where it is unknown to us or out of our reach.
    async fn connections_to(
        &self,
        asked: &AskedTarget,
        endpoint: Option<&ResourceId>,
        outcome: &mut Outcome,
    ) -> Result<Option<ObservedTarget>, AzureError> {
        let target = &asked.id;
        match self.azure.observe_target(&self.arm, self.story, asked).await? {
            TargetSight::Seen(target) => return Ok(Some(target)),
            TargetSight::Unknown(why) => {
                self.story.held_as_unknown(target, endpoint, &why);
                outcome.say(format!("type {} is not known: {why}", target.resource_type()));
            }
            // Another tenant's target, a deleted one, or one that nobody gave us a role on.
            TargetSight::OutOfReach(error) => {
                self.story.held_as_unreadable(target, endpoint, &error);
                outcome.say(format!("{target} cannot be read: {}", error.detail));
                // It may only just be made, and its subscription only just ours to read.
                outcome.may_be_late = true;
            }
        }
        Ok(None)
    }

    /// The endpoint is gone: its own records go. It is looked for once more before that, because listing all records
    /// takes time, in which it may have been made again.
    async fn removed(&self, endpoint: &ResourceId, outcome: &mut Outcome) -> Result<(), AzureError> {
        let listings = self.azure.listings.fresh();
        let zones = self.azure.zones.zones(&self.arm, self.in_force.dns(), self.started_at, self.azure.now()).await?;
        let mut plan = Plan::default();
        for zone in &zones {
            let records = listings.get_or_read(&zone.id, self.arm.record_sets_in(&zone.id)).await?;
            plan.actions.extend(plan_removal(endpoint, &records).actions);
        }
        outcome.say(format!("{endpoint} is gone, {} record sets of its own", plan.actions.len()));
        if plan.is_empty() {
            outcome.may_be_late = true;
            return Ok(());
        }
        if self.is_made_again(endpoint, outcome).await? {
            return Ok(());
        }
        for action in &plan.actions {
            match self.azure.apply(&self.arm, self.story, action).await {
                Ok(_) => {
                    self.story.acted(endpoint, action, None);
                    outcome.say(action.to_string());
                }
                // Somebody may have written it since: whether it is still to go, another look decides.
                Err(error) => self.keep_action(&self.job.subject, endpoint, action, error, outcome),
            }
        }
        // One that was made again meanwhile may have found its record as it should be, and left it so.
        self.is_made_again(endpoint, outcome).await.map(|_| ())
    }

    /// Whether an endpoint that was gone is there again, or may be: then it is reconciled once more.
    async fn is_made_again(&self, endpoint: &ResourceId, outcome: &mut Outcome) -> Result<bool, AzureError> {
        let is_there = self.arm.private_endpoint(endpoint).await? != EndpointSight::Gone;
        if is_there {
            outcome.wait(self.story, endpoint, Wait::MadeAgain);
        }
        Ok(is_there)
    }
}

#[cfg(test)]
mod tests;
