//! What is left of one limit, as this process believes: tokens that come in by themselves, and others may be taking them.
//!
//! | Azure | what comes in is ours | a burst is spread |
//! |---|---|---|
//! | tells with each answer what is left | in proportion to what is left | so that what is left would last four seconds |
//! | does not | all at first; half as much after each refusal that follows another within minutes, and slowly more again | over three seconds |
//!
//! In the first case, the more processes there are, the less is left when they take together what comes in: all come to go
//! at the same pace, and few are refused. In the second, whoever takes more is refused more often, so all come to take
//! equal shares.

use std::time::Duration;

use time::OffsetDateTime;

use super::counted::Size;
use crate::transport::EXCHANGES_AT_ONCE;

/// What of a burst is never used: requests do not arrive in the order and at the pace in which they are sent.
const MARGIN: f64 = 0.05;
/// How long what Azure says is left has to last. Longer leaves more of a burst unused, shorter means more refusals where
/// there are many processes.
const LASTS_SECONDS: f64 = 4.0;
/// However little is left, two requests are no further apart. Those who wait stand in a queue, which must not become long
/// by one answer.
const PACE_MAX_SECONDS: f64 = 2.0;
/// How long it takes at least to use up a full bucket. Taken all at once it would be refused all at once where another
/// process was there before.
const BURST_TAKES_SECONDS: f64 = 3.0;
/// The smallest share. With more processes than that, refusals go on; `infra/` allows 40 for each Function that writes.
const SHARE_MIN: f64 = 1.0 / 128.0;
/// How long it takes a share to double. Shorter means more refusals, longer that what others left lies idle.
const SHARE_DOUBLES_IN: f64 = 120.0;
/// A refusal that follows another sooner is of the same overload: it takes a while until half as much is felt.
const HALVES_EVERY: Duration = Duration::from_secs(10);
/// A refusal that comes longer after the one before says nothing about the share.
const REFUSALS_REMEMBERED_FOR: Duration = Duration::from_secs(600);

/// The tokens of one limit.
#[derive(Debug)]
pub(crate) struct Tokens {
    size: Size,
    /// How many there are at `as_of`; below zero by those that wait out a moment for one.
    level: f64,
    as_of: OffsetDateTime,
    /// When the next one may be used, so that a burst is spread.
    next_at: OffsetDateTime,
    sharing: Sharing,
}

/// How this process knows of the others.
#[derive(Debug)]
enum Sharing {
    /// Azure tells what they left.
    Told,
    /// Refusals tell: the part of the limit that this process may use, up to 1.
    Guessed { share: f64, refused_at: Option<OffsetDateTime> },
}

impl Tokens {
    /// All there can be.
    pub fn full(size: Size, now: OffsetDateTime) -> Self {
        let sharing = Sharing::Guessed { share: 1.0, refused_at: None };
        Self { size, level: usable(size), as_of: now, next_at: now, sharing }
    }

    /// How long until there are so many and one may be used.
    pub fn until(&self, tokens: f64, now: OffsetDateTime) -> Option<Duration> {
        self.until_at(tokens, self.per_second(), now)
    }

    /// The same if nobody else took any.
    pub fn until_if_alone(&self, tokens: f64, now: OffsetDateTime) -> Option<Duration> {
        self.until_at(tokens, self.size.per_second, now)
    }

    /// How many whoever waits is likely to take, for so many.
    pub fn worth(&self, turns: usize) -> f64 {
        f64::from(u32::try_from(turns).unwrap_or(u32::MAX)) * self.size.each_turn
    }

    /// Takes one, perhaps a moment before it is there.
    pub fn take(&mut self, now: OffsetDateTime) {
        self.level -= 1.0;
        self.next_at = self.next_at.max(now) + self.pace();
    }

    /// Azure refused a request: the count was wrong.
    pub fn refused(&mut self, is_told_already: bool, now: OffsetDateTime) {
        match &mut self.sharing {
            // One request will ask what is left.
            Sharing::Told => self.level = self.level.min(1.0),
            Sharing::Guessed { share, refused_at } => {
                self.level = self.level.min(0.0);
                if is_told_already {
                    return;
                }
                match refused_at {
                    Some(at) if now - *at < HALVES_EVERY => return,
                    Some(at) if now - *at < REFUSALS_REMEMBERED_FOR => *share = (*share / 2.0).max(SHARE_MIN),
                    _ => {}
                }
                *refused_at = Some(now);
            }
        }
    }

    /// Azure says how many are left. Fewer than we thought: others draw on the limit, too. More: they are ours, but for
    /// those that are under way and not counted yet.
    pub fn remaining(&mut self, requests: u32) {
        self.sharing = Sharing::Told;
        let left = f64::from(requests);
        self.level = self.level.clamp(left - f64::from(EXCHANGES_AT_ONCE), left).min(usable(self.size));
    }

    /// Whether forgetting them would change nothing.
    pub fn are_as_at_first(&self) -> bool {
        let is_whole = match self.sharing {
            Sharing::Told => true,
            Sharing::Guessed { share, .. } => share >= 1.0,
        };
        is_whole && self.level >= usable(self.size)
    }

    /// Lets the time pass until now.
    pub fn pass(&mut self, now: OffsetDateTime) {
        let seconds = Duration::try_from(now - self.as_of).unwrap_or_default().as_secs_f64();
        // A clock that was set back begins anew from where it is.
        if now < self.as_of {
            self.next_at = now;
            if let Sharing::Guessed { refused_at, .. } = &mut self.sharing {
                *refused_at = None;
            }
        }
        self.as_of = now;
        let come_in = match &mut self.sharing {
            Sharing::Told => {
                let ours = self.level.max(1.0) * (seconds / LASTS_SECONDS).exp_m1();
                ours.min(seconds * self.size.per_second)
            }
            Sharing::Guessed { share, .. } => {
                let come_in = seconds * self.size.per_second * *share;
                *share = (*share * (seconds / SHARE_DOUBLES_IN).exp2()).min(1.0);
                come_in
            }
        };
        self.level = (self.level + come_in).min(usable(self.size));
    }

    /// How far apart two are used.
    fn pace(&self) -> Duration {
        Duration::from_secs_f64(match self.sharing {
            Sharing::Told => (LASTS_SECONDS / self.level.max(1.0)).min(PACE_MAX_SECONDS),
            Sharing::Guessed { .. } => BURST_TAKES_SECONDS / self.size.burst,
        })
    }

    fn per_second(&self) -> f64 {
        match self.sharing {
            Sharing::Told => self.size.per_second,
            Sharing::Guessed { share, .. } => self.size.per_second * share,
        }
    }

    /// Rounded up to a millisecond, so that at this pace they are there then.
    fn until_at(&self, tokens: f64, per_second: f64, now: OffsetDateTime) -> Option<Duration> {
        let missing_ms = ((tokens - self.level) / per_second * 1000.0 - 1e-6).ceil().max(0.0);
        let spread = Duration::try_from(self.next_at - now).unwrap_or_default();
        Some(Duration::try_from_secs_f64(missing_ms / 1000.0).ok()?.max(spread))
    }
}

fn usable(size: Size) -> f64 {
    size.burst * (1.0 - MARGIN)
}

#[cfg(test)]
mod tests;
