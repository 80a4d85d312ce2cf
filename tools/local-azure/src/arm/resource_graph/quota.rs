//! How often a caller may query: fifteen times in five seconds, which every answer's headers tell.
//!
//! <https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests>

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Queries in a window.
const QUERIES: u32 = 15;
/// The length of a window, which begins with its first query.
const WINDOW: Duration = Duration::from_secs(5);

/// The quota of the one caller there is. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Quota(Arc<Mutex<Option<Window>>>);

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Instant,
    used: u32,
}

/// What is left after a query.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Left {
    /// Whether the query itself may be answered.
    pub is_within: bool,
    remaining: u32,
    resets_after: Duration,
}

impl Quota {
    /// Counts one query.
    #[must_use]
    pub fn take(&self) -> Left {
        let now = Instant::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let current = kept.filter(|window| now.duration_since(window.began) < WINDOW);
        let mut window = current.unwrap_or(Window { began: now, used: 0 });
        let is_within = window.used < QUERIES;
        window.used += u32::from(is_within);
        *kept = Some(window);
        Left {
            is_within,
            remaining: QUERIES - window.used,
            resets_after: WINDOW.saturating_sub(now.duration_since(window.began)),
        }
    }
}

impl Left {
    /// The headers that tell it. Parts of seconds are rounded up, so that nobody comes too early.
    #[must_use]
    pub fn headers(self) -> [(&'static str, String); 2] {
        let seconds = self.resets_after.as_millis().div_ceil(1000);
        let resets_after = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        [("x-ms-user-quota-remaining", self.remaining.to_string()), ("x-ms-user-quota-resets-after", resets_after)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_window_holds_fifteen_queries_and_then_begins_anew() {
        let quota = Quota::default();
        for left in (0..QUERIES).rev() {
            assert_eq!(quota.take().headers()[0].1, left.to_string());
        }
        tokio::time::advance(Duration::from_millis(4500)).await;
        let refused = quota.take();
        assert!(!refused.is_within);
        assert_eq!(refused.headers().map(|(_, value)| value), ["0".to_owned(), "00:00:01".to_owned()]);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(quota.take().headers().map(|(_, value)| value), ["14".to_owned(), "00:00:05".to_owned()]);
    }
}
