//! Reads an allowlist file, strictly: whatever is not understood is a problem with its place and remedy.
//!
//! Reading has two steps. The module `file` says how the YAML looks and lets serde refuse unknown keys and wrong
//! shapes; `syntax` puts such a refusal in the author's words. What only a person's meaning can get wrong (a date, a
//! GUID, an id used twice) is checked here, all of it at once, so that a file is mended in one go.

mod file;
mod syntax;

use std::collections::BTreeMap;
use std::fmt;

use serde_saphyr::{Location, Options, Spanned};
use time::{Date, format_description::BorrowedFormatItem, macros::format_description};

use self::file::{RawFile, RawRule, RawValues};
use super::pattern::PATTERN_MAX_CHARS;
use super::{Allowlist, Effect, Pattern, RequesterConditions, Rule, TargetConditions, Values, ZoneScope};
use crate::resource_id::is_guid;
use crate::untrusted::escaped;

/// The only version of the language so far.
const VERSION: u64 = 1;
/// Rule ids go into the description of a connection, which SQL limits to 128 characters.
const RULE_ID_MAX_CHARS: usize = 64;
/// One mistake can repeat in every rule, and all problems go into one log record.
const PROBLEMS_MAX: usize = 50;
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// One thing that is wrong with an allowlist file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}; {}", self.line, self.column, self.message, self.remedy)
    }
}

/// Why a file is not an allowlist: the problems that were found, in the file's order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowlistError {
    /// At least one, and no more than a person can use.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub left_out: usize,
}

impl AllowlistError {
    fn of(mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| (problem.line, problem.column));
        let left_out = problems.len().saturating_sub(PROBLEMS_MAX);
        problems.truncate(PROBLEMS_MAX);
        Self { problems, left_out }
    }
}

