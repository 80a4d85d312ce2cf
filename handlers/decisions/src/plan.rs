//! Plans what brings an observed connection to what was decided: an ordered list of actions that leaves nothing to choose.
//!
//! Beside the actions stand the notes, which say what was left alone and why, and at most one thing to wait for. Once a
//! plan is applied, observing and planning again gives an empty one.

mod note;

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

pub use self::note::{Note, Wait};
use crate::allowlist::Effect;
use crate::decide::Decision;
use crate::dns::{NewZone, ObservedName, RecordOwner, RecordReport, RecordSet, RecordSetRef, RecordStep, plan_records};
use crate::facts::{Connection, ConnectionStatus, Endpoint, EndpointSight};
use crate::resource_id::ResourceId;

/// Descriptions are at most 128 ASCII characters, which is SQL's limit and the lowest known.
const DESCRIPTION_MAX_CHARS: usize = 128;
/// An endpoint's names are the requester's text, and a subscription takes a thousand zones. No type needs more than six.
const NEW_ZONES_MAX: usize = 10;

/// Everything known about one connection at one moment.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The connection, as the target lists it.
    pub connection: Connection,
    /// The endpoint, as far as it can be read.
    pub endpoint: EndpointSight,
    /// Whether the endpoint has a DNS zone group: then Azure owns its records.
    pub has_zone_group: bool,
    /// Whether Azure has a call that decides connections to this type.
    pub can_be_decided: bool,
    /// Whether Azure names endpoints of this type; those of private link services may have no names.
    pub is_named_by_azure: bool,
    /// The endpoint's names, each with its zone and record.
    pub names: Vec<ObservedName>,
    /// Seconds that resolvers may keep records that are written.
    pub ttl_seconds: u32,
    /// Whether endpoints are proven at all.
    pub is_validation_enabled: bool,
    /// Whether a proof of this very state is queued already, as far as this process remembers.
    pub is_validation_queued: bool,
}

/// One change to the world.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// Approve the connection.
    Approve(ConnectionWrite),
    /// Reject the connection, for good.
    Reject(ConnectionWrite),
    /// Create a record set, if there is none.
    CreateRecordSet {
        /// Which.
        record_set: RecordSetRef,
        /// Its addresses.
        addresses: Vec<IpAddr>,
        /// Seconds that resolvers may keep it.
        ttl_seconds: u32,
        /// The endpoint that owns it from now on.
        owner: ResourceId,
    },
    /// Write a record set of ours anew, if it is as it was read.
    ReplaceRecordSet {
        /// Which.
        record_set: RecordSetRef,
        /// Its addresses.
        addresses: Vec<IpAddr>,
        /// Seconds that resolvers may keep it.
        ttl_seconds: u32,
        /// The endpoint that owns it from now on.
        owner: ResourceId,
        /// The etag that was read.
        etag: String,
    },
    /// Delete a record set of ours, if it is as it was read.
    DeleteRecordSet {
        /// Which.
        record_set: RecordSetRef,
        /// The etag that was read.
        etag: String,
    },
    /// Make a private DNS zone, if there is none, and link it. The records that go there come with the next look.
    CreateZone(NewZone),
    /// Have the connection proven.
    QueueValidation {
        /// The connection.
        connection: ResourceId,
        /// The endpoint.
        endpoint: ResourceId,
        /// What is to be proven: the names and addresses as they are now.
        state: String,
    },
}

/// The new state of a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnectionWrite {
    /// The connection.
    pub connection: ResourceId,
    /// The endpoint, which deny policies of the Cloud Adoption Framework want named in the body.
    pub endpoint: ResourceId,
    /// Non-empty, ASCII, at most 128 characters.
    pub description: String,
}

/// What to do, what not to do and why, and what to wait for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// The changes, in order.
    pub actions: Vec<Action>,
    /// What was left alone, and why.
    pub notes: Vec<Note>,
    /// What Azure has yet to do before more can be planned.
    pub wait: Option<Wait>,
}

