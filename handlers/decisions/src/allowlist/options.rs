//! The options of an allowlist file: where records go, how endpoints are proven, and what a change of the file causes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::dns::RECORD_TTL_SECONDS;
use crate::job::VALIDATION_MAX_ATTEMPTS;

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

impl Default for DnsOptions {
    fn default() -> Self {
        Self {
            zones: Vec::new(),
            overrides: BTreeMap::new(),
            create_missing_zones: false,
            ttl_seconds: RECORD_TTL_SECONDS,
        }
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
    /// Which network must be linked to a zone for it to serve an endpoint.
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

impl Default for ValidationOptions {
    fn default() -> Self {
        Self { is_enabled: true, ports: BTreeMap::new(), attempts: VALIDATION_MAX_ATTEMPTS }
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
