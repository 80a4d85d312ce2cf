//! What happened lately, as far as this process remembers. The memory is small: nothing may rely on it alone.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

/// Bounds the memory: some hundred bytes each.
const KEYS_MAX: usize = 10_000;

/// Keys with the time at which each was last seen.
#[derive(Debug)]
pub struct Recent {
    kept_for: Duration,
    seen: Mutex<BTreeMap<String, OffsetDateTime>>,
}

impl Recent {
    /// Remembers each key for this long.
    #[must_use]
    pub fn new(kept_for: Duration) -> Self {
        Self { kept_for, seen: Mutex::default() }
    }

    /// Whether the key was seen lately.
    #[must_use]
    pub fn contains(&self, key: &str, now: OffsetDateTime) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(key).is_some_and(|at| now - *at < self.kept_for)
    }

    /// Remembers the key from now on, and says whether it was new.
    pub fn insert(&self, key: String, now: OffsetDateTime) -> bool {
        let is_new = !self.contains(&key, now);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= KEYS_MAX {
            seen.retain(|_, at| now - *at < self.kept_for);
        }
        if seen.len() >= KEYS_MAX {
            seen.clear();
        }
        seen.insert(key, now);
        is_new
    }

    /// Remembers the key no more.
    pub fn forget(&self, key: &str) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_remembered_for_a_while() {
        let recent = Recent::new(Duration::from_secs(10));
        let start = OffsetDateTime::UNIX_EPOCH;
        assert!(recent.insert("a".to_owned(), start));
        assert!(!recent.insert("a".to_owned(), start + Duration::from_secs(9)));
        assert!(recent.contains("a", start + Duration::from_secs(18)));
        assert!(!recent.contains("a", start + Duration::from_secs(19)));
        recent.forget("a");
        assert!(!recent.contains("a", start + Duration::from_secs(9)));
    }

    #[test]
    fn the_memory_is_bounded() {
        let recent = Recent::new(Duration::from_secs(10));
        for number in 0..2 * KEYS_MAX + 5 {
            recent.insert(number.to_string(), OffsetDateTime::UNIX_EPOCH);
        }
        assert!(recent.seen.lock().unwrap().len() <= KEYS_MAX);
    }
}
