//! What no two runs have in common: the time of day and new GUIDs. A simulation makes them repeat themselves.

use std::cell::{Cell, RefCell};

use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

thread_local! {
    static GUIDS: Cell<Option<u64>> = const { Cell::new(None) };
    static CLOCK: RefCell<Option<(OffsetDateTime, Instant)>> = const { RefCell::new(None) };
}

/// From here on, on this thread, GUIDs follow from `seed`, and the time of day is `now` and runs with tokio's clock, which
/// may be paused. Must run inside a tokio runtime.
pub fn repeat(seed: u64, now: OffsetDateTime) {
    GUIDS.set(Some(seed));
    CLOCK.replace(Some((now, Instant::now())));
}

/// The time of day.
#[must_use]
pub fn now() -> OffsetDateTime {
    CLOCK.with_borrow(|clock| match clock {
        Some((start, since)) => *start + since.elapsed(),
        None => OffsetDateTime::now_utc(),
    })
}

/// A new GUID.
#[must_use]
pub fn guid() -> Uuid {
    let Some(state) = GUIDS.get() else { return Uuid::new_v4() };
    let (first, state) = split_mix(state);
    let (second, state) = split_mix(state);
    GUIDS.set(Some(state));
    uuid::Builder::from_random_bytes((u128::from(first) << 64 | u128::from(second)).to_be_bytes()).into_uuid()
}

/// `SplitMix64`: a number and the next state. <https://prng.di.unimi.it/splitmix64.c>
fn split_mix(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31), state)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_thread_that_repeats_has_the_same_guids_and_its_own_time() {
        let start = datetime!(2026-01-05 08:00 UTC);
        let run = async || {
            repeat(7, start);
            tokio::time::sleep(Duration::from_secs(90)).await;
            (guid(), guid(), now())
        };
        let (first, second, at) = run().await;
        assert_ne!(first, second);
        assert_eq!(at, start + Duration::from_secs(90));
        assert_eq!(run().await, (first, second, at));
        let elsewhere = std::thread::spawn(guid).join().expect("a GUID");
        assert!(elsewhere != first && elsewhere.get_version_num() == 4 && first.get_version_num() == 4);
    }
}
