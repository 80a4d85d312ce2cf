//! The limits of an allowlist file, for whoever writes one: each with its value where it is applied.

use super::pattern::{PATTERN_MAX_CHARS, STARS_MAX};
use super::read::{
    ALIASED_EVENTS_MAX, ANCHORS_MAX, ATTEMPTS_MAX, DEPTH_MAX, NODES_MAX, RULE_ID_MAX_CHARS, TAKEN_FROM_SETS_MAX,
    TTL_MAX_SECONDS,
};
use super::{Allowlist, check, read};
use crate::decide::{LOST_MAX, NEAR_MAX};

/// One limit.
#[derive(Debug)]
pub struct Limit {
    /// What is limited.
    pub about: &'static str,
    /// The most that it may be.
    pub most: usize,
    /// What is counted.
    pub unit: &'static str,
}

const fn limit(about: &'static str, most: usize, unit: &'static str) -> Limit {
    Limit { about, most, unit }
}

/// All limits.
pub const LIMITS: &[Limit] = &[
    limit("the size of a file; a hundred thousand rules take 20 to 30 MiB", Allowlist::FILE_MAX_BYTES >> 20, "MiB"),
    limit("keys, values and lists in a file", NODES_MAX, "nodes"),
    limit("keys and lists in one another", DEPTH_MAX, "levels"),
    limit("YAML anchors (`&name`)", ANCHORS_MAX, "anchors"),
    limit("what YAML aliases (`*name`) repeat, in total", ALIASED_EVENTS_MAX, "nodes"),
    limit("what conditions take from sets; those that say the same count once", TAKEN_FROM_SETS_MAX, "values"),
    limit("the id of a rule", RULE_ID_MAX_CHARS, "letters, digits, `-`, `_`, `.`"),
    limit("one value or glob in a condition", PATTERN_MAX_CHARS, "characters"),
    limit("stars in one glob", STARS_MAX, "stars"),
    limit("`dns.ttl_seconds`, from 1", TTL_MAX_SECONDS as usize, "seconds"),
    limit("`validation.attempts`, from 1", ATTEMPTS_MAX as usize, "tries"),
    limit("problems that are listed; the rest is counted", read::PROBLEMS_MAX, "problems"),
    limit("beaten rules that an explanation names", LOST_MAX, "rules"),
    limit("near rules that an explanation names", NEAR_MAX, "rules"),
    limit("days that a rule has left when `expires-soon` warns of it", check::SOON.whole_days() as usize, "days"),
];
