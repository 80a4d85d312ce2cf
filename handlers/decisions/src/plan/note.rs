//! What a plan leaves alone or waits for, in words for whoever reads the log.

use std::fmt;

use crate::allowlist::Effect;
use crate::dns::{Conflict, ConflictingOwner, RecordReport};
use crate::untrusted::escaped;

/// Something that was left alone, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Note {
    /// It carries traffic, though the allowlist does not approve it. Nothing is revoked.
    ApprovedOutsideAllowlist(Effect),
    /// A sweep found it Pending, and the file leaves what its rules say to events, or to a person.
    LeftToEvents(Effect),
    /// It was rejected before a rule came to approve it.
    RejectedForGood,
    /// The target's side removed it.
    Disconnected,
    /// Azure has no call that approves or rejects connections to the type.
    NoCallDecides,
    /// The provider uses a word of its own.
    StrangeStatus(String),
    /// The target still lists it, but its endpoint is gone.
    EndpointGone,
    /// The endpoint cannot be read, so its names cannot be known.
    EndpointUnreadable(String),
    /// Azure owns the records.
    ZoneGroup,
    /// The endpoint reports no names, and its type has none to expect.
    NoNames,
    /// The connection is not on the target's list.
    NotListed,
    /// The endpoint names its target by alias, so only the target's side can be followed.
    Alias,
    /// One name gets no record from us.
    Name(String, RecordReport),
}

impl Note {
    /// Whether a person has to act for the endpoint to work.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        match self {
            Self::ApprovedOutsideAllowlist(effect) => *effect == Effect::Reject,
            Self::LeftToEvents(_) => true,
            Self::RejectedForGood
            | Self::Disconnected
            | Self::NoCallDecides
            | Self::StrangeStatus(_)
            | Self::Name(..) => true,
            Self::EndpointGone
            | Self::EndpointUnreadable(_)
            | Self::ZoneGroup
            | Self::NoNames
            | Self::NotListed
            | Self::Alias => false,
        }
    }
}

impl Note {
    /// Whether what is missing may only be late, so that one more look is worth it.
    #[must_use]
    pub fn may_be_late(&self) -> bool {
        matches!(self, Self::Name(_, RecordReport::ZoneMissing(_) | RecordReport::ZoneNotLinked(_)))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApprovedOutsideAllowlist(effect) => write!(
                formatter,
                "the connection is approved, though not by this allowlist, which says {}; it is left as it is",
                effect.as_str()
            ),
            Self::LeftToEvents(effect) => write!(
                formatter,
                "the rules say {effect}, and no event asks for it: it is left Pending, as `on_change` in the allowlist says"
            ),
            Self::RejectedForGood => formatter
                .write_str("the connection was rejected, which Azure makes final; the endpoint must be created again"),
            Self::Disconnected => formatter.write_str(
                "the target's side removed the connection; the endpoint can only be deleted and created again",
            ),
            Self::NoCallDecides => formatter.write_str(
                "Azure has no call that approves or rejects connections to this type; it is left to Azure itself",
            ),
            Self::StrangeStatus(status) => write!(formatter, "the connection's status is `{}`", escaped(status, 40)),
            Self::EndpointGone => formatter.write_str("the endpoint is gone; Azure will remove its connection"),
            Self::EndpointUnreadable(why) => {
                write!(
                    formatter,
                    "the endpoint cannot be read ({}), so its names are the requester's to record",
                    escaped(why, 200)
                )
            }
            Self::ZoneGroup => formatter.write_str("the endpoint has a DNS zone group, so Azure owns its records"),
            Self::NoNames => formatter.write_str("the endpoint reports no names"),
            Self::NotListed => formatter.write_str("the target lists no connection from this endpoint"),
            Self::Alias => {
                formatter.write_str("the endpoint names its target by alias; the target's side is what counts")
            }
            Self::Name(fqdn, report) => write!(formatter, "{}: {report}", escaped(fqdn, 255)),
        }
    }
}

impl fmt::Display for RecordReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoZoneKnown => formatter.write_str(
                "no private DNS zone is known for this name, so it gets no record; if it needs one, write it by hand",
            ),
            Self::NotTheTargets => formatter.write_str(
                "names of this type begin with the target's own name, and this one does not; it gets no record: look at who wrote the endpoint's DNS configuration",
            ),
            Self::ZoneMissing(zone) => {
                write!(
                    formatter,
                    "zone {zone} is in none of the resource groups under dns.zones; create it there and link it"
                )
            }
            Self::TooManyZones(zone) => write!(
                formatter,
                "zone {zone} is missing, and the endpoint's names ask for more new zones than one endpoint may cause; create it by hand"
            ),
            Self::ZoneNotLinked(zone) => write!(
                formatter,
                "zone {} in {} is not linked to the endpoint's network; link it, or set `link: any_network` for its group",
                zone.name(),
                zone.resource_group()
            ),
            Self::NoAddress => formatter.write_str("the endpoint reports no address for it"),
            Self::Conflict(conflict) => conflict.fmt(formatter),
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { record_set, owner, is_shared_name } = self;
        match owner {
            ConflictingOwner::Endpoint(owner) => write!(
                formatter,
                "conflict: {record_set} belongs to endpoint {owner}, which lives; it is left as it is"
            )?,
            ConflictingOwner::Other(owner) => write!(
                formatter,
                "conflict: {record_set} leads elsewhere and is not ours ({}); it is left as it is",
                escaped(owner, 200)
            )?,
        }
        if *is_shared_name {
            formatter.write_str(
                "; resources of this type share the name, so only one endpoint of them can have it in a zone: use a zone of its own, or one endpoint for all",
            )?;
        }
        Ok(())
    }
}

/// What Azure has yet to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wait {
    /// A write to the connection is under way.
    Settling,
    /// The target's side is approved and the endpoint's side has not heard.
    EndpointBehind,
    /// The endpoint reports no names yet.
    NoNames,
    /// The endpoint was gone, and is there again.
    MadeAgain,
    /// The endpoint exists and the target does not list its connection yet.
    NotListed,
    /// The target's other connections are worked on.
    TargetBusy,
}

impl fmt::Display for Wait {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Settling => "a write to the connection is still under way",
            Self::EndpointBehind => "the endpoint does not know of its approval yet",
            Self::NoNames => "the endpoint reports no names and addresses yet",
            Self::MadeAgain => "the endpoint was gone a moment ago and is there again",
            Self::NotListed => "the target does not list the connection yet",
            Self::TargetBusy => "others of the target's connections are being worked on",
        })
    }
}
