//! The resource types that this ARM knows, each with rules of its own.

use crate::cloud::{
    managed_services::{self, ManagedService},
    target_types::TargetType,
};

/// A known type.
#[derive(Clone, Copy, Debug)]
pub enum ResourceKind {
    /// `Microsoft.Network/virtualNetworks`.
    VirtualNetwork,
    /// `Microsoft.Network/virtualNetworks/subnets`.
    Subnet,
    /// `Microsoft.Network/networkInterfaces`.
    NetworkInterface,
    /// `Microsoft.Network/privateEndpoints`.
    PrivateEndpoint,
    /// `Microsoft.Network/privateEndpoints/privateDnsZoneGroups`.
    ZoneGroup,
    /// `Microsoft.Network/privateDnsZones`.
    PrivateDnsZone,
    /// `Microsoft.Network/privateDnsZones/virtualNetworkLinks`.
    VirtualNetworkLink,
    /// `Microsoft.Network/privateDnsZones/A` or `/AAAA`.
    RecordSet,
    /// `Microsoft.Network/privateDnsZones/SOA`.
    StartOfAuthority,
    /// `Microsoft.Network/privateDnsZones/ALL`, which is only a list.
    AllRecordSets,
    /// A type that endpoints connect to.
    Target(&'static TargetType),
    /// Its `privateEndpointConnections`.
    Connection(&'static TargetType),
    /// Its `privateLinkResources`.
    PrivateLinkResource(&'static TargetType),
    /// A service with a managed network, or that network.
    ManagedService,
    /// A managed endpoint of such a service.
    ManagedEndpoint(&'static ManagedService),
}

/// Types of the network provider in Azure's letter case.
const NETWORK_TYPES: [(&str, ResourceKind); 11] = [
    ("Microsoft.Network/virtualNetworks", ResourceKind::VirtualNetwork),
    ("Microsoft.Network/virtualNetworks/subnets", ResourceKind::Subnet),
    ("Microsoft.Network/networkInterfaces", ResourceKind::NetworkInterface),
    ("Microsoft.Network/privateEndpoints", ResourceKind::PrivateEndpoint),
    ("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", ResourceKind::ZoneGroup),
    ("Microsoft.Network/privateDnsZones", ResourceKind::PrivateDnsZone),
    ("Microsoft.Network/privateDnsZones/virtualNetworkLinks", ResourceKind::VirtualNetworkLink),
    ("Microsoft.Network/privateDnsZones/A", ResourceKind::RecordSet),
    ("Microsoft.Network/privateDnsZones/AAAA", ResourceKind::RecordSet),
    ("Microsoft.Network/privateDnsZones/SOA", ResourceKind::StartOfAuthority),
    ("Microsoft.Network/privateDnsZones/ALL", ResourceKind::AllRecordSets),
];

impl ResourceKind {
    /// The kind of a type in any letter case, with the type in Azure's.
    #[must_use]
    pub fn find(resource_type: &str) -> Option<(Self, String)> {
        let network = NETWORK_TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(resource_type));
        if let Some((name, kind)) = network {
            return Some((*kind, (*name).to_owned()));
        }
        if let Some(target_type) = TargetType::find(resource_type) {
            return Some((Self::Target(target_type), target_type.resource_type.clone()));
        }
        Self::find_managed(resource_type).or_else(|| Self::find_child(resource_type))
    }

    fn find_managed(resource_type: &str) -> Option<(Self, String)> {
        managed_services::ALL.iter().find_map(|service| {
            let types = [Some(service.resource_type.to_owned()), service.between_type(), Some(service.endpoint_type())];
            let found = types.into_iter().flatten().find(|known| known.eq_ignore_ascii_case(resource_type))?;
            let is_endpoint = found == service.endpoint_type();
            Some((if is_endpoint { Self::ManagedEndpoint(service) } else { Self::ManagedService }, found))
        })
    }

    /// What every target type has below it.
    fn find_child(resource_type: &str) -> Option<(Self, String)> {
        let (parent, child) = resource_type.rsplit_once('/')?;
        let target_type = TargetType::find(parent)?;
        let (kind, word) = match child.to_ascii_lowercase().as_str() {
            "privateendpointconnections" => (Self::Connection(target_type), "privateEndpointConnections"),
            "privatelinkresources" => (Self::PrivateLinkResource(target_type), "privateLinkResources"),
            _ => return None,
        };
        Some((kind, format!("{}/{word}", target_type.resource_type)))
    }
}

/// Types of the network provider as `providers/Microsoft.Network` lists them, without the namespace.
pub fn network_types() -> impl Iterator<Item = &'static str> {
    NETWORK_TYPES.iter().filter_map(|(name, _)| name.strip_prefix("Microsoft.Network/"))
}
