//! The rules of an allowlist, as data.

use std::collections::BTreeMap;

use time::Date;

/// Something about a connection that a rule can ask for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names are those of the file, and `key` spells them")]
pub enum Fact {
    TargetType,
    TargetSubscription,
    TargetResourceGroup,
    TargetName,
    GroupIds,
    RequesterSubscription,
    RequesterResourceGroup,
    RequesterName,
    TargetLocation,
    RequesterTenant,
    RequesterVirtualNetwork,
    RequesterLocation,
    RequesterService,
    RequesterMessage,
}

impl Fact {
    /// The facts that every connection tells, which are all that the generated rules ask for.
    pub const COMMON: [Self; 8] = [
        Self::TargetType,
        Self::TargetSubscription,
        Self::TargetResourceGroup,
        Self::TargetName,
        Self::GroupIds,
        Self::RequesterSubscription,
        Self::RequesterResourceGroup,
        Self::RequesterName,
    ];

    /// The facts that may be unknown of a connection, whatever its ids say.
    pub const READ_APART: [Self; 7] = [
        Self::GroupIds,
        Self::TargetLocation,
        Self::RequesterTenant,
        Self::RequesterVirtualNetwork,
        Self::RequesterLocation,
        Self::RequesterService,
        Self::RequesterMessage,
    ];

    /// How many there are.
    pub const COUNT: usize = Self::RequesterMessage as usize + 1;

    /// Whether it is written under `target` or under `requester`.
    #[must_use]
    pub fn side(self) -> Side {
        match self {
            Self::TargetType
            | Self::TargetSubscription
            | Self::TargetResourceGroup
            | Self::TargetName
            | Self::TargetLocation
            | Self::GroupIds => Side::Target,
            Self::RequesterSubscription
            | Self::RequesterTenant
            | Self::RequesterResourceGroup
            | Self::RequesterName
            | Self::RequesterVirtualNetwork
            | Self::RequesterLocation
            | Self::RequesterService
            | Self::RequesterMessage => Side::Requester,
        }
    }

    /// Its key in the file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::TargetType => "type",
            Self::TargetSubscription | Self::RequesterSubscription => "subscription",
            Self::TargetResourceGroup | Self::RequesterResourceGroup => "resource_group",
            Self::TargetName | Self::RequesterName => "name",
            Self::GroupIds => "group_ids",
            Self::TargetLocation | Self::RequesterLocation => "location",
            Self::RequesterTenant => "tenant",
            Self::RequesterVirtualNetwork => "virtual_network",
            Self::RequesterService => "service",
            Self::RequesterMessage => "message",
        }
    }
}

/// One of the two parts of a rule that hold conditions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// What is connected to.
    Target,
    /// Who connects.
    Requester,
}

impl Side {
    /// Both, in the file's order.
    pub const BOTH: [Self; 2] = [Self::Target, Self::Requester];

    /// Its key in the file.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Requester => "requester",
        }
    }
}

/// What a rule does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "the words of the file")]
pub enum Effect {
    Approve,
    Hold,
    Reject,
}

impl Effect {
    /// The word in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Hold => "hold",
            Self::Reject => "reject",
        }
    }
}

/// What a condition lists. Each value is plain or a glob.
#[derive(Clone, Debug)]
pub enum Values {
    /// The values themselves.
    List(Vec<String>),
    /// The name of a set that has them.
    Set(String),
}

/// Conditions on one side that must all hold, and others that must not all hold.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// At most one for each fact.
    pub all: Vec<(Fact, Values)>,
    /// What stands under `not`.
    pub not: Option<Box<Conditions>>,
}

impl Conditions {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.not.is_none()
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// What it does.
    pub effect: Effect,
    /// What is connected to.
    pub target: Conditions,
    /// Who connects.
    pub requester: Conditions,
    /// The first day that it is in force.
    pub not_before: Option<Date>,
    /// The last day that it is in force.
    pub expires: Option<Date>,
    /// How many connections it approves to one target.
    pub limit: Option<u32>,
}

impl Rule {
    /// The conditions of one side.
    #[must_use]
    pub fn side(&self, side: Side) -> &Conditions {
        match side {
            Side::Target => &self.target,
            Side::Requester => &self.requester,
        }
    }

    /// Adds a condition on the side that its fact belongs to.
    #[must_use]
    pub fn with(mut self, fact: Fact, values: Values) -> Self {
        let conditions = match fact.side() {
            Side::Target => &mut self.target,
            Side::Requester => &mut self.requester,
        };
        conditions.all.push((fact, values));
        self
    }
}

/// An allowlist.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Values by the set's name.
    pub sets: BTreeMap<String, Vec<String>>,
    /// The rules, in the file's order.
    pub rules: Vec<Rule>,
}

impl Rules {
    /// The values that a condition lists.
    #[must_use]
    pub fn values<'a>(&'a self, values: &'a Values) -> &'a [String] {
        match values {
            Values::List(list) => list,
            Values::Set(name) => &self.sets[name],
        }
    }
}

/// What an engine concludes: the effect, and the id of the rule that it names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// What to do.
    pub effect: Effect,
    /// The rule; `None` where none matches, which is a hold.
    pub rule: Option<String>,
}
