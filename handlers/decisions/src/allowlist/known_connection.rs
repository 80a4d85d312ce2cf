//! A connection as people write it down: in a test of the allowlist, or in a file of connections.

use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::decide::{Approved, ConnectionFacts};
use crate::resource_id::ResourceId;

/// What is known of one connection; what is left out is unknown.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KnownConnection {
    /// The id of the resource that is connected to.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub target: ResourceId,
    /// The region of the target.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present::present_option")]
    pub target_location: Option<String>,
    /// The group ids that are asked for; an empty list for a private link service.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present::present_option")]
    pub group_ids: Option<Vec<String>>,
    /// The id of the private endpoint.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub endpoint: ResourceId,
    /// The GUID of the tenant that the endpoint's subscription belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present::present_option")]
    pub tenant: Option<String>,
    /// The region of the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present::present_option")]
    pub endpoint_location: Option<String>,
    /// The id of the endpoint's virtual network.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present::present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub virtual_network: Option<ResourceId>,
    /// The endpoint's address, or a list of its addresses.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "one_or_more")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<OneOrMore>"))]
    pub address: Option<Vec<IpAddr>>,
    /// The id of the Data Factory that a managed endpoint works for, and that confirms it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present::present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub service: Option<ResourceId>,
    /// What the requester wrote.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present::present_option")]
    pub message: Option<String>,
    /// How many connections to the target the rule has approved already, for rules with a limit.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "super::present::present_option")]
    pub approved_by_rule: Option<u32>,
}

impl KnownConnection {
    /// A connection of which nothing is known but the two ids.
    #[must_use]
    pub fn new(target: ResourceId, endpoint: ResourceId) -> Self {
        Self {
            target,
            target_location: None,
            group_ids: None,
            endpoint,
            tenant: None,
            endpoint_location: None,
            virtual_network: None,
            address: None,
            service: None,
            message: None,
            approved_by_rule: None,
        }
    }

    /// The facts for the rules.
    #[must_use]
    pub fn facts(&self) -> ConnectionFacts<'_> {
        ConnectionFacts {
            target: &self.target,
            target_location: self.target_location.as_deref(),
            group_ids: self.group_ids.as_deref(),
            endpoint: &self.endpoint,
            tenant: self.tenant.as_deref(),
            endpoint_location: self.endpoint_location.as_deref(),
            virtual_network: self.virtual_network.as_ref(),
            addresses: self.address.as_deref(),
            service: self.service.as_ref(),
            message: self.message.as_deref(),
            approved: self.approved_by_rule.map_or(Approved::Unknown, Approved::Count),
        }
    }
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
enum OneOrMore {
    One(IpAddr),
    More(Vec<IpAddr>),
}

fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<IpAddr>>, D::Error> {
    Ok(Some(
        match OneOrMore::deserialize(deserializer).map_err(|_| {
            serde::de::Error::custom("an address cannot be read; write it as 10.1.0.4, or a list of such")
        })? {
            OneOrMore::One(address) => vec![address],
            OneOrMore::More(addresses) => addresses,
        },
    ))
}
