//! One limit as this process sees it: what is left of it, who waits in line for it, and until when Azure has closed it.
//!
//! It is a bucket of tokens that fills up by itself. Whoever finds it empty books a turn at the end of the line and comes
//! back for it: the line is as long as the bucket is slow, so those who wait come back one by one, and newcomers stand
//! behind them.
//!
//! Other processes may draw on the same limit without a word, see [`tokens`](super::tokens). The turns that are booked are
//! those of the whole limit all the same: jobs are everybody's, so one that comes back may meet a process that has a token
//! left for it; else it books once more.

use std::time::Duration;

use time::OffsetDateTime;

use super::counted::Size;
use super::line::Line;
use super::tokens::Tokens;

/// From the fifth refusal in a row on, each doubles the wait that Azure asks for, up to so much more. A request that comes
/// too early is not looked at and is told a new wait
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling#error-code>), so
/// several processes have to leave room for a quiet moment.
const WAIT_LONGER_MAX: Duration = Duration::from_secs(60);
/// A turn that nobody came for within this time is nobody's: the job is late, or another process has it.
const TURN_KEPT_FOR: Duration = Duration::from_secs(5);
/// Nobody is told to come back later than that. A line that long is an error of ours, or of an answer's.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub(crate) struct Bucket {
    tokens: Tokens,
    line: Line,
    closed_until: OffsetDateTime,
    /// Refusals since the last request that was let through.
    refusals_in_a_row: u32,
}

impl Bucket {
    /// A full one.
    pub fn new(size: Size, now: OffsetDateTime) -> Self {
        Self { tokens: Tokens::full(size, now), line: Line::default(), closed_until: now, refusals_in_a_row: 0 }
    }

    /// How long this request has to wait; nothing where there is a token for it. `has_precedence` is whether it comes
    /// from the line, or belongs to work that has begun: then it does not stand behind those who wait.
    pub fn wait(&mut self, request: &str, has_precedence: bool, now: OffsetDateTime) -> Duration {
        self.pass(now);
        let turn = self.line.due(request);
        let ahead = match turn {
            // Another job about the same stands in line already.
            Some(due) if due > now => return self.closed_for(now).max(between(now, due)),
            _ if has_precedence => 0,
            _ => self.line.len() - usize::from(turn.is_some()),
        };
        self.at_least_closed(self.tokens.until(1.0 + self.tokens.worth(ahead), now), now)
    }

    /// Takes the token that [`Bucket::wait`] spoke of.
    pub fn take(&mut self, request: &str, now: OffsetDateTime) {
        self.tokens.take(now);
        self.line.leave(request);
    }

    /// Books a turn at the end of the line, and says when it is. Who has one keeps it.
    pub fn book(&mut self, request: &str, now: OffsetDateTime) -> OffsetDateTime {
        self.pass(now);
        let kept = self.line.due(request).filter(|due| *due > now);
        let ahead = self.tokens.worth(self.line.len());
        let at_the_end = now + self.at_least_closed(self.tokens.until_if_alone(1.0 + ahead, now), now);
        let due = kept.unwrap_or(at_the_end).max(self.closed_until);
        self.line.stand(request, due);
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
        let is_told_already = self.closed_until > now;
        self.tokens.refused(is_told_already, now);
        let mut wait = retry_after;
        if !is_told_already {
            let longer = wait.saturating_mul((1 << self.refusals_in_a_row.saturating_sub(3).min(16)) - 1);
            wait = wait.saturating_add(longer.min(WAIT_LONGER_MAX));
            self.refusals_in_a_row += 1;
        }
        self.closed_until = self.closed_until.max(now + wait);
    }

    /// Azure let a request through. One that was under way when another was refused says nothing of what came after.
    pub fn let_through(&mut self, now: OffsetDateTime) {
        if self.closed_until <= now {
            self.refusals_in_a_row = 0;
        }
    }

    /// Azure says how many requests are left.
    pub fn remaining(&mut self, requests: u32, now: OffsetDateTime) {
        self.pass(now);
        self.tokens.remaining(requests);
    }

    /// Whether forgetting it would change nothing.
    pub fn is_at_rest(&mut self, now: OffsetDateTime) -> bool {
        self.pass(now);
        self.tokens.are_as_at_first() && self.line.len() == 0 && self.closed_until <= now
    }

    /// Lets the time pass until now.
    fn pass(&mut self, now: OffsetDateTime) {
        self.tokens.pass(now);
        self.line.pass(now - TURN_KEPT_FOR);
    }

    /// A wait, as long as Azure has closed the limit at least. One that is too long to say has no value.
    fn at_least_closed(&self, wait: Option<Duration>, now: OffsetDateTime) -> Duration {
        wait.unwrap_or(WAIT_MAX).max(self.closed_for(now)).min(WAIT_MAX)
    }
}

fn between(from: OffsetDateTime, to: OffsetDateTime) -> Duration {
    Duration::try_from(to - from).unwrap_or_default()
}

#[cfg(test)]
mod tests;
