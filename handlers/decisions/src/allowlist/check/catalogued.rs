//! Types and group ids that the catalogue does not have.
//!
//! What differs from a known word by a slip of the finger is an error. What is like nothing known may be newer than this
//! build, whose provider is asked at run time, and deserves a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Checked, Findings, Severity, for_new_conditions};
use crate::allowlist::condition::{Condition, Fact, Texts, Values};
use crate::allowlist::spelling::nearest;
use crate::allowlist::{Pattern, Rule};
use crate::catalogue::{GroupIds, TargetType};
use crate::untrusted::escaped;

pub(super) fn types(checked: &Checked<'_>, findings: &mut Findings) {
    let known: Vec<&str> = checked.catalogue.target_types().iter().map(|row| row.resource_type.as_str()).collect();
    let mut seen = BTreeSet::new();
    for rule in checked.allowlist.rules() {
        for_new_conditions(&rule.conditions, &mut seen, &mut |condition| {
            let Some(texts) = texts_on(condition, Fact::TargetType) else { return };
            for text in texts.plain.iter().filter(|text| !known.iter().any(|name| name.eq_ignore_ascii_case(text))) {
                unknown(
                    findings,
                    rule,
                    condition,
                    ("type", text),
                    &known,
                    "its provider is asked at run time, and where that fails its connections are held",
                );
            }
            for glob in texts.globs.iter().filter(|glob| !known.iter().any(|name| glob.matches(name))) {
                unknown_glob(findings, rule, condition, "type", glob);
            }
        });
    }
}

/// Most files ask for few sets of types, over and over; one that asks for many must not fill the memory.
const KNOWN_KEPT_MAX: usize = 100;

pub(super) fn group_ids(checked: &Checked<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    let mut known_of = BTreeMap::new();
    for rule in checked.allowlist.rules() {
        // The same group ids can be right for one rule's types and wrong for another's.
        let asked_types = rule.conditions.on(Fact::TargetType).map(|on| Arc::as_ptr(&on.values).addr());
        let mut new = Vec::new();
        for_new_conditions(&rule.conditions, &mut BTreeSet::new(), &mut |condition| {
            let asked = texts_on(condition, Fact::TargetGroupIds);
            new.extend(
                asked
                    .filter(|_| seen.insert((asked_types, Arc::as_ptr(&condition.values).addr())))
                    .map(|texts| (condition, texts)),
            );
        });
        // Most rules say nothing new, so what is known is gathered only for those that do.
        if new.is_empty() {
            continue;
        }
        if known_of.len() == KNOWN_KEPT_MAX {
            known_of.clear();
        }
        let known = known_of.entry(asked_types).or_insert_with(|| KnownGroupIds::of(types_of(checked, rule)));
        // Of a type that is unknown, so are the group ids.
        if known.ids.is_empty() || (known.has_open_types && asked_types.is_some()) {
            continue;
        }
        for (condition, texts) in new {
            known.check(findings, rule, condition, texts);
        }
    }
}

/// The group ids of some types.
struct KnownGroupIds<'a> {
    /// In order; a `*` at the end stands for the rest of a name.
    ids: Vec<&'a str>,
    /// In lower case, those that are no patterns.
    plain: BTreeSet<String>,
    /// Whether group ids of one of the types may be any.
    has_open_types: bool,
}

impl<'a> KnownGroupIds<'a> {
    fn of(types: Vec<&'a TargetType>) -> Self {
        let ids: BTreeSet<&str> =
            types.iter().flat_map(|row| row.group_ids.listed().iter().map(String::as_str)).collect();
        let plain = ids.iter().filter(|id| !id.ends_with('*')).map(|id| id.to_ascii_lowercase()).collect();
        Self { ids: ids.into_iter().collect(), plain, has_open_types: types.into_iter().any(is_open) }
    }

