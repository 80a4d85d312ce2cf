//! Conditions: what a rule asks of one fact, and how several of them come to yes, no or unknown.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::Pattern;
use crate::decide::Facts;
use crate::resource_id::ResourceId;

/// A fact that a condition can be about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Fact {
    /// The target's full type, such as `Microsoft.Storage/storageAccounts`.
    TargetType,
    /// The GUID of the target's subscription.
    TargetSubscription,
    /// The name of the target's resource group.
    TargetResourceGroup,
    /// The target's name.
    TargetName,
    /// The GUID of the endpoint's subscription.
    RequesterSubscription,
    /// The name of the endpoint's resource group.
    RequesterResourceGroup,
    /// The endpoint's name.
    RequesterName,
    /// The group ids that are asked for: every one of them must be listed.
    TargetGroupIds,
    /// The target's region.
    TargetLocation,
    /// The GUID of the tenant that the endpoint's subscription belongs to.
    RequesterTenant,
    /// The id of the endpoint's virtual network.
    RequesterVirtualNetwork,
    /// The endpoint's region.
    RequesterLocation,
    /// The endpoint's addresses: every one of them must lie in a listed range.
    RequesterAddress,
    /// The id of the Data Factory that the managed endpoint works for, as the factory itself confirms.
    RequesterService,
    /// What the requester wrote: anybody's text.
    RequesterMessage,
    /// How many connections the rule has approved already; what `limit` is about.
    ApprovedByRule,
}

impl Fact {
    /// The facts that the ids of target and endpoint tell, which are always known. They come first in the order.
    pub(crate) const OF_IDS: [Self; 7] = [
        Self::TargetType,
        Self::TargetSubscription,
        Self::TargetResourceGroup,
        Self::TargetName,
        Self::RequesterSubscription,
        Self::RequesterResourceGroup,
        Self::RequesterName,
    ];

    pub(crate) fn is_of_ids(self) -> bool {
        self <= Self::RequesterName
    }

    /// Its key in the file, with the part of the rule that it stands in: `requester.subscription`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TargetType => "target.type",
            Self::TargetSubscription => "target.subscription",
            Self::TargetResourceGroup => "target.resource_group",
            Self::TargetName => "target.name",
            Self::RequesterSubscription => "requester.subscription",
            Self::RequesterResourceGroup => "requester.resource_group",
            Self::RequesterName => "requester.name",
            Self::TargetGroupIds => "target.group_ids",
            Self::TargetLocation => "target.location",
            Self::RequesterTenant => "requester.tenant",
            Self::RequesterVirtualNetwork => "requester.virtual_network",
            Self::RequesterLocation => "requester.location",
            Self::RequesterAddress => "requester.address",
            Self::RequesterService => "requester.service",
            Self::RequesterMessage => "requester.message",
            Self::ApprovedByRule => "approved_by_rule",
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Where something stands in the file, both counted from 1.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// One condition of a rule.
#[derive(Clone, Debug)]
pub struct Condition {
    /// What it is about.
    pub fact: Fact,
    /// What is asked of it; shared by all conditions that say the same.
    pub values: Arc<Values>,
    /// Where it stands.
    pub place: Place,
}

/// The values of one condition: any of them may match.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Values {
    /// Plain texts and globs.
    Texts(Texts),
    /// Address ranges.
    Ranges(Vec<IpNet>),
}

/// Plain texts and globs, compared without case.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Texts {
    /// The plain ones in lower case, sorted.
    pub plain: Box<[Box<str>]>,
    /// The globs, sorted.
    pub globs: Box<[Pattern]>,
}

impl Texts {
    /// Whether a value in lower case is one of the plain texts or matches one of the globs.
    #[must_use]
    pub fn contains(&self, folded: &str) -> bool {
        self.plain.binary_search_by(|text| (**text).cmp(folded)).is_ok()
            || self.globs.iter().any(|glob| glob.matches_folded(folded))
    }
}

/// Whether something holds, as far as is known. The fact is the one that it hangs on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It would hold but for this fact, which could not be read.
    Unknown(Fact),
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// What it is for the opposite: unknown stays unknown.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown(fact) => Self::Unknown(fact),
        }
    }
}

