//! Settles one connection: observe, decide, plan, apply, until there is nothing left to do now.

use std::sync::Arc;
use std::time::Duration;

use portreeve_decisions::allowlist::{Effect, KnownConnection};
use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::decide::Decision;
use portreeve_decisions::event::Subject;
use portreeve_decisions::facts::{Connection, ConnectionStatus, Endpoint, EndpointSight};
use portreeve_decisions::plan::{Action, Note, Observation, Plan, plan};

use crate::apply::Applied;
use crate::error::{AzureError, ErrorKind};
use crate::gather::{Gatherer, facts_among};
use crate::observe::Observer;
use crate::observed_target::ObservedTarget;
use crate::outcome::Outcome;
use crate::private_endpoint_connection::IsSettling;
use crate::reconcile::Run;

/// Approve, write records, write them again after somebody else did: more rounds mean that the world will not hold
/// still, and a later job does better.
const ROUNDS_MAX: usize = 4;

/// A connection that waits, and was listed longer ago, is read anew before it is decided on. A target may have a thousand, and
/// each request may wait for its turn.
const LISTED_LATELY: Duration = Duration::from_secs(5);

/// What one round left to do.
enum Round {
    /// Nothing now.
    Done,
    /// The connection has a new status, though the write may still be under way: the endpoint tells more now.
    StatusWritten(ConnectionStatus, IsSettling),
    /// A zone is there that was not: look again.
    ZoneCreated,
    /// Somebody wrote a record since it was read: look again.
    RecordChanged,
}