    /// The beginnings of those that are patterns.
    fn prefixes(&self) -> impl Iterator<Item = &'a str> {
        self.ids.iter().filter_map(|id| id.strip_suffix('*'))
    }

    fn has(&self, id: &str) -> bool {
        let begins = |prefix: &str| id.len() > prefix.len() && id.starts_with(&prefix.to_ascii_lowercase());
        self.plain.contains(id) || self.prefixes().any(begins)
    }

    fn may_match(&self, glob: &Pattern) -> bool {
        let start = glob.literal_prefix();
        let agrees = |prefix: String| start.starts_with(&prefix) || prefix.starts_with(start);
        self.ids.iter().any(|id| glob.matches(id)) || self.prefixes().any(|prefix| agrees(prefix.to_ascii_lowercase()))
    }

    fn check(&self, findings: &mut Findings, rule: &Rule, condition: &Condition, texts: &Texts) {
        let consequence = match self.has_open_types {
            true => "only types whose group ids are chosen by owners, or published nowhere, can have it",
            false => "no connection asks for it",
        };
        for text in texts.plain.iter().filter(|text| !self.has(text)) {
            unknown(findings, rule, condition, ("group id", text), &self.ids, consequence);
        }
        for glob in texts.globs.iter().filter(|glob| !self.may_match(glob)) {
            unknown_glob(findings, rule, condition, "group id", glob);
        }
    }
}

/// Whether group ids of the type may be any: its resources' owners choose them, or nobody has published them.
fn is_open(row: &TargetType) -> bool {
    matches!(row.group_ids, GroupIds::ChosenByOwner | GroupIds::Unpublished)
}

/// Whether a connection to the type could ask for one of these group ids.
pub(super) fn could_ask_for(row: &TargetType, asked: &Texts) -> bool {
    let may_match = |id: &String| id.ends_with('*') || asked.contains(&id.to_ascii_lowercase());
    let by_glob = || !asked.globs.is_empty() && row.group_ids.listed().iter().any(may_match);
    is_open(row) || asked.plain.iter().any(|id| row.group_ids.may_have(id)) || by_glob()
}

/// The known types that a rule could be about; none where it names one that is unknown.
pub(super) fn types_of<'a>(checked: &'a Checked<'_>, rule: &Rule) -> Vec<&'a TargetType> {
    let known = checked.catalogue.target_types();
    let Some(texts) = rule.conditions.on(Fact::TargetType).and_then(|on| texts_on(on, Fact::TargetType)) else {
        return known.iter().map(AsRef::as_ref).collect();
    };
    let is_asked = |row: &&TargetType| texts.contains(&row.resource_type.to_ascii_lowercase());
    let of_catalogue: Vec<&TargetType> = known.iter().map(AsRef::as_ref).filter(is_asked).collect();
    if !checked.may_compare(texts.plain.len()) {
        return Vec::new();
    }
    let is_unknown = |text: &str| !known.iter().any(|row| row.resource_type.eq_ignore_ascii_case(text));
    if texts.plain.iter().any(|text| is_unknown(text)) { Vec::new() } else { of_catalogue }
}

pub(super) fn texts_on(condition: &Condition, fact: Fact) -> Option<&Texts> {
    match &*condition.values {
        Values::Texts(texts) if condition.fact == fact => Some(texts),
        Values::Texts(_) | Values::Ranges(_) => None,
    }
}

fn unknown(
    findings: &mut Findings,
    rule: &Rule,
    condition: &Condition,
    (kind, text): (&str, &str),
    known: &[&str],
    consequence: &str,
) {
    let message = format!("{kind} `{}` is not known", escaped(text, 100));
    match nearest(text, known.iter().copied()) {
        Some(near) => findings.add(rule, condition.place, message, format!("did you mean `{near}`?")),
        None => {
            let remedy = format!("compare it with Azure's documentation; {consequence}");
            findings.add_as(Severity::Warning, Some(rule), condition.place, message, remedy);
        }
    }
}

fn unknown_glob(findings: &mut Findings, rule: &Rule, condition: &Condition, kind: &str, glob: &Pattern) {
    let message = format!("`{}` matches no known {kind}", escaped(glob.as_str(), 100));
    findings.add_as(Severity::Warning, Some(rule), condition.place, message, "compare it with Azure's documentation");
}
