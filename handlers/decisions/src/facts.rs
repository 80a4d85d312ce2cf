//! What was observed of a connection: the values that decisions are made from.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::resource_id::ResourceId;

/// A state of a connection, as `privateLinkServiceConnectionState.status` spells it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub enum ConnectionStatus {
    /// Waits for the target's owner.
    Pending,
    /// Carries traffic.
    Approved,
    /// Refused; Azure lets nobody approve it afterwards.
    Rejected,
    /// Removed on the target's side; the endpoint can only be deleted.
    Disconnected,
    /// A provider's own word, such as `Timeout` or `Removed`.
    Other(String),
}

impl ConnectionStatus {
    /// Reads Azure's word, whatever its letter case.
    #[must_use]
    pub fn parse(status: &str) -> Self {
        match status.to_ascii_lowercase().as_str() {
            "pending" => Self::Pending,
            "approved" => Self::Approved,
            "rejected" => Self::Rejected,
            "disconnected" => Self::Disconnected,
            _ => Self::Other(status.to_owned()),
        }
    }

    /// Whether it is no connection any more, nor ever will be.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Rejected | Self::Disconnected)
    }

    /// Azure's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "Pending",
            Self::Approved => "Approved",
            Self::Rejected => "Rejected",
            Self::Disconnected => "Disconnected",
            Self::Other(word) => word,
        }
    }
}

/// A connection as the target lists it. `endpoint` is what Azure vouches for about the requester.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Connection {
    /// The id of the `privateEndpointConnections` resource.
    pub id: ResourceId,
    /// The private-link resource that is connected to.
    pub target: ResourceId,
    /// The private endpoint that connects, readable to us or not.
    pub endpoint: ResourceId,
    /// Where the connection stands.
    pub status: ConnectionStatus,
    /// The requester's message while Pending, the approver's words afterwards. Anybody's text.
    pub description: String,
    /// Whether a write to it is still under way, by the provisioning state that its type shows.
    pub is_settling: bool,
    /// The group ids, for the types that repeat them on this side.
    pub group_ids: Option<Vec<String>>,
}

/// A private endpoint as its own subscription shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Endpoint {
    /// Its id, as ARM answered it.
    pub id: ResourceId,
    /// Its region's name as ARM compares them: lower case, no spaces.
    pub location: Option<String>,
    /// `Succeeded` once Azure has finished with it.
    pub provisioning_state: String,
    /// What it asks to be connected to: one entry, of either the automatic or the manual list.
    pub requests: Vec<ConnectionRequest>,
    /// The virtual network that its subnet is in.
    pub virtual_network: Option<ResourceId>,
    /// Its network interfaces; Azure makes one.
    pub network_interfaces: Vec<ResourceId>,
    /// Names and addresses as `customDnsConfigs` reports them. Azure empties it while a zone group exists.
    pub names: Vec<EndpointName>,
}

impl Endpoint {
    /// The group ids of all requests for this target: with several, all of them must be allowed.
    #[must_use]
    pub fn group_ids_for(&self, target: &ResourceId) -> Vec<String> {
        let requests = self.requests.iter().filter(|request| request.target.as_ref() == Some(target));
        requests.flat_map(|request| request.group_ids.iter().cloned()).collect()
    }

    /// Its first request for this target.
    #[must_use]
    pub fn request_for(&self, target: &ResourceId) -> Option<&ConnectionRequest> {
        self.requests.iter().find(|request| request.target.as_ref() == Some(target))
    }

    /// What it shows as the state of its connection to this target.
    #[must_use]
    pub fn status_for(&self, target: &ResourceId) -> Option<&ConnectionStatus> {
        self.request_for(target).map(|request| &request.status)
    }

    /// All addresses that its names have, each once and in order.
    #[must_use]
    pub fn addresses(&self) -> Vec<IpAddr> {
        let all: BTreeSet<IpAddr> = self.names.iter().flat_map(|name| name.addresses.iter().copied()).collect();
        all.into_iter().collect()
    }
}

/// One entry of an endpoint's `privateLinkServiceConnections` or `manualPrivateLinkServiceConnections`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnectionRequest {
    /// The target, or `None` where the endpoint names it by the alias of a private link service.
    pub target: Option<ResourceId>,
    /// The sub-resources asked for; empty for private link services.
    pub group_ids: Vec<String>,
    /// The state as this side shows it.
    pub status: ConnectionStatus,
    /// The requester's message. Anybody's text.
    pub message: Option<String>,
}

/// One public name of the target, and the endpoint's addresses for it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EndpointName {
    /// The name that clients use, in lower case and without a trailing dot.
    pub fqdn: String,
    /// The endpoint's addresses for it, in order.
    pub addresses: Vec<IpAddr>,
}

/// What reading the endpoint gave.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EndpointSight {
    /// It is there and readable.
    Seen(Endpoint),
    /// ARM says that it does not exist, to somebody who may read there.
    Gone,
    /// It may exist, but not for us: a managed endpoint, or one of another tenant. The reason is ARM's.
    Unreadable(String),
}

impl EndpointSight {
    /// The endpoint, where it could be read.
    #[must_use]
    pub fn seen(&self) -> Option<&Endpoint> {
        match self {
            Self::Seen(endpoint) => Some(endpoint),
            Self::Gone | Self::Unreadable(_) => None,
        }
    }
}
