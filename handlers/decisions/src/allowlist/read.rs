//! Reads an allowlist file, strictly: whatever is not understood is a problem with its place and remedy.
//!
//! Reading has two steps. The modules `file` and `values` say how the YAML looks and let serde refuse unknown keys and
//! wrong shapes; `syntax` puts such a refusal in the author's words. What only a person's meaning can get wrong (a date,
//! a GUID, an id used twice) is checked here and in `rules`, all of it at once, so that a file is mended in one go.

mod file;
mod options;
mod problem;
mod rules;
#[cfg(feature = "schema")]
mod schema;
mod syntax;
mod values;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_saphyr::{Location, Options, Spanned};
use time::{Date, format_description::BorrowedFormatItem, macros::format_description};

use self::file::{RawFile, RawTest};
pub(super) use self::options::{ATTEMPTS_MAX, TTL_MAX_SECONDS};
pub(super) use self::problem::PROBLEMS_MAX;
pub use self::problem::{AllowlistError, Problem};
pub(super) use self::rules::RULE_ID_MAX_CHARS;
#[cfg(feature = "schema")]
pub use self::schema::schema;
pub(super) use self::values::TAKEN_FROM_SETS_MAX;
use self::values::{RawValue, RawValues, ValueReader};
use super::condition::Place;
use super::index::Index;
use super::spelling::Guesses;
use super::{Allowlist, NamedSet, TestCase};
use crate::untrusted::escaped;

/// The only version of the language so far.
const VERSION: u64 = 1;
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
/// Where digits stand in a day.
const DAY_DIGITS: [bool; 10] = [true, true, true, true, false, true, true, false, true, true];

impl Allowlist {
    /// The size above which a file is not read. A hundred thousand rules take 20 to 30 MiB.
    pub const FILE_MAX_BYTES: usize = 32 * 1024 * 1024;

    /// Reads the text of an allowlist file.
    ///
    /// # Errors
    /// The problems of the file, each with line, column and remedy.
    pub fn parse(text: &str) -> Result<Self, AllowlistError> {
        if text.len() > Self::FILE_MAX_BYTES {
            return Err(AllowlistError::of(vec![Problem {
                line: 1,
                column: 1,
                message: format!("the file has {} bytes, and at most {} are read", text.len(), Self::FILE_MAX_BYTES),
                remedy: "use globs in place of long lists".to_owned(),
            }]));
        }
        let raw: RawFile = serde_saphyr::from_str_with_options(text, options())
            .map_err(|error| AllowlistError::of(vec![syntax::problem(text, &error)]))?;
        let mut reader = Reader::default();
        let allowlist = reader.allowlist(raw);
        if reader.problems.is_empty() { Ok(allowlist) } else { Err(AllowlistError::of(reader.problems)) }
    }
}

/// Room for a hundred thousand rules as they are written.
pub(super) const NODES_MAX: usize = 8_000_000;
/// The parser tells of the beginning and of the end of most nodes.
const EVENTS_MAX: usize = 2 * NODES_MAX;
/// Far deeper than the language goes, `not` in `not` included.
pub(super) const DEPTH_MAX: usize = 64;
pub(super) const ANCHORS_MAX: usize = 1_000;
/// Aliases of aliases multiply, so there is little room for them.
pub(super) const ALIASED_EVENTS_MAX: usize = 20_000;

/// Bounds what a hostile file can cost.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: EVENTS_MAX, max_nodes: NODES_MAX, max_depth: DEPTH_MAX, max_anchors: ANCHORS_MAX
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: ALIASED_EVENTS_MAX },
        // Only `true` and `false`: a subscription or name may be called `no` or `y`.
        strict_booleans: true,
        reject_unsupported_tags: true,
        emit_comments: false,
        with_snippet: false,
    }
}

/// Turns what the file says into what it means, and keeps every problem on the way.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    values: ValueReader,
    guesses: Guesses,
    texts: BTreeSet<Arc<str>>,
}

