//! One rule: an effect, who answers for it, and the conditions that must all hold.

use serde::{Deserialize, Serialize};
use time::Date;

use super::Pattern;

/// What a rule, or a decision, does with a connection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
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
}

/// One rule of the allowlist. A condition that is absent holds for everything.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name in decisions, logs and the connection's description.
    pub id: String,
    /// What it does.
    pub effect: Effect,
    /// Who to ask about it.
    pub owner: Option<String>,
    /// Why it exists.
    pub reason: Option<String>,
    /// What is connected to.
    pub target: TargetConditions,
    /// Who connects.
    pub requester: RequesterConditions,
    /// The first day that it is in force, UTC.
    pub not_before: Option<Date>,
    /// The last day that it is in force, UTC.
    pub expires: Option<Date>,
    /// The line of the file that it starts on.
    pub line: u64,
}

impl Rule {
    /// Whether the rule is in force on a day (UTC); both its first and its last day count.
    #[must_use]
    pub fn is_in_force(&self, today: Date) -> bool {
        self.not_before.is_none_or(|first| first <= today) && self.expires.is_none_or(|last| today <= last)
    }

    /// Whether any condition narrows what the rule applies to.
    #[must_use]
    pub fn has_conditions(&self) -> bool {
        let target = &self.target;
        let requester = &self.requester;
        [
            &target.resource_type,
            &target.subscription,
            &target.resource_group,
            &target.name,
            &target.group_ids,
            &requester.subscription,
            &requester.resource_group,
            &requester.name,
        ]
        .iter()
        .any(|condition| condition.is_some())
    }
}

/// Conditions on the private-link resource.
#[derive(Clone, Debug, Default)]
pub struct TargetConditions {
    /// Its full type, such as `Microsoft.Storage/storageAccounts`.
    pub resource_type: Option<Values>,
    /// Its subscription's GUID.
    pub subscription: Option<Values>,
    /// Its resource group's name.
    pub resource_group: Option<Values>,
    /// Its name.
    pub name: Option<Values>,
    /// The group ids: every one that the connection asks for must match.
    pub group_ids: Option<Values>,
}

/// Conditions on the private endpoint, by its id, which Azure vouches for.
#[derive(Clone, Debug, Default)]
pub struct RequesterConditions {
    /// Its subscription's GUID.
    pub subscription: Option<Values>,
    /// Its resource group's name.
    pub resource_group: Option<Values>,
    /// Its name.
    pub name: Option<Values>,
}

/// The values of one condition: any of them may match.
#[derive(Clone, Debug)]
pub struct Values(pub Vec<Pattern>);

impl Values {
    /// Whether any of the values matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(value))
    }
}
