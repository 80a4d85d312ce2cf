//! How an allowlist file looks: its keys and their shapes. Unknown keys are refused.

use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use crate::allowlist::{Effect, ZoneScope};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub version: Spanned<u64>,
    #[serde(default)]
    pub dns: RawDns,
    #[serde(default)]
    pub rules: Vec<Spanned<RawRule>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDns {
    #[serde(default)]
    pub zones: Vec<Spanned<ZoneScope>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRule {
    pub id: Spanned<String>,
    pub effect: Effect,
    pub owner: Option<String>,
    pub reason: Option<String>,
    #[serde(default)]
    pub target: RawTarget,
    #[serde(default)]
    pub requester: RawRequester,
    pub not_before: Option<Spanned<String>>,
    pub expires: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTarget {
    #[serde(rename = "type")]
    pub resource_type: Option<Spanned<RawValues>>,
    pub subscription: Option<Spanned<RawValues>>,
    pub resource_group: Option<Spanned<RawValues>>,
    pub name: Option<Spanned<RawValues>>,
    pub group_ids: Option<Spanned<RawValues>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequester {
    pub subscription: Option<Spanned<RawValues>>,
    pub resource_group: Option<Spanned<RawValues>>,
    pub name: Option<Spanned<RawValues>>,
}

/// A condition's values: one text or a list of texts.
pub(super) struct RawValues(pub Vec<String>);

impl<'de> Deserialize<'de> for RawValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawValuesVisitor)
    }
}

struct RawValuesVisitor;

impl<'de> Visitor<'de> for RawValuesVisitor {
    type Value = RawValues;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, in quotes if it is a number, or a list of texts")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawValues, E> {
        Ok(RawValues(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawValues, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element()? {
            values.push(value);
        }
        Ok(RawValues(values))
    }
}
