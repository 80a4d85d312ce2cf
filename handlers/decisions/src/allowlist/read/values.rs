//! The values of one condition as they are written, and what they mean for the fact that they are about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use ipnet::IpNet;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{Location, Spanned};

use crate::allowlist::condition::{Texts, Values};
use crate::allowlist::pattern::{PATTERN_MAX_CHARS, STARS_MAX};
use crate::allowlist::spelling::Guesses;
use crate::allowlist::{Fact, Pattern};
use crate::fold::{folded, folded_location};
use crate::resource_id::{ResourceId, is_guid};
use crate::untrusted::escaped;

/// More values than this in all conditions together, sets written out, would cost seconds and gigabytes.
pub(in crate::allowlist) const TAKEN_FROM_SETS_MAX: usize = 500_000;

/// A text, a reference to a set, or a list of such.
pub(super) struct RawValues(pub Vec<(Location, RawValue)>);

/// One of them.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum RawValue {
    /// A text or a glob.
    Text(String),
    /// All values of the set by this name.
    Set(String),
}

impl<'de> Deserialize<'de> for RawValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawValuesVisitor)
    }
}

struct RawValuesVisitor;

impl<'de> Visitor<'de> for RawValuesVisitor {
    type Value = RawValues;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, in quotes if it is a number, `{ set: NAME }`, or a list of such")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawValues, E> {
        Ok(RawValues(vec![(Location::UNKNOWN, RawValue::Text(text.to_owned()))]))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawValues, A::Error> {
        Ok(RawValues(vec![(Location::UNKNOWN, RawValueVisitor.visit_map(map)?)]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawValues, A::Error> {
        let mut values = Vec::new();
        while let Some(item) = items.next_element::<Spanned<RawValue>>()? {
            values.push((item.referenced, item.value));
        }
        Ok(RawValues(values))
    }
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawValueVisitor)
    }
}

struct RawValueVisitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSetReference {
    set: String,
}

impl<'de> Visitor<'de> for RawValueVisitor {
    type Value = RawValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, in quotes if it is a number, or `{ set: NAME }`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawValue, A::Error> {
        let reference = RawSetReference::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(RawValue::Set(reference.set))
    }
}

/// Something wrong with a value: where, if it has a place of its own, what, and the remedy.
pub(super) type ValueProblem = (Location, String, String);

/// Gives each condition its values. Conditions that say the same share them, and each is looked at once.
#[derive(Default)]
pub(super) struct ValueReader {
    sets: BTreeMap<String, Vec<(Location, RawValue)>>,
    known: BTreeMap<(Fact, Vec<RawValue>), Arc<Values>>,
    guesses: Guesses,
    /// How many values conditions have taken from sets; those that say the same count once.
    taken_from_sets: usize,
    /// The sets that are used.
    pub used_sets: BTreeSet<String>,
}

impl ValueReader {
    /// A reader that knows these sets.
    pub fn new(sets: BTreeMap<String, Vec<(Location, RawValue)>>) -> Self {
        Self { sets, ..Self::default() }
    }

    /// What the values mean for a fact, and what is wrong with them; a problem is told at the first use only.
    pub fn read(&mut self, fact: Fact, raw: RawValues, problems: &mut Vec<ValueProblem>) -> Arc<Values> {
        let places: Vec<Location> = raw.0.iter().map(|(place, _)| *place).collect();
        let key = (fact, raw.0.into_iter().map(|(_, value)| value).collect::<Vec<_>>());
        if let Some(values) = self.known.get(&key) {
            return values.clone();
        }
        if key.1.is_empty() {
            let remedy = "list a value, or leave the key out".to_owned();
            problems.push((Location::UNKNOWN, "an empty list matches nothing".to_owned(), remedy));
        }
        let texts = self.texts(&key.1, &places, problems);
        for (place, text) in &texts {
            if let Some((message, remedy)) = problem_of(fact, text) {
                // A set's name in place of the set is no GUID, type, id or range: that is how it is noticed.
                let is_set = self.sets.contains_key(text);
                let remedy = if is_set {
                    format!("write `{{ set: {} }}` for the set", escaped(text, 80))
                } else {
                    remedy.to_owned()
                };
                problems.push((*place, message, remedy));
            }
        }
        let values = Arc::new(values_of(fact, &texts));
        self.known.insert(key, values.clone());
        values
    }

