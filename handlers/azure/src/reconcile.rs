//! Reconciles: observe, decide, plan, apply, until there is nothing left to do now.
//!
//! The same code runs for an event, a deferred job, a sweep and a person at the command line. It may run twice, late,
//! concurrently or out of order, and may be dropped at any await: what it has not done, the next run finds undone.

use portreeve_decisions::allowlist::Effect;
use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::decide::Decision;
use portreeve_decisions::event::Subject;
use portreeve_decisions::facts::{Connection, ConnectionStatus, Endpoint, EndpointSight};
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::plan::{Note, Observation, Plan, Wait, plan, plan_removal};
use portreeve_decisions::resource_id::ResourceId;

use crate::apply::{Applied, apply_to_record_set};
use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};
use crate::observe::Observer;
use crate::story::Story;

/// Approve, write records, write them again after somebody else did: more rounds mean that the world will not hold
/// still, and a later job does better.
const ROUNDS_MAX: usize = 4;

/// What a reconcile came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One line for each connection, for people.
    pub summary: Vec<String>,
    /// What Azure has yet to do.
    pub wait: Option<Wait>,
    /// The failures, each already logged.
    pub failures: Vec<AzureError>,
}

impl Outcome {
    /// Whether the work must be taken up again later.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.wait.is_some() || !self.failures.is_empty()
    }

    fn say(&mut self, line: impl Into<String>) {
        self.summary.push(line.into());
    }

    fn fail(&mut self, story: &Story, subject: &ResourceId, error: AzureError) {
        story.stopped(subject, &error);
        self.failures.push(error);
    }
}

impl Azure {
    /// Brings everything about the subject to what the allowlist in force says. Never fails as a whole: what failed
    /// stands in the outcome beside what was done.
    pub async fn reconcile(&self, subject: &Subject, in_force: &InForce, story: &Story) -> Outcome {
        let run = Run { azure: self, arm: self.arm(story), story, in_force, started_at: self.now() };
        let mut outcome = Outcome::default();
        let result = match subject {
            Subject::Endpoint(id) => run.endpoint(id, &mut outcome).await,
            Subject::Target(id) => run.target(id, &mut outcome).await,
            Subject::NetworkInterface(id) => run.network_interface(id, &mut outcome).await,
        };
        if let Err(error) = result {
            outcome.fail(story, subject.id(), error);
        }
        outcome
    }
}

struct Run<'a> {
    azure: &'a Azure,
    arm: Arm,
    story: &'a Story,
    in_force: &'a InForce,
    started_at: time::OffsetDateTime,
}

