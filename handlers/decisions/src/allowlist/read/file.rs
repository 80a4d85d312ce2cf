//! How an allowlist file looks: its keys and their shapes.
//!
//! Unknown keys are refused, and so are keys without a value (see [`present`](crate::allowlist::present)).

use std::collections::BTreeMap;

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

#[cfg(feature = "schema")]
use super::schema::{self, Day, Texts, Values};
use super::values::RawValues;
use crate::allowlist::present::{present, present_option};
use crate::allowlist::{Effect, KnownConnection, OnChange, ZoneScope};

/// Who may connect to what: the allowlist of Portreeve.
///
/// Any matching reject rule beats any matching hold rule, which beats any matching approve rule; what no rule names
/// is held: it stays Pending until a person decides.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(title = "Allowlist of Portreeve"))]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    /// The version of the language: 1.
    #[cfg_attr(feature = "schema", schemars(with = "u64", range(min = 1, max = 1)))]
    pub version: Spanned<u64>,
    /// What a sweep, and with it a change of this file, does with connections that are Pending and that no event is
    /// about; unless said, it approves and never rejects.
    #[serde(default, deserialize_with = "present_option")]
    pub on_change: Option<OnChange>,
    /// Lists of values that have a name; `{ set: NAME }` in a condition stands for the values of one.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, Texts>"))]
    pub sets: BTreeMap<String, Spanned<RawValues>>,
    /// Where records go.
    #[serde(default, deserialize_with = "present")]
    pub dns: RawDns,
    /// How endpoints are proven to work.
    #[serde(default, deserialize_with = "present")]
    pub validation: RawValidation,
    /// The rules. Among rules of one effect that match, the first is the one named.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<RawRule>"))]
    pub rules: Vec<Spanned<RawRule>>,
    /// Connections that the author knows the answer for; a file that fails one is not activated.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<RawTest>"))]
    pub tests: Vec<Spanned<RawTest>>,
}

/// Where records go.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename = "Dns"))]
#[serde(deny_unknown_fields)]
pub(super) struct RawDns {
    /// The resource groups whose private DNS zones may be written to, in order of preference.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ZoneScope>"))]
    pub zones: Vec<Spanned<ZoneScope>>,
    /// Zones that live in one resource group only, by their names, such as `privatelink.blob.core.windows.net`: they
    /// are looked for there and nowhere else.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "BTreeMap<String, ZoneScope>"))]
    pub overrides: BTreeMap<String, Spanned<ZoneScope>>,
    /// Whether a zone that is missing is made, and linked to the network of the endpoint that needs it; false unless
    /// said.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "bool"))]
    pub create_missing_zones: Option<Spanned<bool>>,
    /// Seconds that resolvers may keep a record, from 1 to 86400; 10 unless said.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "u32", range(min = 1, max = 86_400)))]
    pub ttl_seconds: Option<Spanned<u32>>,
}

/// How endpoints are proven to work.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename = "Validation"))]
#[serde(deny_unknown_fields)]
pub(super) struct RawValidation {
    /// Whether endpoints are proven at all; true unless said.
    #[serde(default, deserialize_with = "present_option")]
    pub enabled: Option<bool>,
    /// The TCP ports to try in place of the usual ones, by target types such as `Microsoft.Network/privateLinkServices`.
    #[serde(default, deserialize_with = "present")]
    #[cfg_attr(feature = "schema", schemars(with = "schema::Ports"))]
    pub ports: BTreeMap<String, Spanned<Vec<u16>>>,
    /// After this many tries, from 1 to 30, a proof has failed for good; 8 unless said.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "u32", range(min = 1, max = 30)))]
    pub attempts: Option<Spanned<u32>>,
}

