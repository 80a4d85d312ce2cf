//! What is logged of one piece of work: a record for each decision, each action and each thing left alone.
//!
//! Every record carries the story's `correlation_id`, which is also the client request id of our ARM requests, so that
//! our log joins with Azure's activity log. Field names are the same everywhere; `event` says what kind of record it is.

use std::net::IpAddr;

use portreeve_decisions::allowlist::KnownConnection;
use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::decide::{Decision, Explanation, Reason};
use portreeve_decisions::facts::{Connection, ConnectionStatus};
use portreeve_decisions::in_force::AllowlistVersion;
use portreeve_decisions::plan::{Action, Note, Wait};
use portreeve_decisions::resource_id::ResourceId;
use portreeve_decisions::untrusted::escaped;
use time::OffsetDateTime;
use tracing::{debug, error, info, warn};

use crate::error::AzureError;

/// Requesters may write 140 characters; some providers let them write more.
const MESSAGE_MAX_CHARS: usize = 200;
/// A dozen group ids, or of zones.
const LEARNED_MAX_CHARS: usize = 800;

/// One event's, job's or sweep's work, from waking to done.
#[derive(Clone, Debug)]
pub struct Story {
    /// Ties all records of the work together, across Functions and jobs.
    pub correlation_id: String,
}

impl Story {
    /// A story by this id.
    #[must_use]
    pub fn new(correlation_id: impl Into<String>) -> Self {
        Self { correlation_id: correlation_id.into() }
    }

    /// Records a decision with what it was made from and why it came out so, and with the version of the allowlist.
    pub(crate) fn decided(
        &self,
        connection: &Connection,
        known: &KnownConnection,
        explanation: &Explanation,
        version: Option<&AllowlistVersion>,
        now: OffsetDateTime,
    ) {
        let Explanation { decision, lost, nearest } = explanation;
        let (owner, ticket) = match &decision.reason {
            Reason::Rule { owner, ticket, .. } => (owner.as_deref(), ticket.as_deref()),
            Reason::NoRule | Reason::Unknown { .. } | Reason::NoAllowlist(_) => (None, None),
        };
        // Once the connection is decided, the description is the decider's.
        let request_message = (connection.status == ConnectionStatus::Pending)
            .then(|| escaped(&connection.description, MESSAGE_MAX_CHARS));
        let group_ids = known.group_ids.as_ref().map(|ids| escaped(&ids.join(","), MESSAGE_MAX_CHARS));
        let addresses = known.address.as_ref().map(|all| shown(all));
        let also_matched = (!lost.is_empty()).then(|| lost.join(","));
        let nearest: Vec<String> = nearest.iter().map(ToString::to_string).collect();
        info!(
            event = "decision",
            correlation_id = self.correlation_id,
            effect = decision.effect.as_str(),
            rule = decision.rule(),
            rule_owner = owner,
            rule_ticket = ticket,
            reason = %decision.reason,
            also_matched,
            nearest = (!nearest.is_empty()).then(|| nearest.join("; ")),
            connection = %connection.id,
            target_id = %connection.target,
            endpoint = %connection.endpoint,
            group_ids,
            status = escaped(connection.status.as_str(), 40),
            request_message,
            target_location = known.target_location.as_deref().map(fit),
            endpoint_location = known.endpoint_location.as_deref().map(fit),
            virtual_network = known.virtual_network.as_ref().map(ResourceId::as_str),
            addresses,
            tenant = known.tenant,
            service = known.service.as_ref().map(ResourceId::as_str),
            allowlist_hash = version.map(|version| version.hash.as_str()),
            allowlist_source = version.map(|version| version.source.as_str()),
            allowlist_age_seconds = version.map(|version| version.age_seconds(now)),
            "{}: {}", decision.effect.as_str(), decision.reason
        );
    }

    /// The endpoint turned out to ask for something else than what was decided on: it was made anew in between.
    pub(crate) fn decided_on_old_facts(&self, connection: &Connection, decision: &Decision) {
        error!(
            event = "note",
            correlation_id = self.correlation_id,
            rule = decision.rule(),
            connection = %connection.id,
            endpoint = %connection.endpoint,
            remedy = "look at the endpoint, and remove the connection if it is not what the rule is for",
            "the endpoint asks for other group ids than those that were decided on"
        );
    }

    /// Records what a provider told of a type that the catalogue does not have, or not in a version that this cloud has.
    pub(crate) fn learned_version(&self, subscription: &str, target_type: &str, api_version: &str) {
        info!(
            event = "learned",
            correlation_id = self.correlation_id,
            target_type,
            subscription,
            api_version = fit(api_version),
            "learned of {target_type} from its provider: api-version {}",
            fit(api_version)
        );
    }

    /// Records that the zones of a target's names could not be learned.
    pub(crate) fn learned_no_names(&self, target: &ResourceId, failure: &AzureError) {
        self.not_learned(target, failure, "the zones of its names");
    }

    /// Records that no api-version could be learned in the place of one that was refused.
    pub(crate) fn learned_no_version(&self, target: &ResourceId, failure: &AzureError) {
        self.not_learned(target, failure, "another api-version");
    }