impl Run<'_> {
    async fn network_interface(&self, id: &ResourceId, outcome: &mut Outcome) -> Result<(), AzureError> {
        match self.arm.endpoint_of_interface(id).await? {
            Some(endpoint) => self.endpoint(&endpoint, outcome).await,
            None => {
                outcome.say(format!("{id} is not the interface of a private endpoint"));
                Ok(())
            }
        }
    }

    async fn endpoint(&self, id: &ResourceId, outcome: &mut Outcome) -> Result<(), AzureError> {
        match self.arm.private_endpoint(id).await? {
            EndpointSight::Seen(endpoint) => self.requests_of(&endpoint, outcome).await,
            EndpointSight::Gone => self.removed(id, outcome).await,
            EndpointSight::Unreadable(why) => {
                self.story.noted(id, &Note::EndpointUnreadable(why));
                outcome.say(format!("{id} cannot be read"));
                Ok(())
            }
        }
    }

    /// The endpoint's connections, each found on its target by the endpoint's id: their names differ between the sides.
    async fn requests_of(&self, endpoint: &Endpoint, outcome: &mut Outcome) -> Result<(), AzureError> {
        for request in &endpoint.requests {
            let Some(target) = &request.target else {
                self.story.noted(&endpoint.id, &Note::Alias);
                continue;
            };
            let turn = self.azure.targets.turn(target).await;
            let endpoint = &match turn.waited {
                false => endpoint.clone(),
                true => match self.arm.private_endpoint(&endpoint.id).await? {
                    EndpointSight::Seen(fresh) => fresh,
                    // Deleted meanwhile; that has an event of its own.
                    EndpointSight::Gone | EndpointSight::Unreadable(_) => return Ok(()),
                },
            };
            let Some((row, connections)) = self.connections_to(target, outcome).await? else { continue };
            let mine: Vec<Connection> =
                connections.into_iter().filter(|connection| connection.endpoint == endpoint.id).collect();
            if mine.is_empty() && request.status == ConnectionStatus::Pending {
                self.wait(&endpoint.id, Wait::NotListed, outcome);
            } else if mine.is_empty() {
                self.story.noted(&endpoint.id, &Note::NotListed);
            }
            for connection in mine {
                self.settle_and_say(connection, Some(endpoint.clone()), row, outcome).await;
            }
        }
        Ok(())
    }

    async fn target(&self, id: &ResourceId, outcome: &mut Outcome) -> Result<(), AzureError> {
        let _turn = self.azure.targets.turn(id).await;
        let Some((row, connections)) = self.connections_to(id, outcome).await? else { return Ok(()) };
        if connections.is_empty() {
            outcome.say(format!("{id} has no connections"));
        }
        for connection in connections {
            self.settle_and_say(connection, None, row, outcome).await;
        }
        Ok(())
    }

    /// The connections of a target, or `None`, said, where it is unknown to us or out of our reach.
    async fn connections_to(
        &self,
        target: &ResourceId,
        outcome: &mut Outcome,
    ) -> Result<Option<(&'static TargetType, Vec<Connection>)>, AzureError> {
        let Some(row) = self.azure.catalogue.target_type(target) else {
            let detail =
                format!("type {} is not in the catalogue, so its connections are held", target.resource_type());
            tracing::warn!(event = "note", correlation_id = self.story.correlation_id, target_id = %target, "{detail}");
            outcome.say(detail);
            return Ok(None);
        };
        match self.arm.connections_to(target, row).await {
            Ok(connections) => Ok(Some((row, connections))),
            Err(error) if error.is_out_of_reach() => {
                // Another tenant's target, a deleted one, or one that nobody gave us a role on.
                tracing::warn!(event = "note", correlation_id = self.story.correlation_id, target_id = %target, error = %error, remedy = error.remedy(), "the target cannot be read, so its connections are held");
                outcome.say(format!("{target} cannot be read: {}", error.detail));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// One connection. Its failure is kept beside the others' success.
    async fn settle_and_say(
        &self,
        connection: Connection,
        endpoint: Option<Endpoint>,
        row: &TargetType,
        outcome: &mut Outcome,
    ) {
        let id = connection.id.clone();
        match self.settle(connection, endpoint, row, outcome).await {
            Ok(()) => {}
            Err(error) => outcome.fail(self.story, &id, error),
        }
    }

    async fn settle(
        &self,
        mut connection: Connection,
        endpoint: Option<Endpoint>,
        row: &TargetType,
        outcome: &mut Outcome,
    ) -> Result<(), AzureError> {
        let observer = self.observer(row);
        let mut sight = match endpoint {
            Some(endpoint) => EndpointSight::Seen(endpoint),
            None => self.arm.private_endpoint(&connection.endpoint).await?,
        };
        let group_ids = observer.group_ids(&connection, &sight);
        let facts = observer.facts(&connection, group_ids.as_deref());
        let decision = self.in_force.decide(facts, self.azure.now().date());
        self.story.decided(&connection, sight.seen(), &decision);
        outcome.say(format!("{} {}: {}", decision.effect.as_str(), connection.endpoint, decision.reason));
        // Nothing can stand where a record is about to be created for the first time, so it is not read first.
        let mut read_records = connection.status != ConnectionStatus::Pending;
        for _ in 0..ROUNDS_MAX {
            let observation = self.observe(&observer, &connection, &sight, &decision, read_records).await?;
            match self.carry_out(&observation, &decision, row, outcome).await? {
                Round::Done => return Ok(()),
                Round::StatusWritten(status, provisioning_state) => {
                    connection.status = status;
                    connection.provisioning_state = provisioning_state;
                    sight = self.arm.private_endpoint(&connection.endpoint).await?;
                }
                Round::RecordChanged => read_records = true,
            }
        }
        let detail = "somebody else keeps changing what is to be written";
        Err(AzureError::new(ErrorKind::Conflict, format!("settle {}", connection.id), detail))
    }

    async fn observe(
        &self,
        observer: &Observer<'_>,
        connection: &Connection,
        sight: &EndpointSight,
        decision: &Decision,
        read_records: bool,
    ) -> Result<Observation, AzureError> {
        if connection.status == ConnectionStatus::Approved && decision.effect == Effect::Approve {
            observer.with_names(connection, sight, read_records).await
        } else {
            Ok(observer.without_names(connection, sight))
        }
    }

    /// Plans and applies one round.
    async fn carry_out(
        &self,
        observation: &Observation,
        decision: &Decision,
        row: &TargetType,
        outcome: &mut Outcome,
    ) -> Result<Round, AzureError> {
        let endpoint = &observation.connection.endpoint;
        let Plan { actions, notes, wait } = plan(observation, decision);
        for note in &notes {
            self.story.noted(endpoint, note);
            outcome.say(note.to_string());
        }
        if let Some(wait) = wait {
            self.wait(endpoint, wait, outcome);
        }
        let mut round = Round::Done;
        for action in &actions {
            match self.azure.apply(&self.arm, self.story, row, action).await {
                Ok(applied) => {
                    self.story.acted(endpoint, action, decision.rule());
                    outcome.say(action.to_string());
                    if let Applied::StatusWritten(status, provisioning_state) = applied {
                        round = Round::StatusWritten(status, provisioning_state);
                    }
                }
                Err(error) if error.kind == ErrorKind::PreconditionFailed => return Ok(Round::RecordChanged),
                Err(error) => {
                    self.story.failed(endpoint, action, &error);
                    return Err(error);
                }
            }
        }
        Ok(round)
    }

    /// The endpoint is gone: its own records go.
    async fn removed(&self, endpoint: &ResourceId, outcome: &mut Outcome) -> Result<(), AzureError> {
        let zones = self.azure.zones(&self.arm, self.in_force.zone_scopes(), time::OffsetDateTime::UNIX_EPOCH).await?;
        let mut records = Vec::new();
        for zone in &zones {
            records.extend(self.arm.record_sets_in(&zone.id).await?);
        }
        let plan = plan_removal(endpoint, &records);
        outcome.say(format!("{endpoint} is gone, {} record sets of its own", plan.actions.len()));
        for action in &plan.actions {
            match apply_to_record_set(&self.arm, action).await {
                Ok(()) => self.story.acted(endpoint, action, None),
                // Somebody wrote it since: whether it is still to go, another look decides.
                Err(error) => {
                    self.story.failed(endpoint, action, &error);
                    outcome.failures.push(error);
                    continue;
                }
            }
            outcome.say(action.to_string());
        }
        Ok(())
    }

    fn observer<'a>(&'a self, row: &'a TargetType) -> Observer<'a> {
        let Self { azure, arm, story, in_force, started_at } = self;
        Observer { azure, arm, story, in_force, row, started_at: *started_at }
    }

    fn wait(&self, endpoint: &ResourceId, wait: Wait, outcome: &mut Outcome) {
        self.story.waits(endpoint, wait);
        outcome.say(wait.to_string());
        outcome.wait = Some(wait);
    }
}

/// What one round left to do.
enum Round {
    /// Nothing now.
    Done,
    /// The connection has a new status: the endpoint tells more now.
    StatusWritten(ConnectionStatus, Option<String>),
    /// Somebody wrote a record since it was read: look again.
    RecordChanged,
}
