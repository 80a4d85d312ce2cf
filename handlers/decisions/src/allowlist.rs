//! The allowlist: which connections are approved, held or rejected, and where the zones are.

mod pattern;
mod read;
mod rule;

use serde::Deserialize;

pub use pattern::Pattern;
pub use read::{AllowlistError, Problem};
pub use rule::{Effect, RequesterConditions, Rule, TargetConditions, Values};

/// The rules that are in force, read from an allowlist file.
#[derive(Clone, Debug, Default)]
pub struct Allowlist {
    /// The rules, in the file's order.
    pub rules: Vec<Rule>,
    /// Where the private DNS zones live.
    pub dns: DnsOptions,
}

/// The `dns` part of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DnsOptions {
    /// The resource groups whose private DNS zones may be written to, in order of preference.
    #[serde(default)]
    pub zones: Vec<ZoneScope>,
}

/// One resource group with private DNS zones.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
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
#[serde(rename_all = "snake_case")]
pub enum LinkRule {
    /// The endpoint's own network.
    #[default]
    EndpointNetwork,
    /// Any network: the clients ask a DNS forwarder in a hub that the zone is linked to.
    AnyNetwork,
}
