//! How an allowlist file looks: its keys and their shapes.
//!
//! Unknown keys are refused, and so are keys without a value (see [`present`](crate::allowlist::present)).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::values::RawValues;
use crate::allowlist::present::{present, present_option};
use crate::allowlist::{Effect, KnownConnection, OnChange, ZoneScope};

/// Who may connect to what: the allowlist of Portreeve.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub version: Spanned<u64>,
    #[serde(default, deserialize_with = "present_option")]
    pub on_change: Option<OnChange>,
    #[serde(default, deserialize_with = "present")]
    pub sets: BTreeMap<String, Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present")]
    pub dns: RawDns,
    #[serde(default, deserialize_with = "present")]
    pub validation: RawValidation,
    #[serde(default, deserialize_with = "present")]
    pub rules: Vec<Spanned<RawRule>>,
    #[serde(default, deserialize_with = "present")]
    pub tests: Vec<Spanned<RawTest>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDns {
    #[serde(default, deserialize_with = "present")]
    pub zones: Vec<Spanned<ZoneScope>>,
    #[serde(default, deserialize_with = "present")]
    pub overrides: BTreeMap<String, Spanned<ZoneScope>>,
    #[serde(default, deserialize_with = "present_option")]
    pub create_missing_zones: Option<Spanned<bool>>,
    #[serde(default, deserialize_with = "present_option")]
    pub ttl_seconds: Option<Spanned<u32>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawValidation {
    #[serde(default, deserialize_with = "present_option")]
    pub enabled: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    pub ports: BTreeMap<String, Spanned<Vec<u16>>>,
    #[serde(default, deserialize_with = "present_option")]
    pub attempts: Option<Spanned<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub id: Spanned<String>,
    pub effect: Effect,
    #[serde(default, deserialize_with = "present_option")]
    pub owner: Option<String>,
    #[serde(default, deserialize_with = "present_option")]
    pub reason: Option<String>,
    #[serde(default, deserialize_with = "present_option")]
    pub ticket: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub target: RawTarget,
    #[serde(default, deserialize_with = "present")]
    pub requester: RawRequester,
    #[serde(default, deserialize_with = "present_option")]
    pub not_before: Option<Spanned<String>>,
    #[serde(default, deserialize_with = "present_option")]
    pub expires: Option<Spanned<String>>,
    #[serde(default, deserialize_with = "present_option")]
    pub limit: Option<Spanned<u32>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTarget {
    #[serde(rename = "type", default, deserialize_with = "present_option")]
    pub resource_type: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub subscription: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub resource_group: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub name: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub location: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub group_ids: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub not: Option<Spanned<Box<RawTarget>>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequester {
    #[serde(default, deserialize_with = "present_option")]
    pub subscription: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub tenant: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub resource_group: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub name: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub virtual_network: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub location: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub address: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub service: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub message: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub not: Option<Spanned<Box<RawRequester>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTest {
    pub name: Spanned<String>,
    pub connection: KnownConnection,
    #[serde(default, deserialize_with = "present_option")]
    pub at: Option<Spanned<String>>,
    pub expect: Effect,
    #[serde(default, deserialize_with = "present_option")]
    pub rule: Option<Spanned<String>>,
}
