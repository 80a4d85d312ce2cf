//! Portreeve's own decision, behind the data that everything here is written in. The only use of its interface.

use portreeve_decisions::allowlist::{self, Allowlist};
use portreeve_decisions::decide::{ConnectionFacts, Decision, Explanation, decide, explain};
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
}

impl Question {
    /// Reads the ids.
    ///
    /// # Panics
    /// Where the connection's facts make no resource id.
    #[must_use]
    pub fn new(connection: &Connection) -> Self {
        let id = |text: String| ResourceId::parse(&text).unwrap_or_else(|problem| panic!("{problem}"));
        Self {
            target: id(connection.target_id()),
            endpoint: id(connection.endpoint_id()),
            group_ids: connection.get(Fact::GroupIds).map(<[String]>::to_vec),
        }
    }

    fn facts(&self) -> ConnectionFacts<'_> {
        ConnectionFacts { group_ids: self.group_ids.as_deref(), ..ConnectionFacts::new(&self.target, &self.endpoint) }
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
