//! The options of an allowlist file: where records go, how endpoints are proven, and what a change of the file causes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::dns::RECORD_TTL_SECONDS;
use crate::job::VALIDATION_MAX_ATTEMPTS;
use crate::resource_id::ResourceId;

/// The `dns` part of the file.
#[derive(Clone, Debug)]
pub struct DnsOptions {
    /// The resource groups whose private DNS zones may be written to, in order of preference.
    pub zones: Vec<ZoneScope>,
    /// Zones that live in one resource group only, by their names in lower case.
    pub overrides: BTreeMap<String, ZoneScope>,
    /// Whether a zone that is missing is made, and linked to the network of the endpoint that needs it.
    pub create_missing_zones: bool,
    /// Seconds that resolvers may keep a record, for records that are written from now on.
    pub ttl_seconds: u32,
}

impl DnsOptions {
    /// No zone may be written to.
    pub const NONE: Self = Self {
        zones: Vec::new(),
        overrides: BTreeMap::new(),
        create_missing_zones: false,
        ttl_seconds: RECORD_TTL_SECONDS,
    };

    /// All resource groups with zones, each once.
    pub fn scopes(&self) -> impl Iterator<Item = &ZoneScope> {
        let elsewhere: BTreeSet<&ZoneScope> =
            self.overrides.values().filter(|scope| !self.zones.contains(scope)).collect();
        self.zones.iter().chain(elsewhere)
    }

    /// Whether a zone of this name (in lower case) may be written to where it lies: one with an override only there.
    #[must_use]
    pub fn admits(&self, scope: &ZoneScope, zone: &str) -> bool {
        match self.overrides.get(zone) {
            Some(only) => only == scope,
            None => self.zones.contains(scope),
        }
    }

    /// The id that a zone of this name gets if it is missing, where the file says that missing zones are made.
    #[must_use]
    pub fn new_zone(&self, zone: &str) -> Option<ResourceId> {
        let ZoneScope { subscription, resource_group, .. } = self.overrides.get(zone).or(self.zones.first())?;
        let group = format!("/subscriptions/{subscription}/resourceGroups/{resource_group}");
        let id = ResourceId::parse(&format!("{group}/providers/Microsoft.Network/privateDnsZones/{zone}"));
        id.ok().filter(|_| self.create_missing_zones)
    }
}

impl Default for DnsOptions {
    fn default() -> Self {
        Self::NONE
    }
}

/// One resource group with private DNS zones.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ZoneScope {
    /// The subscription's GUID.
    pub subscription: String,
    /// The resource group's name.
    pub resource_group: String,
    /// Which network must be linked to a zone for it to serve an endpoint: the endpoint's own unless said.
    #[serde(default)]
    pub link: LinkRule,
}

/// Which virtual network must be linked to a zone before a record in it can be of use to an endpoint's clients.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkRule {
    /// The endpoint's own network.
    #[default]
    EndpointNetwork,
    /// Any network: the clients ask a DNS forwarder in a hub that the zone is linked to.
    AnyNetwork,
}

/// The `validation` part of the file.
#[derive(Clone, Debug)]
pub struct ValidationOptions {
    /// Whether endpoints are proven at all.
    pub is_enabled: bool,
    /// The TCP ports to try in place of the catalogue's, by target types in lower case.
    pub ports: BTreeMap<String, Vec<u16>>,
    /// After this many tries a proof has failed for good.
    pub attempts: u32,
}

impl ValidationOptions {
    /// What holds where the file says nothing.
    pub const USUAL: Self = Self { is_enabled: true, ports: BTreeMap::new(), attempts: VALIDATION_MAX_ATTEMPTS };
}

impl Default for ValidationOptions {
    fn default() -> Self {
        Self::USUAL
    }
}

/// What a sweep, and with it a change of the file, does with connections that are Pending and that no event is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OnChange {
    /// Say what the rules would do now, and leave it.
    Report,
    /// Do what the rules say now, rejecting included.
    Reconcile,
}