    fn not_learned(&self, target: &ResourceId, failure: &AzureError, what: &str) {
        let target_type = target.resource_type();
        warn!(
            event = "failure",
            correlation_id = self.correlation_id,
            target_type,
            target_id = %target,
            error = %failure,
            remedy = failure.remedy(),
            "{what} could not be learned of {target_type}: {failure}"
        );
    }

    /// Records what a target told of its group ids and zones.
    pub(crate) fn learned_names(&self, target: &ResourceId, learned: &TargetType) {
        let target_type = target.resource_type();
        let listed = |words: Vec<&str>| escaped(&words.join(","), LEARNED_MAX_CHARS);
        let group_ids = listed(learned.group_ids.listed().iter().map(String::as_str).collect());
        let zones = listed(learned.zones.iter().map(|zone| zone.private_zone.as_str()).collect());
        info!(
            event = "learned",
            correlation_id = self.correlation_id,
            target_type,
            target_id = %target,
            group_ids,
            zones,
            "learned of {target_type} from the target: group ids {group_ids}; zones {zones}"
        );
    }

    /// Records that nothing is done about a target's connections, of which one is this endpoint's, where it is known.
    pub(crate) fn held_as_unknown(&self, target: &ResourceId, endpoint: Option<&ResourceId>, failure: &AzureError) {
        let target_type = target.resource_type();
        warn!(
            event = "note",
            correlation_id = self.correlation_id,
            target_type,
            target_id = %target,
            endpoint = endpoint.map(ResourceId::as_str),
            error = %failure,
            remedy = failure.remedy(),
            "type {target_type} is not in the catalogue and could not be learned, so its connections are held: {failure}"
        );
    }

    /// The same of a target that cannot be read.
    pub(crate) fn held_as_unreadable(&self, target: &ResourceId, endpoint: Option<&ResourceId>, failure: &AzureError) {
        warn!(
            event = "note",
            correlation_id = self.correlation_id,
            target_id = %target,
            endpoint = endpoint.map(ResourceId::as_str),
            error = %failure,
            remedy = failure.remedy(),
            "the target cannot be read, so its connections are held"
        );
    }

    pub(crate) fn acted(&self, endpoint: &ResourceId, action: &Action, rule: Option<&str>) {
        info!(event = "action", correlation_id = self.correlation_id, action = kind(action), rule, %endpoint, outcome = "done", "{action}");
    }

    pub(crate) fn failed(&self, endpoint: &ResourceId, action: &Action, failure: &AzureError) {
        // Where a person can do something about it, somebody must.
        let remedy = failure.remedy();
        if remedy.is_some() {
            error!(event = "action", correlation_id = self.correlation_id, action = kind(action), %endpoint, outcome = "failed", error = %failure, remedy, "{action}: {failure}");
            return;
        }
        warn!(
            event = "action",
            correlation_id = self.correlation_id,
            action = kind(action),
            %endpoint,
            outcome = "failed",
            error = %failure,
            "{action}: {failure}"
        );
    }

    /// Records a note; one that is no news is kept from the log's usual levels.
    pub(crate) fn noted(&self, endpoint: &ResourceId, note: &Note, is_news: bool) {
        if !is_news {
            debug!(event = "note", correlation_id = self.correlation_id, %endpoint, "{note}");
        } else if note.needs_attention() {
            warn!(event = "note", correlation_id = self.correlation_id, %endpoint, "{note}");
        } else {
            info!(event = "note", correlation_id = self.correlation_id, %endpoint, "{note}");
        }
    }

    pub(crate) fn waits(&self, endpoint: &ResourceId, wait: Wait) {
        info!(event = "wait", correlation_id = self.correlation_id, %endpoint, "{wait}");
    }

    /// Records that a job which lies ahead does all that there is to do about a subject.
    pub(crate) fn in_line(&self, subject: &ResourceId, due: OffsetDateTime, now: OffsetDateTime) {
        let in_seconds = (due - now).whole_seconds();
        info!(event = "deferred", correlation_id = self.correlation_id, %subject, in_seconds, "a job that is queued already goes on with it in {in_seconds} s");
    }

    /// Records why something could not be done at all.
    pub fn stopped(&self, subject: &ResourceId, failure: &AzureError) {
        let remedy = failure.remedy();
        if remedy.is_some() {
            error!(event = "failure", correlation_id = self.correlation_id, %subject, error = %failure, remedy, "{failure}");
        } else {
            warn!(event = "failure", correlation_id = self.correlation_id, %subject, error = %failure, "{failure}");
        }
    }
}

/// An endpoint has a dozen addresses at most.
fn shown(addresses: &[IpAddr]) -> String {
    addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(",")
}

/// A region's or version's name is Azure's, and still nothing that may break a line.
fn fit(word: &str) -> String {
    escaped(word, 60)
}

fn kind(action: &Action) -> &'static str {
    match action {
        Action::Approve(_) => "approve",
        Action::Reject(_) => "reject",
        Action::CreateRecordSet { .. } => "create_record_set",
        Action::ReplaceRecordSet { .. } => "replace_record_set",
        Action::DeleteRecordSet { .. } => "delete_record_set",
        Action::CreateZone(_) => "create_zone",
        Action::QueueValidation { .. } => "queue_validation",
    }
}
