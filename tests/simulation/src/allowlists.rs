//! The allowlists of a history: what each says of each team, and the file that says so.
//!
//! The oracle goes by the first and the handler by the second.

use portreeve_decisions::in_force::InForce;
use portreeve_in_memory::in_force;

use crate::dice::Dice;
use crate::scenario::{TEAMS, Team};
use crate::world::{APPLICATIONS, CONNECTIVITY};

/// What a version says of a team's endpoints.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Word {
    Approve,
    /// Approved, so many of them on each target.
    ApproveUpTo(usize),
    /// Approved by one rule, and held by another.
    ApproveAndHold,
    /// Approved by one rule, and rejected by another.
    ApproveAndReject,
    /// No rule is about them.
    Nothing,
    /// Approved by a rule that has expired.
    Expired,
}

/// One version of the allowlist.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    words: Vec<Word>,
}

impl Version {
    /// A version from chance. Most teams are approved in most versions, because what is held is soon over.
    pub fn any(dice: Dice, number: usize, has_limits: bool) -> Self {
        let words = [
            Word::Approve,
            Word::Approve,
            Word::Approve,
            Word::Approve,
            Word::ApproveAndHold,
            Word::ApproveAndReject,
            Word::Nothing,
            Word::Expired,
        ];
        let word = |team: &Team| {
            let question = format!("version {number} {}", team.group);
            let is_limited = has_limits && dice.in_thousand(&format!("{question} has a limit"), 600);
            match dice.pick(&question, &words) {
                Word::Approve if is_limited => Word::ApproveUpTo(1 + dice.below(&format!("{question} limit"), 2)),
                word => word,
            }
        };
        Self { words: TEAMS.iter().map(word).collect() }
    }

    /// What it says of an endpoint, by the subscription and resource group that it is in.
    pub fn word(&self, subscription: &str, group: &str) -> Word {
        if !subscription.eq_ignore_ascii_case(APPLICATIONS) {
            return Word::Nothing;
        }
        let team = TEAMS.iter().position(|team| team.group.eq_ignore_ascii_case(group));
        team.map_or(Word::Nothing, |team| self.words[team])
    }

    /// The version as the handler has it.
    pub fn in_force(&self, number: usize) -> InForce {
        in_force(&self.text(), &format!("version {number}"))
    }

    fn text(&self) -> String {
        let mut text = format!(
            "version: 1\ndns: {{ zones: [{{ subscription: {CONNECTIVITY}, resource_group: rg-dns }}] }}\nrules:\n"
        );
        for (team, word) in TEAMS.iter().zip(&self.words) {
            let mut rule = |effect: &str, more: &str| {
                let group = team.group;
                text += &format!(
                    "  - {{ id: {effect}-{group}, effect: {effect}, owner: o, reason: r, target: {{ type: \"*\" }}, requester: {{ subscription: {APPLICATIONS}, resource_group: {group} }}{more} }}\n"
                );
            };
            match word {
                Word::Nothing => {}
                Word::Approve => rule("approve", ""),
                Word::ApproveUpTo(limit) => rule("approve", &format!(", limit: {limit}")),
                Word::Expired => rule("approve", ", expires: 2025-12-31"),
                Word::ApproveAndHold => {
                    rule("approve", "");
                    rule("hold", "");
                }
                Word::ApproveAndReject => {
                    rule("approve", "");
                    rule("reject", "");
                }
            }
        }
        if self.words.iter().all(|word| *word == Word::Nothing) { text + "  []\n" } else { text }
    }
}
