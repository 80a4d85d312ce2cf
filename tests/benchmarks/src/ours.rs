//! Portreeve's own decision, behind the data that everything here is written in. The only use of its interface.

use portreeve_decisions::allowlist::{self, Allowlist};
use portreeve_decisions::decide::{Approved, ConnectionFacts, Decision, Explanation, decide, explain, might_act};
use portreeve_decisions::resource_id::ResourceId;
use time::Date;

use crate::connection::Connection;
use crate::rules::{Effect, Fact, Verdict};

/// A parsed allowlist.
#[derive(Debug)]
pub struct Ours(Allowlist);

/// A connection as Portreeve is asked about it.
#[derive(Debug)]
pub struct Question {
    target: ResourceId,
    endpoint: ResourceId,
    group_ids: Option<Vec<String>>,
    location: Option<String>,
    tenant: Option<String>,
    endpoint_location: Option<String>,
    virtual_network: Option<ResourceId>,
    service: Option<ResourceId>,
    message: Option<String>,
    approved: Option<u32>,
}

impl Question {
    /// Reads the ids.
    ///
    /// # Panics
    /// Where the connection's facts make no resource id.
    #[must_use]
    pub fn new(connection: &Connection) -> Self {
        let id = |text: String| ResourceId::parse(&text).unwrap_or_else(|problem| panic!("{problem}"));
        let one = |fact| connection.get(fact).map(|_| connection.one(fact).to_owned());
        Self {
            target: id(connection.target_id()),
            endpoint: id(connection.endpoint_id()),
            group_ids: connection.get(Fact::GroupIds).map(<[String]>::to_vec),
            location: one(Fact::TargetLocation),
            tenant: one(Fact::RequesterTenant),
            endpoint_location: one(Fact::RequesterLocation),
            virtual_network: one(Fact::RequesterVirtualNetwork).map(id),
            service: one(Fact::RequesterService).map(id),
            message: one(Fact::RequesterMessage),
            approved: connection.approved,
        }
    }

    /// What Portreeve is told.
    #[must_use]
    pub fn facts(&self) -> ConnectionFacts<'_> {
        ConnectionFacts {
            target_location: self.location.as_deref(),
            group_ids: self.group_ids.as_deref(),
            tenant: self.tenant.as_deref(),
            endpoint_location: self.endpoint_location.as_deref(),
            virtual_network: self.virtual_network.as_ref(),
            service: self.service.as_ref(),
            message: self.message.as_deref(),
            approved: self.approved.map_or(Approved::Unknown, Approved::Count),
            ..ConnectionFacts::new(&self.target, &self.endpoint)
        }
    }
}

impl Ours {
    /// Reads a file's text.
    ///
    /// # Panics
    /// Where the file is refused: what is written here is meant to be right.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(Allowlist::parse(text).unwrap_or_else(|error| panic!("{error}")))
    }

    /// Decides.
    #[must_use]
    pub fn decide(&self, question: &Question, today: Date) -> Decision {
        decide(&self.0, question.facts(), today)
    }

    /// Whether reading more facts could make the decision other than hold.
    #[must_use]
    pub fn might_act(&self, question: &Question, today: Date) -> bool {
        might_act(&self.0, question.facts(), today)
    }

    /// Decides, and says why.
    #[must_use]
    pub fn explain(&self, question: &Question, today: Date) -> Explanation {
        explain(&self.0, question.facts(), today)
    }
}

/// The decision in the words that all engines are compared by.
#[must_use]
pub fn verdict(decision: &Decision) -> Verdict {
    let effect = match decision.effect {
        allowlist::Effect::Approve => Effect::Approve,
        allowlist::Effect::Hold => Effect::Hold,
        allowlist::Effect::Reject => Effect::Reject,
    };
    Verdict { effect, rule: decision.rule().map(str::to_owned) }
}