/// One rule. All its conditions must hold; what is left out holds for everything.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename = "Rule"))]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    /// Its name in decisions, logs and the connection's description: 1 to 64 letters, digits, `-`, `_` or `.`.
    #[cfg_attr(feature = "schema", schemars(with = "String", length(max = 64), regex(pattern = r"^[A-Za-z0-9._-]+$")))]
    pub id: Spanned<String>,
    /// What it does.
    pub effect: Effect,
    /// Who to ask about it.
    #[serde(default, deserialize_with = "present_option")]
    pub owner: Option<String>,
    /// Why it exists.
    #[serde(default, deserialize_with = "present_option")]
    pub reason: Option<String>,
    /// Where it was asked for and agreed.
    #[serde(default, deserialize_with = "present_option")]
    pub ticket: Option<String>,
    /// What is connected to.
    #[serde(default, deserialize_with = "present")]
    pub target: RawTarget,
    /// Who connects.
    #[serde(default, deserialize_with = "present")]
    pub requester: RawRequester,
    /// The first day that it is in force, UTC.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Day"))]
    pub not_before: Option<Spanned<String>>,
    /// The last day that it is in force, UTC.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Day"))]
    pub expires: Option<Spanned<String>>,
    /// How many connections to one target it may approve; for approve rules only.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "u32", range(min = 1)))]
    pub limit: Option<Spanned<u32>>,
}

/// What is connected to.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename = "Target"))]
#[serde(deny_unknown_fields)]
pub(super) struct RawTarget {
    /// Its full type, such as `Microsoft.Storage/storageAccounts`.
    #[serde(rename = "type", default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub resource_type: Option<Spanned<RawValues>>,
    /// The GUID of its subscription.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub subscription: Option<Spanned<RawValues>>,
    /// The name of its resource group.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub resource_group: Option<Spanned<RawValues>>,
    /// Its name.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub name: Option<Spanned<RawValues>>,
    /// Its region, such as `westeurope`.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub location: Option<Spanned<RawValues>>,
    /// The group ids that are asked for, such as `blob`: every one of them must be listed.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub group_ids: Option<Spanned<RawValues>>,
    /// Conditions of the same shape, without a further `not`; it holds when they do not all hold.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Box<RawTarget>"))]
    pub not: Option<Spanned<Box<RawTarget>>>,
}

/// Who connects, as Azure vouches for it. Only the subscription or tenant says whose an endpoint is: anybody may call a
/// resource group or an endpoint what they like.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename = "Requester"))]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequester {
    /// The GUID of the private endpoint's subscription.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub subscription: Option<Spanned<RawValues>>,
    /// The GUID of the tenant that the endpoint's subscription belongs to.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub tenant: Option<Spanned<RawValues>>,
    /// The name of the endpoint's resource group.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub resource_group: Option<Spanned<RawValues>>,
    /// The endpoint's name.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub name: Option<Spanned<RawValues>>,
    /// The full id of the endpoint's virtual network.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub virtual_network: Option<Spanned<RawValues>>,
    /// The endpoint's region, such as `westeurope`.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub location: Option<Spanned<RawValues>>,
    /// Ranges that every address of the endpoint must lie in, such as `10.1.0.0/16`.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub address: Option<Spanned<RawValues>>,
    /// The full id of the Data Factory that a managed endpoint works for, and that confirms it; needs `subscription`
    /// beside it.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub service: Option<Spanned<RawValues>>,
    /// What the requester wrote. It proves nothing, so it only narrows another condition on the requester.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Values"))]
    pub message: Option<Spanned<RawValues>>,
    /// Conditions of the same shape, without a further `not`; it holds when they do not all hold.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Box<RawRequester>"))]
    pub not: Option<Spanned<Box<RawRequester>>>,
}

/// A connection with what should become of it.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema), schemars(rename = "Test"))]
#[serde(deny_unknown_fields)]
pub(super) struct RawTest {
    /// What it shows.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub name: Spanned<String>,
    /// The connection; what is left out is unknown.
    pub connection: KnownConnection,
    /// The day to decide on, UTC; the day of the run unless said.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "Day"))]
    pub at: Option<Spanned<String>>,
    /// What should become of the connection.
    pub expect: Effect,
    /// The id of the rule that should be named.
    #[serde(default, deserialize_with = "present_option")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub rule: Option<Spanned<String>>,
}
