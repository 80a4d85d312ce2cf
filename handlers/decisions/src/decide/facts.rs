//! The facts that rules are matched against, and the form in which they are compared.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::allowlist::{Fact, Names};
use crate::fold::{folded, folded_location};
use crate::resource_id::ResourceId;

/// What is known of one connection. `None` is what could not be read, or was not.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionFacts<'a> {
    /// The private-link resource.
    pub target: &'a ResourceId,
    /// Its region.
    pub target_location: Option<&'a str>,
    /// The group ids asked for; empty for private link services, which have none.
    pub group_ids: Option<&'a [String]>,
    /// The private endpoint, as the target's side names it.
    pub endpoint: &'a ResourceId,
    /// The GUID of the tenant of the endpoint's subscription.
    pub tenant: Option<&'a str>,
    /// The endpoint's region.
    pub endpoint_location: Option<&'a str>,
    /// The endpoint's virtual network.
    pub virtual_network: Option<&'a ResourceId>,
    /// The endpoint's addresses; it has none while Azure has yet to give them.
    pub addresses: Option<&'a [IpAddr]>,
    /// The Data Factory of ours that a managed endpoint works for, and that confirms it.
    pub service: Option<&'a ResourceId>,
    /// The requester's message.
    pub message: Option<&'a str>,
    /// The connections to the target that are approved already, for rules with a limit.
    pub approved: Approved<'a>,
}

/// What is known of the other approved connections to a target.
#[derive(Clone, Copy, Debug)]
pub enum Approved<'a> {
    /// Nothing.
    Unknown,
    /// That this many were approved by whichever rule it is about.
    Count(u32),
    /// Who they are.
    Listed(&'a [ConnectionFacts<'a>]),
}

impl<'a> ConnectionFacts<'a> {
    /// What the two ids tell, and everything else unknown.
    #[must_use]
    pub fn new(target: &'a ResourceId, endpoint: &'a ResourceId) -> Self {
        Self {
            target,
            target_location: None,
            group_ids: None,
            endpoint,
            tenant: None,
            endpoint_location: None,
            virtual_network: None,
            addresses: None,
            service: None,
            message: None,
            approved: Approved::Unknown,
        }
    }
}

/// The facts with the parts of both ids told apart once, in lower case: many conditions ask for them.
pub(crate) struct Facts<'a> {
    pub connection: ConnectionFacts<'a>,
    pub names: Names<'a>,
}

impl<'a> Facts<'a> {
    pub fn of(connection: ConnectionFacts<'a>) -> Self {
        let (target, endpoint) = (connection.target.folded_parts(), connection.endpoint.folded_parts());
        let names = [
            target.resource_type,
            Cow::Borrowed(target.subscription),
            Cow::Borrowed(target.resource_group),
            Cow::Borrowed(target.name),
            Cow::Borrowed(endpoint.subscription),
            Cow::Borrowed(endpoint.resource_group),
            Cow::Borrowed(endpoint.name),
        ];
        Self { connection, names }
    }

    /// A fact's text as it is compared, or `None` where it is unknown or no single text.
    pub fn text(&self, fact: Fact) -> Option<Cow<'_, str>> {
        let connection = &self.connection;
        match fact {
            Fact::TargetType => Some(Cow::Borrowed(&self.names[0])),
            Fact::TargetSubscription => Some(Cow::Borrowed(&self.names[1])),
            Fact::TargetResourceGroup => Some(Cow::Borrowed(&self.names[2])),
            Fact::TargetName => Some(Cow::Borrowed(&self.names[3])),
            Fact::RequesterSubscription => Some(Cow::Borrowed(&self.names[4])),
            Fact::RequesterResourceGroup => Some(Cow::Borrowed(&self.names[5])),
            Fact::RequesterName => Some(Cow::Borrowed(&self.names[6])),
            Fact::TargetLocation => connection.target_location.map(folded_location),
            Fact::RequesterTenant => connection.tenant.map(folded),
            Fact::RequesterVirtualNetwork => connection.virtual_network.map(|id| Cow::Borrowed(id.key())),
            Fact::RequesterLocation => connection.endpoint_location.map(folded_location),
            Fact::RequesterService => connection.service.map(|id| Cow::Borrowed(id.key())),
            Fact::RequesterMessage => connection.message.map(folded),
            Fact::TargetGroupIds | Fact::RequesterAddress | Fact::ApprovedByRule => None,
        }
    }
}
