//! One limit as this process sees it: what is left of it, who waits in line for it, and until when Azure has closed it.
//!
//! It is a bucket of tokens that fills up by itself. Whoever finds it empty books a turn at the end of the line and comes
//! back for it: the line is as long as the bucket is slow, so those who wait come back one by one, and newcomers stand
//! behind them.
//!
//! Other processes may draw on the same limit without a word. A refusal that our own count did not foresee tells of them.
//! The first one corrects the count; if that was not enough, this process takes half of what it took, and slowly more
//! again. Whoever takes more is refused more often, so several processes come to take equal shares.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

use super::counted::Size;

/// So many requests are under way at once at most, see `transport.rs`.
const UNDER_WAY: f64 = 48.0;
/// What of a burst is never used: requests do not arrive in the order and at the pace in which they are sent.
const MARGIN: f64 = 0.05;
/// The smallest share. With more processes than that, refusals go on.
const SHARE_MIN: f64 = 1.0 / 64.0;
/// How long it takes a share to double. Shorter means more refusals, longer that what others left lies idle.
const SHARE_DOUBLES_IN: f64 = 300.0;
/// A refusal that comes longer after the one before says nothing about the share.
const REFUSALS_REMEMBERED_FOR: Duration = Duration::from_secs(600);
/// A turn that nobody came for within this time is nobody's: the job is late, or another process has it.
const TURN_KEPT_FOR: Duration = Duration::from_secs(5);

/// Nobody is told to come back later than that. A line that long is an error of ours, or of an answer's.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub(crate) struct Bucket {
    size: Size,
    /// Tokens at `as_of`; below zero by those that wait out a moment for one.
    level: f64,
    as_of: OffsetDateTime,
    /// The part of the limit that this process may use, up to 1.
    share: f64,
    refused_at: Option<OffsetDateTime>,
    closed_until: OffsetDateTime,
    /// The line: when it is whose turn.
    line: BTreeMap<String, OffsetDateTime>,
}

impl Bucket {
    /// A full one.
    pub fn new(size: Size, now: OffsetDateTime) -> Self {
        let level = size.burst * (1.0 - MARGIN);
        Self { size, level, as_of: now, share: 1.0, refused_at: None, closed_until: now, line: BTreeMap::new() }
    }

    /// How long this request has to wait; nothing where there is a token for it. `has_precedence` is whether it comes
    /// from the line, or belongs to work that has begun: then it does not stand behind those who wait.
    pub fn wait(&mut self, request: &str, has_precedence: bool, now: OffsetDateTime) -> Duration {
        self.pass(now);
        match self.line.get(request) {
            // Another job about the same stands in line already.
            Some(due) if *due > now => self.closed_for(now).max(between(now, *due)),
            _ if has_precedence => self.until_filled(1.0, now),
            own => {
                let ahead = self.line.len() - usize::from(own.is_some());
                self.until_filled(1.0 + self.worth(ahead), now)
            }
        }
    }

    /// Takes the token that [`Bucket::wait`] spoke of, perhaps a moment before it is there.
    pub fn take(&mut self, request: &str) {
        self.level -= 1.0;
        self.line.remove(request);
    }

    /// Books a turn at the end of the line, and says when it is. Who has one keeps it.
    pub fn book(&mut self, request: &str, now: OffsetDateTime) -> OffsetDateTime {
        self.pass(now);
        let kept = self.line.get(request).filter(|due| **due > now).copied();
        let at_the_end = now + self.until_filled(1.0 + self.worth(self.line.len()), now);
        let due = kept.unwrap_or(at_the_end).max(self.closed_until);
        self.line.insert(request.to_owned(), due);
        due
    }

    /// For how long Azure has closed it.
    pub fn closed_for(&self, now: OffsetDateTime) -> Duration {
        between(now, self.closed_until)
    }

    /// Azure refused a request, and wants none before `retry_after` has passed.
    pub fn refused(&mut self, retry_after: Duration, now: OffsetDateTime) {
        self.pass(now);
        // Several that were under way together are refused together: that is one refusal.
        if self.closed_until <= now {
            if self.refused_at.is_some_and(|at| now - at < REFUSALS_REMEMBERED_FOR) {
                self.share = (self.share / 2.0).max(SHARE_MIN);
            }
            self.refused_at = Some(now);
        }
        self.closed_until = self.closed_until.max(now + retry_after);
        self.level = self.level.min(0.0);
    }

    /// Azure says how many requests are left. Fewer than we thought: others draw on the limit, too. More: they are ours, but
    /// for those that are under way and not counted yet.
    pub fn remaining(&mut self, requests: u32, now: OffsetDateTime) {
        self.pass(now);
        let left = f64::from(requests) * self.share;
        self.level = self.level.clamp(left - UNDER_WAY, left).min(self.size.burst * (1.0 - MARGIN));
    }

    /// Whether forgetting it would change nothing.
    pub fn is_at_rest(&mut self, now: OffsetDateTime) -> bool {
        self.pass(now);
        let is_full = self.level >= self.size.burst * (1.0 - MARGIN);
        is_full && self.share >= 1.0 && self.line.is_empty() && self.closed_until <= now
    }

    /// Lets the time pass until now.
    fn pass(&mut self, now: OffsetDateTime) {
        let seconds = between(self.as_of, now).as_secs_f64();
        // A clock that was set back begins anew from where it is.
        self.as_of = now;
        self.level = (self.level + seconds * self.per_second()).min(self.size.burst * (1.0 - MARGIN));
        self.share = (self.share * (seconds / SHARE_DOUBLES_IN).exp2()).min(1.0);
        self.line.retain(|_, due| *due + TURN_KEPT_FOR > now);
    }

    fn per_second(&self) -> f64 {
        self.size.per_second * self.share
    }

    fn worth(&self, turns: usize) -> f64 {
        f64::from(u32::try_from(turns).unwrap_or(u32::MAX)) * self.size.each_turn
    }

    /// How long until there are so many tokens, rounded up, so that they are there then.
    fn until_filled(&self, tokens: f64, now: OffsetDateTime) -> Duration {
        let missing_ms = ((tokens - self.level) / self.per_second() * 1000.0 - 1e-6).ceil().max(0.0);
        let wait = Duration::try_from_secs_f64(missing_ms / 1000.0).unwrap_or(WAIT_MAX);
        wait.max(self.closed_for(now)).min(WAIT_MAX)
    }
}

fn between(from: OffsetDateTime, to: OffsetDateTime) -> Duration {
    Duration::try_from(to - from).unwrap_or_default()
}

#[cfg(test)]
mod tests;