impl Run<'_> {
    /// Settles one connection. Its failure is kept beside the others' success.
    pub(crate) async fn settle(
        &self,
        connection: Connection,
        endpoint: Option<Endpoint>,
        target: &mut ObservedTarget,
        outcome: &mut Outcome,
    ) {
        let id = connection.id.clone();
        let mut rest = self.job.subject.clone();
        let settled = async {
            match self.as_it_is(connection, target).await? {
                Some(connection) => self.rounds(connection, endpoint, target, &mut rest, outcome).await,
                None => {
                    outcome.say(format!("{id} is not there any more"));
                    outcome.may_be_late = true;
                    Ok(())
                }
            }
        };
        if let Err(error) = settled.await {
            self.keep(&rest, &id, error, outcome);
        }
    }

    /// The connection, read anew where it would be written to by what was listed a while ago: somebody may have decided on
    /// it by hand. None where it is gone, or another's.
    async fn as_it_is(
        &self,
        connection: Connection,
        target: &ObservedTarget,
    ) -> Result<Option<Connection>, AzureError> {
        if connection.status != ConnectionStatus::Pending || self.azure.now() - target.listed_at < LISTED_LATELY {
            return Ok(Some(connection));
        }
        let seen = self.arm.connection(&connection.id, &target.row).await?;
        Ok(seen.filter(|seen| seen.endpoint == connection.endpoint))
    }

    async fn rounds(
        &self,
        mut connection: Connection,
        endpoint: Option<Endpoint>,
        target: &mut ObservedTarget,
        rest: &mut Subject,
        outcome: &mut Outcome,
    ) -> Result<(), AzureError> {
        let observer = self.observer(target.row.clone());
        let mut sight = match endpoint {
            Some(endpoint) => EndpointSight::Seen(endpoint),
            None => self.arm.private_endpoint(&connection.endpoint).await?,
        };
        // What has to wait for a limit goes on from the endpoint, where it leads here: the target may have others.
        if sight.seen().is_some_and(|endpoint| endpoint.status_for(&connection.target).is_some()) {
            *rest = Subject::Endpoint(connection.endpoint.clone());
        }
        let gatherer =
            Gatherer { azure: self.azure, arm: &self.arm, in_force: self.in_force, row: &target.row.clone() };
        let known = gatherer.facts(&connection, &sight).await?;
        let approved = gatherer.approved_beside(target, &connection, &known).await?;
        let decision = self.decide(&connection, &known, &approved, outcome);
        if self.is_left_to_events(&connection, &decision) {
            let note = Note::LeftToEvents(decision.effect);
            self.note(&connection.endpoint, &note);
            outcome.say(note.to_string());
            return Ok(());
        }
        // Nothing can stand where a record is about to be created for the first time, so it is not read first.
        let mut read_records = connection.status != ConnectionStatus::Pending;
        for _ in 0..ROUNDS_MAX {
            let observation = self.observe(&observer, &connection, &sight, &decision, read_records).await?;
            match self.carry_out(&observation, &decision, rest, outcome).await? {
                Round::Done => return Ok(()),
                Round::StatusWritten(status, is_settling) => {
                    connection.status = status;
                    connection.is_settling = is_settling;
                    target.note_status(&connection);
                    sight = self.arm.private_endpoint(&connection.endpoint).await?;
                    if sight.seen().is_some() && observer.group_ids(&connection, &sight) != known.group_ids {
                        self.story.decided_on_old_facts(&connection, &decision);
                    }
                }
                Round::ZoneCreated => {}
                Round::RecordChanged => read_records = true,
            }
        }
        let detail = "somebody else keeps changing what is to be written";
        Err(AzureError::new(ErrorKind::Conflict, format!("settle {}", connection.id), detail))
    }

    /// Whether the file keeps sweeps from doing to a Pending connection what its rules say.
    fn is_left_to_events(&self, connection: &Connection, decision: &Decision) -> bool {
        let would_act = connection.status == ConnectionStatus::Pending && decision.effect != Effect::Hold;
        self.job.is_from_sweep && would_act && !self.in_force.sweeps_may(decision.effect)
    }

    fn decide(
        &self,
        connection: &Connection,
        known: &KnownConnection,
        approved: &[KnownConnection],
        outcome: &mut Outcome,
    ) -> Decision {
        let approved: Vec<_> = approved.iter().map(KnownConnection::facts).collect();
        let facts = facts_among(known, &connection.status, &approved);
        let explanation = self.in_force.explain(facts, self.azure.now().date());
        self.story.decided(connection, known, &explanation, self.in_force.version(), self.azure.now());
        outcome.say(format!("{}: {explanation}", connection.endpoint));
        explanation.decision
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

    /// Plans and applies one round. A record that cannot be written keeps no other from being written, but its endpoint
    /// is not proven until it can.
    async fn carry_out(
        &self,
        observation: &Observation,
        decision: &Decision,
        rest: &Subject,
        outcome: &mut Outcome,
    ) -> Result<Round, AzureError> {
        let endpoint = &observation.connection.endpoint;
        let Plan { actions, notes, wait } = plan(observation, decision);
        for note in &notes {
            self.note(endpoint, note);
            outcome.may_be_late |= note.may_be_late();
            outcome.say(note.to_string());
        }
        if let Some(wait) = wait {
            outcome.wait(self.story, endpoint, wait);
        }
        let mut round = Round::Done;
        let mut has_failed = false;
        for action in &actions {
            if has_failed && matches!(action, Action::QueueValidation { .. }) {
                continue;
            }
            match self.azure.apply(&self.arm, self.story, action).await {
                Ok(applied) => {
                    self.story.acted(endpoint, action, decision.rule());
                    outcome.say(action.to_string());
                    match applied {
                        Applied::Done => {}
                        Applied::ZoneCreated => round = Round::ZoneCreated,
                        Applied::StatusWritten(status, is_settling) => {
                            round = Round::StatusWritten(status, is_settling);
                        }
                    }
                }
                Err(error) if error.kind == ErrorKind::PreconditionFailed => return Ok(Round::RecordChanged),
                Err(error) => {
                    self.keep_action(rest, endpoint, action, error, outcome);
                    has_failed = true;
                }
            }
        }
        Ok(round)
    }

    fn observer(&self, row: Arc<TargetType>) -> Observer<'_> {
        let Self { azure, arm, story, in_force, started_at, job: _ } = self;
        Observer { azure, arm, story, in_force, row, started_at: *started_at }
    }
}
