//! A private endpoint with its connection, its network interface and its zone group: one thing that Azure shows as four.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Map, Value};

use super::{
    group_members::GroupMember, ip_version_type::IpVersionType, resource_id::ResourceId, zone_group::ZoneGroup,
};

/// What the connection's status is. `Rejected` and `Disconnected` are final.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ConnectionStatus {
    /// Waits for the target's owner.
    Pending,
    /// Traffic flows.
    Approved,
    /// The owner said no.
    Rejected,
    /// The connection or its target was deleted; the endpoint is only good for deleting.
    Disconnected,
}

impl ConnectionStatus {
    /// The word that Azure uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Approved => "Approved",
            Self::Rejected => "Rejected",
            Self::Disconnected => "Disconnected",
        }
    }

    /// Reads the word in any letter case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Approved, Self::Rejected, Self::Disconnected]
            .into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(text))
    }
}

/// One address of an endpoint and what it stands for. It is shown in each family that the endpoint has.
#[derive(Clone, Debug)]
pub struct EndpointAddress {
    /// On loopback, see `addresses`. What is opened once approved, whatever is shown.
    pub address: Ipv4Addr,
    /// The forms in which it is shown, one for each family.
    pub configurations: Vec<InterfaceConfiguration>,
    /// The member of the target behind it.
    pub member: GroupMember,
    /// The name of the `ipConfigurations` entry that asked for this address.
    pub static_configuration: Option<String>,
}

/// One address as the interface shows it.
#[derive(Clone, Debug)]
pub struct InterfaceConfiguration {
    /// Of one family.
    pub address: IpAddr,
    /// The last part of the interface's `privateEndpointIpConfig.{guid}`.
    pub guid: String,
}

impl EndpointAddress {
    /// The addresses as they are shown.
    pub fn shown(&self) -> impl Iterator<Item = IpAddr> {
        self.configurations.iter().map(|configuration| configuration.address)
    }
}

/// The connection, as both sides see it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The name of the request on the endpoint's side.
    pub request_name: String,
    /// The name under the target's `privateEndpointConnections`.
    pub name: String,
    /// The GUID in that name; the proxy has the same.
    pub guid: String,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// The request message at first, then what the owner wrote.
    pub description: String,
    /// An owner's PUT or DELETE that is not over: the `provisioningState` to show meanwhile.
    pub in_progress: Option<&'static str>,
    /// Changes with every write.
    pub etag: String,
}

/// What the requester wrote about the connection.
#[derive(Clone, Debug)]
pub struct ConnectionRequest {
    /// Whether it stands in `manualPrivateLinkServiceConnections`.
    pub is_manual: bool,
    /// `privateLinkServiceId` as it was typed: an id in any letter case, or an alias.
    pub target_text: String,
    /// As typed.
    pub group_ids: Vec<String>,
    /// Shown to the owner as the first description.
    pub request_message: Option<String>,
}

/// The endpoint.
#[derive(Clone, Debug)]
pub struct PrivateEndpoint {
    /// Its id.
    pub id: ResourceId,
    /// Changes with every write.
    pub etag: String,
    /// `resourceGuid`, which zone-group records name in their metadata.
    pub guid: String,
    /// `location`, `tags`, `extendedLocation`.
    pub envelope: Map<String, Value>,
    /// `Updating`, `Succeeded` or `Deleting`.
    pub provisioning_state: &'static str,
    /// The subnet as typed.
    pub subnet: ResourceId,
    /// The network interface.
    pub interface: ResourceId,
    /// Whether `customNetworkInterfaceName` was given.
    pub has_custom_interface_name: bool,
    /// What was asked for.
    pub request: ConnectionRequest,
    /// The target, with its own id.
    pub target: ResourceId,
    /// How it stands.
    pub connection: Connection,
    /// The families of its addresses.
    pub ip_version_type: IpVersionType,
    /// One for each member of the group ids.
    pub addresses: Vec<EndpointAddress>,
    /// At most one, which then owns the endpoint's records.
    pub zone_group: Option<ZoneGroup>,
    /// Whether it is in a subscription that nobody here can read, so that only the target's side exists for us.
    pub is_foreign: bool,
}

impl PrivateEndpoint {
    /// Whether traffic flows and names are known.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.connection.status == ConnectionStatus::Approved
    }

    /// Names with the addresses that they should have; empty before approval.
    pub fn names(&self) -> impl Iterator<Item = (&str, Vec<IpAddr>)> {
        let addresses = if self.is_approved() { self.addresses.as_slice() } else { &[] };
        addresses.iter().flat_map(|entry| entry.member.reported_fqdns().map(|fqdn| (fqdn, entry.shown().collect())))
    }

    /// The id of the connection on the target.
    #[must_use]
    pub fn connection_id(&self) -> ResourceId {
        self.target.child("privateEndpointConnections", &self.connection.name)
    }
}
