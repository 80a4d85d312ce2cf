//! How an allowlist file looks: its keys and their shapes.
//!
//! Unknown keys are refused, and so are keys without a value. To YAML `name:` with nothing behind it is null, and serde
//! would read that as a condition that was never set, or a rule that never expires: it would approve more than was meant.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use crate::allowlist::{Effect, ZoneScope};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    pub version: Spanned<u64>,
    #[serde(default, deserialize_with = "present")]
    pub dns: RawDns,
    #[serde(default, deserialize_with = "present")]
    pub rules: Vec<Spanned<RawRule>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDns {
    #[serde(default, deserialize_with = "present")]
    pub zones: Vec<Spanned<ZoneScope>>,
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
    #[serde(default, deserialize_with = "present")]
    pub target: RawTarget,
    #[serde(default, deserialize_with = "present")]
    pub requester: RawRequester,
    #[serde(default, deserialize_with = "present_option")]
    pub not_before: Option<Spanned<String>>,
    #[serde(default, deserialize_with = "present_option")]
    pub expires: Option<Spanned<String>>,
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
    pub group_ids: Option<Spanned<RawValues>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRequester {
    #[serde(default, deserialize_with = "present_option")]
    pub subscription: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub resource_group: Option<Spanned<RawValues>>,
    #[serde(default, deserialize_with = "present_option")]
    pub name: Option<Spanned<RawValues>>,
}

/// What a key holds, and an error where it holds nothing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_option(PresentVisitor(PhantomData))
}

fn present_option<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    present(deserializer).map(Some)
}

struct PresentVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PresentVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_none<E: de::Error>(self) -> Result<T, E> {
        Err(E::invalid_type(Unexpected::Unit, &self))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }
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
