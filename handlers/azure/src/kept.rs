//! What was read and is kept for a while, each thing under its key. Forgetting is always safe, so the memory is bounded.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::Mutex;

/// Bounds the memory: some hundred bytes each.
const KEYS_MAX: usize = 5_000;

/// One thing, with the time until which it is kept.
type Slot<T> = Arc<Mutex<Option<(OffsetDateTime, T)>>>;

/// Things by their keys.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    slots: std::sync::Mutex<BTreeMap<String, Slot<T>>>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { slots: std::sync::Mutex::default() }
    }
}

impl<T: Clone> Kept<T> {
    /// What is kept under the key, or else what `read` gives, which is kept for as long as it says. A failure is not kept.
    pub async fn get_or_read<E>(
        &self,
        key: &str,
        now: OffsetDateTime,
        read: impl Future<Output = Result<(T, Duration), E>>,
    ) -> Result<T, E> {
        let slot = self.slot(key);
        // Held while reading: of many callers that miss one key at once, one reads and all are served.
        let mut slot = slot.lock().await;
        if let Some((until, kept)) = slot.as_ref()
            && now < *until
        {
            return Ok(kept.clone());
        }
        let (fresh, kept_for) = read.await?;
        *slot = Some((now + kept_for, fresh.clone()));
        Ok(fresh)
    }

    /// What is kept under the key.
    pub async fn get(&self, key: &str, now: OffsetDateTime) -> Option<T> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let slot = slots?;
        let kept = slot.lock().await;
        kept.as_ref().filter(|(until, _)| now < *until).map(|(_, kept)| kept.clone())
    }

    /// Forgets what is kept under the key.
    pub fn forget(&self, key: &str) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn slot(&self, key: &str) -> Slot<T> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= KEYS_MAX && !slots.contains_key(key) {
            slots.clear();
        }
        slots.entry(key.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    async fn read(kept: &Kept<u32>, now: i64, fresh: Result<u32, &'static str>) -> Result<u32, &'static str> {
        let read = async { fresh.map(|fresh| (fresh, Duration::from_secs(10))) };
        kept.get_or_read("key", at(now), read).await
    }

    #[tokio::test]
    async fn a_thing_is_kept_for_its_time_and_a_failure_is_not() {
        let kept = Kept::default();
        assert_eq!(read(&kept, 0, Err("busy")).await, Err("busy"));
        assert_eq!(kept.get("key", at(0)).await, None);
        for (now, fresh, expected) in [(0, 1, 1), (9, 2, 1), (10, 3, 3), (19, 4, 3), (20, 5, 5)] {
            assert_eq!(read(&kept, now, Ok(fresh)).await, Ok(expected), "at {now} s");
        }
        assert_eq!(kept.get("key", at(29)).await, Some(5));
        assert_eq!(kept.get("key", at(30)).await, None);
        assert_eq!(kept.get("other", at(20)).await, None);
    }

    #[tokio::test]
    async fn the_memory_is_bounded() {
        let kept = Kept::default();
        for number in 0..2 * KEYS_MAX + 5 {
            let read = async { Ok::<_, ()>((number, Duration::from_secs(10))) };
            kept.get_or_read(&number.to_string(), at(0), read).await.unwrap();
        }
        assert!(kept.slots.lock().unwrap().len() <= KEYS_MAX);
    }
}
