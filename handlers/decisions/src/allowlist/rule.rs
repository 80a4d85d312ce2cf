//! One rule: an effect, who answers for it, and the conditions that must all hold.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::Date;

use super::condition::{Conditions, Place};

/// What a rule, or a decision, does with a connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Approve it and keep its records.
    Approve,
    /// Leave it Pending for people to decide.
    Hold,
    /// Refuse it. Azure makes that final.
    Reject,
}

impl Effect {
    /// The word in the file and in the logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Hold => "hold",
            Self::Reject => "reject",
        }
    }

    /// Of rules that match, the one of the lowest rank decides.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Self::Reject => 0,
            Self::Hold => 1,
            Self::Approve => 2,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One rule of the allowlist. Without conditions it is about every connection.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name in decisions, logs and the connection's description.
    pub id: Box<str>,
    /// What it does.
    pub effect: Effect,
    /// Who to ask about it.
    pub owner: Option<Arc<str>>,
    /// Why it exists.
    pub reason: Option<Arc<str>>,
    /// Where it was asked for and agreed.
    pub ticket: Option<Arc<str>>,
    /// What is connected to, and who connects.
    pub conditions: Conditions,
    /// The first day that it is in force, UTC.
    pub not_before: Option<Date>,
    /// The last day that it is in force, UTC.
    pub expires: Option<Date>,
    /// How many connections to one target it may approve.
    pub limit: Option<u32>,
    /// Where it stands in the file.
    pub place: Place,
}

impl Rule {
    /// Whether the rule is in force on a day (UTC); both its first and its last day count.
    #[must_use]
    pub fn is_in_force(&self, today: Date) -> bool {
        self.not_before.is_none_or(|first| first <= today) && self.expires.is_none_or(|last| today <= last)
    }
}