impl Condition {
    /// Whether it holds for these facts.
    #[must_use]
    pub(crate) fn holds(&self, facts: &Facts<'_>) -> Truth {
        match (&*self.values, self.fact) {
            (Values::Ranges(ranges), _) => match facts.connection.addresses {
                None | Some([]) => Truth::Unknown(self.fact),
                Some(addresses) => Truth::of(addresses.iter().all(|address| is_in(ranges, *address))),
            },
            // A connection without group ids (a private link service) asks for nothing that could be listed.
            (Values::Texts(texts), Fact::TargetGroupIds) => match facts.connection.group_ids {
                None => Truth::Unknown(self.fact),
                Some(ids) => {
                    let listed = |id: &String| texts.contains(&crate::fold::folded(id));
                    Truth::of(!ids.is_empty() && ids.iter().all(listed))
                }
            },
            (Values::Texts(texts), fact) => match facts.text(fact) {
                None => Truth::Unknown(fact),
                Some(text) => Truth::of(texts.contains(&text)),
            },
        }
    }
}

fn is_in(ranges: &[IpNet], address: IpAddr) -> bool {
    ranges.iter().any(|range| range.contains(&address))
}

/// Conditions that must all hold, and others that must not all hold.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// All of these.
    pub all: Vec<Condition>,
    /// Of each of these groups not all.
    pub not: Vec<Not>,
}

/// The conditions under a `not`.
#[derive(Clone, Debug)]
pub struct Not {
    /// Its key in the file: `target.not` or `requester.not`.
    pub key: &'static str,
    /// What must not all hold.
    pub conditions: Conditions,
    /// Where it stands.
    pub place: Place,
}

impl Conditions {
    /// Whether they hold together: one that says no decides, whatever is unknown beside it.
    #[must_use]
    pub(crate) fn hold(&self, facts: &Facts<'_>) -> Truth {
        self.hold_where(facts, |_| true)
    }

    /// Whether they hold together where those on the names in the ids are known to hold: the index found the rule by them.
    #[must_use]
    pub(crate) fn hold_beyond_ids(&self, facts: &Facts<'_>) -> Truth {
        self.hold_where(facts, |fact| !fact.is_of_ids())
    }

    fn hold_where(&self, facts: &Facts<'_>, is_asked: impl Fn(Fact) -> bool) -> Truth {
        let mut truth = Truth::Yes;
        let asked = self.all.iter().filter(|condition| is_asked(condition.fact));
        let all = asked.map(|condition| condition.holds(facts));
        for each in all.chain(self.not.iter().map(|not| not.conditions.hold(facts).negated())) {
            match each {
                Truth::Yes => {}
                Truth::No => return Truth::No,
                Truth::Unknown(fact) if truth == Truth::Yes => truth = Truth::Unknown(fact),
                Truth::Unknown(_) => {}
            }
        }
        truth
    }

    /// The condition on a fact, where there is one outside of `not`.
    #[must_use]
    pub fn on(&self, fact: Fact) -> Option<&Condition> {
        self.all.iter().find(|condition| condition.fact == fact)
    }

    /// Adds the facts that are asked for, at any depth, and unknown.
    pub(crate) fn unknown_facts(&self, facts: &Facts<'_>, into: &mut BTreeSet<Fact>) {
        for condition in &self.all {
            if let Truth::Unknown(fact) = condition.holds(facts) {
                into.insert(fact);
            }
        }
        for not in &self.not {
            not.conditions.unknown_facts(facts, into);
        }
    }

    /// The services that are asked for, at any depth.
    pub(crate) fn services(&self) -> Vec<ResourceId> {
        let asked = self.all.iter().filter(|condition| condition.fact == Fact::RequesterService);
        let texts = asked.filter_map(|condition| match &*condition.values {
            Values::Texts(texts) => Some(&texts.plain),
            Values::Ranges(_) => None,
        });
        let here = texts.flat_map(|plain| plain.iter().filter_map(|text| ResourceId::parse(text).ok()));
        here.chain(self.not.iter().flat_map(|not| not.conditions.services())).collect()
    }

    /// Whether anything at all is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty() && self.not.is_empty()
    }
}