impl Plan {
    /// Whether nothing is to be done now or later.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.wait.is_none()
    }
}

/// Plans one connection.
#[must_use]
pub fn plan(observation: &Observation, decision: &Decision) -> Plan {
    let connection = &observation.connection;
    match (&connection.status, decision.effect) {
        (ConnectionStatus::Pending, Effect::Hold) => Plan::default(),
        (ConnectionStatus::Pending, _) if !observation.can_be_decided => Plan::noting(Note::NoCallDecides),
        (ConnectionStatus::Pending, _) if connection.is_settling => Plan::waiting(Wait::Settling),
        (ConnectionStatus::Pending, Effect::Approve) => Plan::of(Action::Approve(write(connection, decision))),
        (ConnectionStatus::Pending, Effect::Reject) => Plan::of(Action::Reject(write(connection, decision))),
        (ConnectionStatus::Approved, Effect::Approve) if connection.is_settling => Plan::waiting(Wait::Settling),
        (ConnectionStatus::Approved, Effect::Approve) => plan_approved(observation),
        (ConnectionStatus::Approved, effect @ (Effect::Hold | Effect::Reject)) => {
            Plan::noting(Note::ApprovedOutsideAllowlist(effect))
        }
        (ConnectionStatus::Rejected, Effect::Approve) => Plan::noting(Note::RejectedForGood),
        (ConnectionStatus::Rejected, Effect::Hold | Effect::Reject) => Plan::default(),
        (ConnectionStatus::Disconnected, _) => Plan::noting(Note::Disconnected),
        (ConnectionStatus::Other(status), _) => Plan::noting(Note::StrangeStatus(status.clone())),
    }
}

/// Plans what follows an endpoint that is gone: its own records go, and nothing else.
#[must_use]
pub fn plan_removal(endpoint: &ResourceId, records: &[(RecordSetRef, RecordSet)]) -> Plan {
    let ours = records.iter().filter(|(_, record)| record.owner == RecordOwner::Endpoint(endpoint.clone()));
    let deletes = ours.map(|(record_set, record)| Action::DeleteRecordSet {
        record_set: record_set.clone(),
        etag: record.etag.clone(),
    });
    Plan { actions: deletes.collect(), ..Plan::default() }
}

fn plan_approved(observation: &Observation) -> Plan {
    let mut plan = match &observation.endpoint {
        EndpointSight::Gone => return Plan::noting(Note::EndpointGone),
        EndpointSight::Unreadable(why) => Plan::noting(Note::EndpointUnreadable(why.clone())),
        EndpointSight::Seen(endpoint) => plan_names(observation, endpoint),
    };
    let has_records_to_come = plan.actions.iter().any(|action| matches!(action, Action::CreateZone(_)));
    let is_due = observation.is_validation_enabled && !observation.is_validation_queued;
    if plan.wait.is_none() && !has_records_to_come && is_due {
        plan.actions.push(Action::QueueValidation {
            connection: observation.connection.id.clone(),
            endpoint: observation.connection.endpoint.clone(),
            state: state_of(observation),
        });
    }
    plan
}

