//! Checks of a file that can be read: small, named, one idea each.
//!
//! An error is what nobody can mean, and a file with one is not activated. Everything that may be meant, or that comes
//! about by itself as days pass, is a warning at most: an urgent reject rule must never be kept from taking effect
//! because it makes an approve rule pointless.

mod catalogued;
mod coverage;
mod overlap;
mod possible;
mod upkeep;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use time::Date;

pub(super) use self::upkeep::SOON;
use super::condition::{Condition, Conditions, Place};
use super::{Allowlist, Rule};
use crate::catalogue::Catalogue;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Note,
    /// Probably not meant.
    Warning,
    /// It cannot be meant; the file is not activated.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing that a check found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// The check's name.
    pub check: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The id of the rule that it is about, if it is about one.
    pub rule: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { check, severity, line, column, message, remedy, .. } = self;
        write!(formatter, "{line}:{column}: {severity}: {message}; {remedy} [{check}]")
    }
}

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// The most that a finding of it matters.
    pub severity: Severity,
    /// What it looks for.
    pub about: &'static str,
    run: fn(&Checked<'_>, &mut Findings),
}

const fn check(
    name: &'static str,
    severity: Severity,
    about: &'static str,
    run: fn(&Checked<'_>, &mut Findings),
) -> Check {
    Check { name, severity, about, run }
}

/// All checks, in the order in which they are run.
pub const CHECKS: &[Check] = &[
    check("unknown-type", Severity::Error, "a target type that no one knows, or that is misspelt", catalogued::types),
    check("unknown-group-id", Severity::Error, "a group id that its types do not have", catalogued::group_ids),
    check("impossible", Severity::Error, "conditions that cannot hold together", possible::impossible),
    check("unreachable", Severity::Warning, "a rule that other effects always beat", coverage::unreachable),
    check("shadowed", Severity::Warning, "a rule that an earlier one of its effect says already", coverage::shadowed),
    check("duplicate", Severity::Warning, "two rules that say the same", coverage::duplicate),
    check("overlap", Severity::Note, "a reject rule that takes a part away from approve rules", overlap::overlap),
    check(
        "no-requester",
        Severity::Warning,
        "an approve rule that asks nothing of the requester",
        upkeep::no_requester,
    ),
    check(
        "imitable-requester",
        Severity::Warning,
        "an approve rule that asks only what anybody can choose",
        upkeep::imitable_requester,
    ),
    check("expired", Severity::Warning, "a rule whose last day has passed", upkeep::expired),
    check("expires-soon", Severity::Warning, "a rule with less than 30 days left", upkeep::expires_soon),
    check("missing-owner", Severity::Warning, "a rule that nobody answers for", upkeep::missing_owner),
    check("missing-reason", Severity::Warning, "a rule that does not say why", upkeep::missing_reason),
    check("unused-set", Severity::Warning, "a set that no condition names", upkeep::unused_set),
    check("no-tests", Severity::Note, "rules without a single test", upkeep::no_tests),
];

/// What one check looks at.
struct Checked<'a> {
    allowlist: &'a Allowlist,
    catalogue: &'a Catalogue,
    today: Date,
    /// How many values may still be compared. Rules that all name large sets could keep a check busy for minutes.
    effort: Cell<usize>,
}

/// A tenth of a second's work. A check that has spent it misses findings and makes none up.
const EFFORT_MAX: usize = 2_000_000;

impl Checked<'_> {
    /// Whether so many values may be compared; they count as compared then.
    fn may_compare(&self, values: usize) -> bool {
        let left = self.effort.get().checked_sub(values);
        self.effort.set(left.unwrap_or(0));
        left.is_some()
    }
}

impl Allowlist {
    /// Looks for what is probably not meant, as of a day (UTC). The findings come in the file's order.
    #[must_use]
    pub fn check(&self, today: Date) -> Vec<Finding> {
        let mut findings = Vec::new();
        for check in CHECKS {
            let catalogue = Catalogue::known();
            let checked = Checked { allowlist: self, catalogue, today, effort: Cell::new(EFFORT_MAX) };
            let mut found = Findings { check, findings: Vec::new() };
            (check.run)(&checked, &mut found);
            findings.append(&mut found.findings);
        }
        findings.sort_by_key(|finding| (finding.line, finding.column));
        findings
    }
}

/// Takes one check's findings.
struct Findings {
    check: &'static Check,
    findings: Vec<Finding>,
}

impl Findings {
    /// A finding of the check's own severity about a rule, at a place in it.
    fn add(&mut self, rule: &Rule, place: Place, message: String, remedy: impl Into<String>) {
        self.add_as(self.check.severity, Some(rule), place, message, remedy);
    }

    fn add_as(
        &mut self,
        severity: Severity,
        rule: Option<&Rule>,
        place: Place,
        message: String,
        remedy: impl Into<String>,
    ) {
        let Place { line, column } = place;
        let (rule, remedy) = (rule.map(|rule| rule.id.to_string()), remedy.into());
        self.findings.push(Finding { check: self.check.name, severity, line, column, message, remedy, rule });
    }
}

/// Calls `visit` for every condition of a rule, those under `not` included, whose values were not seen before: what is
/// wrong with values that many rules share is said once.
fn for_new_conditions<'a>(
    conditions: &'a Conditions,
    seen: &mut BTreeSet<usize>,
    visit: &mut impl FnMut(&'a Condition),
) {
    for condition in &conditions.all {
        if seen.insert(std::sync::Arc::as_ptr(&condition.values).addr()) {
            visit(condition);
        }
    }
    for not in &conditions.not {
        for_new_conditions(&not.conditions, seen, visit);
    }
}

#[cfg(test)]
mod tests;