impl fmt::Display for AllowlistError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{problem}")?;
        }
        if self.left_out > 0 {
            write!(formatter, "\nand {} more", self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for AllowlistError {}

impl Allowlist {
    /// The size above which a file is not read. A hundred thousand rules take about 18 MiB.
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

/// Bounds what a hostile file can cost: room for a hundred thousand rules as they are written, and little for what
/// multiplies by aliases. Nesting deeper than 64 is refused by the library's default.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_events: 16_000_000, max_nodes: 8_000_000, max_anchors: 1_000 },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 100_000 },
        reject_unsupported_tags: true,
        emit_comments: false,
        with_snippet: false,
    }
}

/// Turns what the file says into what it means, and keeps every problem on the way.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn allowlist(&mut self, raw: RawFile) -> Allowlist {
        if raw.version.value != VERSION {
            let message = format!("version {} is not known", raw.version.value);
            self.problem(raw.version.referenced, message, "write `version: 1`");
        }
        for scope in &raw.dns.zones {
            self.check_scope(scope);
        }
        self.check_ids(&raw.rules);
        let zones = raw.dns.zones.into_iter().map(|scope| scope.value).collect();
        let rules = raw.rules.into_iter().map(|rule| self.rule(rule)).collect();
        Allowlist { rules, dns: super::DnsOptions { zones } }
    }

    fn check_scope(&mut self, scope: &Spanned<ZoneScope>) {
        let (subscription, resource_group) = (&scope.value.subscription, &scope.value.resource_group);
        if !is_guid(subscription) {
            let message = format!("`{}` is not a subscription", escaped(subscription, 60));
            self.problem(scope.referenced, message, "write the subscription's GUID");
        } else if !is_resource_group(resource_group) {
            let message = format!("`{}` is not a resource group", escaped(resource_group, 100));
            self.problem(scope.referenced, message, "write its name, without a path or globs");
        }
    }

    fn check_ids(&mut self, rules: &[Spanned<RawRule>]) {
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for id in rules.iter().map(|rule| &rule.value.id) {
            let is_id_char = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if id.value.is_empty() || id.value.len() > RULE_ID_MAX_CHARS || !id.value.chars().all(is_id_char) {
                let message = format!("`{}` cannot be a rule's id", escaped(&id.value, 80));
                self.problem(id.referenced, message, "use 1 to 64 letters, digits, `-`, `_` or `.`");
            }
            if let Some(line) = seen.insert(id.value.to_ascii_lowercase(), id.referenced.line()) {
                let message = format!("the rule on line {line} has the id `{}` already", escaped(&id.value, 80));
                self.problem(id.referenced, message, "give each rule an id of its own");
            }
        }
    }

    fn rule(&mut self, raw: Spanned<RawRule>) -> Rule {
        let place = raw.referenced;
        let raw = raw.value;
        let (not_before, expires) = (self.day(raw.not_before), self.day(raw.expires));
        if let (Some(first), Some(last)) = (not_before, expires)
            && last < first
        {
            self.problem(
                place,
                format!("rule `{}` expires before it begins", raw.id.value),
                "put `expires` after `not_before`",
            );
        }
        let target = TargetConditions {
            resource_type: self.values(raw.target.resource_type, ValueKind::ResourceType),
            subscription: self.values(raw.target.subscription, ValueKind::Subscription),
            resource_group: self.values(raw.target.resource_group, ValueKind::Name),
            name: self.values(raw.target.name, ValueKind::Name),
            group_ids: self.values(raw.target.group_ids, ValueKind::Name),
        };
        let requester = RequesterConditions {
            subscription: self.values(raw.requester.subscription, ValueKind::Subscription),
            resource_group: self.values(raw.requester.resource_group, ValueKind::Name),
            name: self.values(raw.requester.name, ValueKind::Name),
        };
        let (effect, owner, reason) = (raw.effect, raw.owner, raw.reason);
        let rule = Rule {
            id: raw.id.value,
            effect,
            owner,
            reason,
            target,
            requester,
            not_before,
            expires,
            line: place.line(),
        };
        if rule.effect == Effect::Approve && !rule.has_conditions() {
            let message = format!("rule `{}` would approve every connection there is", rule.id);
            self.problem(place, message, "name at least a `target` or a `requester`");
        }
        rule
    }

    fn day(&mut self, text: Option<Spanned<String>>) -> Option<Date> {
        let text = text?;
        let day = Date::parse(&text.value, DAY).ok();
        if day.is_none() {
            let message = format!("`{}` is not a day", escaped(&text.value, 40));
            self.problem(text.referenced, message, "write it as 2027-06-30");
        }
        day
    }

    fn values(&mut self, raw: Option<Spanned<RawValues>>, kind: ValueKind) -> Option<Values> {
        let raw = raw?;
        if raw.value.0.is_empty() {
            self.problem(
                raw.referenced,
                "an empty list matches nothing".to_owned(),
                "list a value, or leave the key out",
            );
        }
        for value in &raw.value.0 {
            if let Some((message, remedy)) = kind.problem(value) {
                self.problem(raw.referenced, message, remedy);
            }
        }
        Some(Values(raw.value.0.iter().map(|value| Pattern::new(value)).collect()))
    }

    fn problem(&mut self, place: Location, message: String, remedy: &str) {
        let remedy = remedy.to_owned();
        self.problems.push(Problem { line: place.line().max(1), column: place.column().max(1), message, remedy });
    }
}

/// Whether a text could be a resource group's name: it becomes part of the paths that we read and write.
/// Rules: <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>.
fn is_resource_group(name: &str) -> bool {
    let is_name_char = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
    (1..=90).contains(&name.chars().count()) && name.chars().all(is_name_char) && !name.ends_with('.')
}

/// What a condition's values are of, which decides what they can look like.
#[derive(Clone, Copy)]
enum ValueKind {
    ResourceType,
    Subscription,
    Name,
}

impl ValueKind {
    fn problem(self, value: &str) -> Option<(String, &'static str)> {
        let shown = escaped(value, 80);
        if value.trim().is_empty() {
            return Some(("an empty text matches nothing".to_owned(), "write a value, or leave the key out"));
        }
        if value.chars().count() > PATTERN_MAX_CHARS {
            return Some((format!("`{shown}` is longer than 512 characters"), "no name in Azure is that long"));
        }
        let is_glob = value.contains(['*', '?']);
        match self {
            Self::Subscription if !is_glob && !is_guid(value) => {
                Some((format!("`{shown}` is not a subscription"), "write the subscription's GUID, or a glob"))
            }
            Self::ResourceType if !is_glob && value.matches('/').count() == 0 => {
                Some((format!("`{shown}` is not a resource type"), "write it as Microsoft.Storage/storageAccounts"))
            }
            Self::ResourceType | Self::Subscription | Self::Name => None,
        }
    }
}

#[cfg(test)]
mod tests;
