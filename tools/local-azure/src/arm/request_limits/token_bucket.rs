//! One limit with what is left of it. The time is an argument.

use std::time::Duration;

use tokio::time::Instant;

use super::RateLimit;

/// A bucket that fills up by itself.
#[derive(Debug)]
pub(super) struct TokenBucket {
    limit: RateLimit,
    tokens: f64,
    as_of: Instant,
    /// When the last refusal was, and when the wait that it named is over.
    refused: Option<(Instant, Instant)>,
}

/// There is no token, or it is not time to ask.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Refusal {
    /// What `Retry-After` says.
    pub wait_seconds: u64,
    /// For how long the caller could have known that it was not time.
    pub told_before: Option<Duration>,
}

impl TokenBucket {
    /// A full one.
    pub fn full(limit: RateLimit, now: Instant) -> Self {
        Self { limit, tokens: f64::from(limit.burst), as_of: now, refused: None }
    }

    /// Takes a token and says how many are left.
    pub fn take(&mut self, now: Instant) -> Result<u32, Refusal> {
        let earned = now.duration_since(self.as_of).as_secs_f64() * self.limit.per_second;
        self.tokens = (self.tokens + earned).min(f64::from(self.limit.burst));
        self.as_of = now;
        let told_before = self.refused.filter(|(_, until)| *until > now).map(|(at, _)| now - at);
        if self.tokens >= 1.0 && told_before.is_none() {
            self.tokens -= 1.0;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to the burst")]
            return Ok(self.tokens as u32);
        }
        let missing = (1.0 - self.tokens).max(0.0) / self.limit.per_second;
        let wait = Duration::from_secs_f64(missing.ceil().max(1.0));
        self.refused = Some((now, now + wait));
        Err(Refusal { wait_seconds: wait.as_secs(), told_before })
    }
}
