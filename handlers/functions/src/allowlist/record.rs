//! What is logged of the allowlist: one record when something about it changes, and none while it does not.

use portreeve_decisions::admission::Admitted;
use portreeve_decisions::in_force::{AllowlistVersion, InForce};
use time::OffsetDateTime;
use tracing::{error, info, warn};

use super::source::Unreadable;
use super::standing::RefusedVersion;

/// One mistake can repeat in every rule. A log record keeps some kilobytes, and nobody mends more at once.
const PROBLEMS_MAX: usize = 20;
const PROBLEM_MAX_CHARS: usize = 400;

pub(super) fn activated(
    version: &AllowlistVersion,
    admitted: &Admitted,
    former: Option<&AllowlistVersion>,
    now: OffsetDateTime,
) {
    let allowlist = &admitted.allowlist;
    info!(
        event = "allowlist",
        allowlist_hash = version.hash,
        allowlist_source = version.source,
        rules = allowlist.rules().len(),
        zone_groups = allowlist.dns.zones.len(),
        former_hash = former.map(|former| former.hash.as_str()),
        former_age_seconds = former.map(|former| former.age_seconds(now)),
        "version {} of the allowlist is in force",
        version.hash
    );
    if !admitted.warnings.is_empty() {
        warn!(
            event = "allowlist",
            allowlist_hash = version.hash,
            allowlist_source = version.source,
            problems = bounded(&admitted.warnings),
            problem_count = admitted.warnings.len(),
            "the checks of the allowlist that is in force found something; `portreeve allowlist check` shows where"
        );
    }
}

/// What has become of a last good version while days went by.
pub(super) fn warnings(version: &AllowlistVersion, warnings: &[String]) {
    let (shown, count) = (bounded(warnings), warnings.len());
    if count > 0 {
        error!(
            event = "allowlist",
            allowlist_hash = version.hash,
            allowlist_source = version.source,
            problems = shown,
            problem_count = count,
            "the last good version of the allowlist would not be put in force anew today"
        );
    }
}

pub(super) fn refused(refused: &RefusedVersion, source: &str, in_force: Option<&InForce>) {
    let serves = in_force.and_then(InForce::version).map(|version| version.hash.as_str());
    error!(
        event = "allowlist",
        allowlist_hash = refused.hash,
        allowlist_source = source,
        problems = bounded(&refused.problems),
        problem_count = refused.problems.len(),
        in_force_hash = serves,
        "this version of the allowlist is refused, and changes nothing"
    );
}

pub(super) fn put_back(in_force: &InForce, now: OffsetDateTime) {
    let InForce::Allowlist(active) = in_force else { return };
    let (allowlist, version) = (&active.allowlist, &active.version);
    info!(
        event = "allowlist",
        allowlist_hash = version.hash,
        allowlist_source = version.source,
        allowlist_age_seconds = version.age_seconds(now),
        rules = allowlist.rules().len(),
        zone_groups = allowlist.dns.zones.len(),
        "the allowlist is the last good version, {}, which is in force",
        version.hash
    );
}

pub(super) fn fell_back(in_force: &InForce, now: OffsetDateTime) {
    let Some(version) = in_force.version() else { return };
    error!(
        event = "allowlist",
        allowlist_hash = version.hash,
        allowlist_source = version.source,
        allowlist_age_seconds = version.age_seconds(now),
        "the last good version of the allowlist is in force, because the present one is not to be had"
    );
}

pub(super) fn last_good_is_unusable(version: &AllowlistVersion, problems: &[String]) {
    error!(
        event = "allowlist",
        allowlist_hash = version.hash,
        allowlist_source = version.source,
        problems = bounded(problems),
        problem_count = problems.len(),
        "the last good version of the allowlist cannot be used any more"
    );
}

pub(super) fn nothing_is_in_force(why: &str) {
    error!(event = "allowlist", error = why, "no allowlist is in force: every connection is held");
}

pub(super) fn unreadable(unreadable: &Unreadable, source: &str) {
    if unreadable.is_lasting {
        error!(event = "allowlist", allowlist_source = source, error = %unreadable, "the allowlist cannot be read; what is in force stays");
    } else {
        warn!(event = "allowlist", allowlist_source = source, error = %unreadable, "the allowlist cannot be read at the moment; what is in force stays");
    }
}

pub(super) fn readable_again(source: &str) {
    info!(event = "allowlist", allowlist_source = source, "the allowlist can be read again");
}

pub(super) fn not_kept(why: &str) {
    warn!(
        event = "allowlist",
        error = why,
        remedy =
            "give the app a place that it may write to; until then a restart during a bad version holds everything",
        "the last good version of the allowlist cannot be kept"
    );
}

/// The first problems, and the same as one text.
fn bounded(problems: &[String]) -> String {
    let mut shown: Vec<String> =
        problems.iter().take(PROBLEMS_MAX).map(|problem| problem.chars().take(PROBLEM_MAX_CHARS).collect()).collect();
    if problems.len() > PROBLEMS_MAX {
        shown.push(format!("and {} more", problems.len() - PROBLEMS_MAX));
    }
    shown.join("\n")
}