fn plan_names(observation: &Observation, endpoint: &Endpoint) -> Plan {
    if endpoint.status_for(&observation.connection.target) == Some(&ConnectionStatus::Pending) {
        return Plan::waiting(Wait::EndpointBehind);
    }
    if observation.has_zone_group {
        return Plan::noting(Note::ZoneGroup);
    }
    if observation.names.is_empty() {
        return if observation.is_named_by_azure { Plan::waiting(Wait::NoNames) } else { Plan::noting(Note::NoNames) };
    }
    let mut plan = Plan::default();
    let (owner, ttl_seconds) = (&observation.connection.endpoint, observation.ttl_seconds);
    let steps = plan_records(&observation.names, owner);
    let new_zones: BTreeSet<&ResourceId> = steps.iter().filter_map(|(_, step)| step.new_zone()).collect();
    let has_too_many = new_zones.len() > NEW_ZONES_MAX;
    for (fqdn, step) in steps {
        match step {
            RecordStep::CreateZone(NewZone { zone, .. }) if has_too_many => {
                plan.notes.push(Note::Name(fqdn, RecordReport::TooManyZones(zone.name().to_owned())));
            }
            RecordStep::Keep => {}
            RecordStep::Create(record_set, addresses) => {
                plan.actions.push(Action::CreateRecordSet { record_set, addresses, ttl_seconds, owner: owner.clone() });
            }
            RecordStep::Replace(record_set, addresses, etag) => {
                let owner = owner.clone();
                plan.actions.push(Action::ReplaceRecordSet { record_set, addresses, ttl_seconds, owner, etag });
            }
            RecordStep::CreateZone(new_zone) => {
                let action = Action::CreateZone(new_zone);
                if !plan.actions.contains(&action) {
                    plan.actions.push(action);
                }
            }
            RecordStep::Report(report) => plan.notes.push(Note::Name(fqdn, report)),
        }
    }
    // A name of two address families has two records, and for both the same may be missing.
    plan.notes.dedup();
    plan
}

/// The names and addresses in one text: while it stays the same there is nothing new to prove. Azure promises no order
/// for either, so they are sorted.
#[must_use]
pub fn state_of(observation: &Observation) -> String {
    let state_of_name = |observed: &ObservedName| {
        let mut addresses: Vec<String> = observed.name.addresses.iter().map(ToString::to_string).collect();
        addresses.sort_unstable();
        format!("{}={}", observed.name.fqdn, addresses.join(","))
    };
    let mut names: Vec<String> = observation.names.iter().map(state_of_name).collect();
    names.sort_unstable();
    names.join(" ")
}

fn write(connection: &Connection, decision: &Decision) -> ConnectionWrite {
    let done = if decision.effect == Effect::Reject { "Rejected" } else { "Approved" };
    let description = format!("{done} by Portreeve, rule {}", decision.rule().unwrap_or("none"));
    let description = description.chars().filter(char::is_ascii).take(DESCRIPTION_MAX_CHARS).collect();
    ConnectionWrite { connection: connection.id.clone(), endpoint: connection.endpoint.clone(), description }
}

impl Plan {
    fn of(action: Action) -> Self {
        Self { actions: vec![action], ..Self::default() }
    }

    fn noting(note: Note) -> Self {
        Self { notes: vec![note], ..Self::default() }
    }

    fn waiting(wait: Wait) -> Self {
        Self { wait: Some(wait), ..Self::default() }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Approve(write) => write!(formatter, "approve {}", write.connection),
            Self::Reject(write) => write!(formatter, "reject {}", write.connection),
            Self::CreateRecordSet { record_set, addresses, .. } => {
                write!(formatter, "create {record_set} {addresses:?}")
            }
            Self::ReplaceRecordSet { record_set, addresses, .. } => {
                write!(formatter, "update {record_set} {addresses:?}")
            }
            Self::CreateZone(NewZone { zone, network }) => {
                write!(
                    formatter,
                    "create zone {} in {}, linked to {}",
                    zone.name(),
                    zone.resource_group(),
                    network.name()
                )
            }
            Self::DeleteRecordSet { record_set, .. } => write!(formatter, "delete {record_set}"),
            Self::QueueValidation { connection, .. } => write!(formatter, "queue validation of {connection}"),
        }
    }
}

impl fmt::Display for RecordSetRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { zone, record_type, name } = self;
        match name.as_str() {
            "@" => write!(formatter, "{record_type} {} in {}", zone.name(), zone.resource_group()),
            _ => write!(formatter, "{record_type} {name}.{} in {}", zone.name(), zone.resource_group()),
        }
    }
}

#[cfg(test)]
mod tests;