    /// The texts with those of the sets in place of their names.
    fn texts(
        &mut self,
        raw: &[RawValue],
        places: &[Location],
        problems: &mut Vec<ValueProblem>,
    ) -> Vec<(Location, String)> {
        let mut texts = Vec::new();
        for (value, place) in raw.iter().zip(places) {
            match value {
                RawValue::Text(text) => texts.push((*place, text.clone())),
                RawValue::Set(name) => {
                    self.used_sets.insert(name.clone());
                    match self.sets.get(name) {
                        // Lists that each name a large set and one thing more would be as large as the file squared.
                        Some(members) if self.taken_from_sets.saturating_add(members.len()) > TAKEN_FROM_SETS_MAX => {
                            // Said once: from here on every set is one too many.
                            if self.taken_from_sets == usize::MAX {
                                return Vec::new();
                            }
                            self.taken_from_sets = usize::MAX;
                            let message =
                                format!("the conditions take more than {TAKEN_FROM_SETS_MAX} values from sets");
                            let remedy = "name the set alone, as `{ set: … }`, which is kept once, or use globs";
                            problems.push((*place, message, remedy.to_owned()));
                            return Vec::new();
                        }
                        Some(members) => {
                            self.taken_from_sets += members.len();
                            texts.extend(members.iter().filter_map(|(place, member)| match member {
                                RawValue::Text(text) => Some((*place, text.clone())),
                                RawValue::Set(_) => None,
                            }));
                        }
                        None => {
                            let message = format!("there is no set `{}`", escaped(name, 80));
                            let known = self.sets.keys().map(String::as_str);
                            let remedy = self.guesses.remedy(name, known, "give it its values under `sets`");
                            problems.push((*place, message, remedy));
                        }
                    }
                }
            }
        }
        texts
    }
}

fn values_of(fact: Fact, texts: &[(Location, String)]) -> Values {
    if fact == Fact::RequesterAddress {
        return Values::Ranges(texts.iter().filter_map(|(_, text)| range(text)).collect());
    }
    let fold = |text: &str| match fact {
        Fact::TargetLocation | Fact::RequesterLocation => folded_location(text).into_owned(),
        Fact::RequesterVirtualNetwork | Fact::RequesterService if !Pattern::is_glob(text) => folded_id(text),
        _ => folded(text).into_owned(),
    };
    let (globs, plain): (Vec<_>, Vec<_>) = texts.iter().partition(|(_, text)| Pattern::is_glob(text));
    let mut plain: Vec<Box<str>> = plain.iter().map(|(_, text)| fold(text).into_boxed_str()).collect();
    let mut globs: Vec<Pattern> = globs.iter().map(|(_, text)| Pattern::new(&fold(text))).collect();
    plain.sort_unstable();
    plain.dedup();
    globs.sort_unstable();
    globs.dedup();
    Values::Texts(Texts { plain: plain.into(), globs: globs.into() })
}

fn range(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
}

/// What a condition's value cannot be, by the fact that it is about.
fn problem_of(fact: Fact, value: &str) -> Option<(String, &'static str)> {
    let shown = escaped(value, 80);
    if value.trim().is_empty() {
        return Some(("an empty text matches nothing".to_owned(), "write a value, or leave the key out"));
    }
    if value.chars().count() > PATTERN_MAX_CHARS {
        return Some((
            format!("`{shown}` is longer than {PATTERN_MAX_CHARS} characters"),
            "no name in Azure is that long",
        ));
    }
    if Pattern::new(value).as_str().matches('*').count() > STARS_MAX {
        return Some((format!("`{shown}` has more than {STARS_MAX} stars"), "write it with fewer, or list the values"));
    }
    if fact != Fact::RequesterMessage && has_unseen(value) {
        return Some((
            format!("`{shown}` has a blank at an end, or a character that is not seen"),
            "take it out; no name in Azure has one",
        ));
    }
    let is_glob = Pattern::is_glob(value);
    match fact {
        Fact::RequesterAddress if range(value).is_some_and(|range| range.addr() != range.network()) => Some((
            format!("`{shown}` is an address within a range"),
            "write the range's first address, as in 10.0.0.0/8, or the address alone",
        )),
        Fact::RequesterAddress if range(value).is_none() => {
            Some((format!("`{shown}` is not an address range"), "write it as 10.1.0.0/16 or 10.1.0.4"))
        }
        Fact::RequesterService => problem_of_service(value, &shown),
        Fact::TargetSubscription | Fact::RequesterSubscription if !is_glob && !is_guid(value) => {
            Some((format!("`{shown}` is not a subscription"), "write the subscription's GUID, or a glob"))
        }
        Fact::RequesterTenant if !is_glob && !is_guid(value) => {
            Some((format!("`{shown}` is not a tenant"), "write the tenant's GUID"))
        }
        Fact::TargetType if !is_glob && !value.contains('/') => {
            Some((format!("`{shown}` is not a resource type"), "write it as Microsoft.Storage/storageAccounts"))
        }
        Fact::RequesterVirtualNetwork if !is_glob && !is_network(value) => {
            Some((format!("`{shown}` is not a virtual network"), "write its full resource id, or a glob over such ids"))
        }
        Fact::RequesterVirtualNetwork if !value.starts_with(['/', '*']) => Some((
            format!("`{shown}` matches no virtual network"),
            "globs here are over full ids, as in \"*/virtualNetworks/hub-*\"",
        )),
        _ => None,
    }
}

/// Of other services nothing ties the endpoint to the one that asked for it.
fn problem_of_service(value: &str, shown: &str) -> Option<(String, &'static str)> {
    // Which factory to ask must be known beforehand, and a glob may look like an id.
    match ResourceId::parse(value).ok().filter(|_| !Pattern::is_glob(value)) {
        Some(id) if id.is_type("Microsoft.DataFactory/factories") => None,
        Some(_) => Some((
            format!("`{shown}` is no Data Factory, and no other service's endpoints can be told apart"),
            "name a Data Factory, and leave the others' to a person",
        )),
        None => Some((
            format!("`{shown}` is not a resource id"),
            "write the full id of the Data Factory, /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.DataFactory/factories/NAME, without globs",
        )),
    }
}

/// An id as it is compared: a trailing slash that parsing forgives must not keep it from ever matching.
fn folded_id(text: &str) -> String {
    ResourceId::parse(text).map_or_else(|_| folded(text).into_owned(), |id| id.key().to_owned())
}

/// Characters that are not seen, in a name that has none: what is written so matches nothing.
fn has_unseen(text: &str) -> bool {
    let is_format = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.trim() != text || text.chars().any(|c| c.is_control() || is_format(c))
}

fn is_network(value: &str) -> bool {
    ResourceId::parse(value).is_ok_and(|id| id.is_type("Microsoft.Network/virtualNetworks"))
}