impl Reader {
    fn allowlist(&mut self, raw: RawFile) -> Allowlist {
        self.version(&raw.version);
        let places: Vec<_> =
            raw.sets.iter().map(|(name, values)| (name.clone(), place_of(values.referenced))).collect();
        self.values = ValueReader::new(raw.sets.into_iter().map(|(name, values)| self.set(name, values)).collect());
        let dns = self.dns(raw.dns);
        let validation = self.validation(raw.validation);
        self.check_ids(&raw.rules);
        let mut rules: Vec<_> = raw.rules.into_iter().map(|rule| self.rule(rule)).collect();
        // They are collected where the file's own, larger ones stood.
        rules.shrink_to_fit();
        let ids = rules.iter().map(|rule| &*rule.id).collect();
        let tests = raw.tests.into_iter().map(|test| self.test(test, &ids)).collect();
        let used = &self.values.used_sets;
        let named = places.into_iter().map(|(name, place)| NamedSet { is_used: used.contains(&name), name, place });
        let index = Index::of(&rules);
        Allowlist { sets: named.collect(), rules, tests, dns, validation, on_change: raw.on_change, index }
    }

    fn version(&mut self, version: &Spanned<u64>) {
        let found = version.value;
        if found > VERSION {
            let message = format!("version {found} is newer than this Portreeve, which reads version {VERSION}");
            self.problem(version.referenced, message, "update Portreeve first, or write `version: 1`");
        } else if found < VERSION {
            let message = format!("there never was a version {found}");
            self.problem(version.referenced, message, "write `version: 1`");
        }
    }

    fn set(&mut self, name: String, raw: Spanned<RawValues>) -> (String, Vec<(Location, RawValue)>) {
        if raw.value.0.is_empty() {
            let message = format!("set `{}` is empty", escaped(&name, 80));
            self.problem(raw.referenced, message, "list its values, or take it out");
        }
        for (place, value) in &raw.value.0 {
            if let RawValue::Set(inner) = value {
                let message = format!("set `{}` cannot stand in another set", escaped(inner, 80));
                self.problem(or(*place, raw.referenced), message, "list both sets in the condition");
            }
        }
        let values = raw.value.0.into_iter().map(|(place, value)| (or(place, raw.referenced), value)).collect();
        (name, values)
    }

    fn test(&mut self, raw: Spanned<RawTest>, ids: &BTreeSet<&str>) -> TestCase {
        let place = place_of(raw.referenced);
        let RawTest { name, connection, at, expect, rule } = raw.value;
        if let Some(rule) = &rule
            && !ids.contains(rule.value.as_str())
        {
            let message = format!("there is no rule `{}`", escaped(&rule.value, 80));
            let names = ids.iter().copied();
            let remedy = self.guesses.remedy(&rule.value, names, "name a rule's id, in the same letter case");
            self.problem(rule.referenced, message, remedy);
        }
        TestCase { name: name.value, connection, at: self.day(at), expect, rule: rule.map(|rule| rule.value), place }
    }

    fn day(&mut self, text: Option<Spanned<String>>) -> Option<Date> {
        let text = text?;
        let day = Date::parse(&text.value, DAY).ok();
        if day.is_none() {
            let message = format!("`{}` is not a day", escaped(&text.value, 40));
            let has_shape = text.value.bytes().map(|byte| byte.is_ascii_digit()).eq(DAY_DIGITS);
            let as_in = "write year, month and day, as in 2027-06-30";
            self.problem(text.referenced, message, if has_shape { "write one that the calendar has" } else { as_in });
        }
        day
    }

    /// One copy of a text for all rules that say it: owners and reasons repeat.
    fn shared(&mut self, text: Option<String>) -> Option<Arc<str>> {
        let text = text?;
        if let Some(known) = self.texts.get(text.as_str()) {
            return Some(known.clone());
        }
        let text: Arc<str> = text.into();
        self.texts.insert(text.clone());
        Some(text)
    }

    fn problem(&mut self, place: Location, message: String, remedy: impl Into<String>) {
        let remedy = remedy.into();
        self.problems.push(Problem { line: place.line().max(1), column: place.column().max(1), message, remedy });
    }
}

/// The first place, where it is one.
fn or(place: Location, otherwise: Location) -> Location {
    if place == Location::UNKNOWN { otherwise } else { place }
}

fn place_of(location: Location) -> Place {
    let counted = |number: u64| u32::try_from(number.max(1)).unwrap_or(u32::MAX);
    Place { line: counted(location.line()), column: counted(location.column()) }
}

#[cfg(test)]
mod tests;
