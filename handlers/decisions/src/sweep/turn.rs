//! Whose turn it is to be proven again. Nothing keeps when an endpoint was last proven, so the day is cut into as many turns
//! as it has sweeps, and each connection has one of them by its own ids: about a day after the last, and never all at once.

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::resource_id::ResourceId;

/// The time between two sweeps, as `function-definitions/Sweep/function.json` has it.
const SWEEP_SECONDS: i64 = 15 * 60;
/// Sweeps in a day.
const TURNS: i64 = 24 * 3600 / SWEEP_SECONDS;

/// Whether it is this connection's turn. A timer that is early or late by less than half the time between sweeps skips
/// nobody.
pub(super) fn is_now(endpoint: &ResourceId, target: &ResourceId, now: OffsetDateTime) -> bool {
    let sweep = (now.unix_timestamp() + SWEEP_SECONDS / 2).div_euclid(SWEEP_SECONDS);
    sweep.rem_euclid(TURNS) == turn_of(endpoint, target)
}

fn turn_of(endpoint: &ResourceId, target: &ResourceId) -> i64 {
    let mut hasher = Sha256::new();
    hasher.update(endpoint.key());
    hasher.update([0]);
    hasher.update(target.key());
    let digest = hasher.finalize();
    i64::from(u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])) % TURNS
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pair(number: u32) -> (ResourceId, ResourceId) {
        let id = |kind: &str| {
            let group = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers";
            ResourceId::parse(&format!("{group}/Microsoft.{kind}{number}")).unwrap()
        };
        (id("Network/privateEndpoints/pe"), id("Storage/storageAccounts/st"))
    }

    /// The sweeps of two days, each some seconds early or late.
    fn sweeps() -> impl Iterator<Item = OffsetDateTime> {
        let begin = OffsetDateTime::from_unix_timestamp(1_795_219_200).unwrap();
        (0..2 * TURNS).map(move |sweep| {
            let jitter = [0, 3, -2, 400, -400][usize::try_from(sweep % 5).unwrap()];
            begin + time::Duration::seconds(sweep * SWEEP_SECONDS + jitter)
        })
    }

    #[test]
    fn each_connection_has_one_turn_a_day() {
        for number in 0..50 {
            let (endpoint, target) = pair(number);
            let turns: Vec<OffsetDateTime> = sweeps().filter(|now| is_now(&endpoint, &target, *now)).collect();
            let [first, second] = turns[..] else { panic!("{number}: {turns:?}") };
            let between = Duration::try_from(second - first).unwrap();
            assert!((Duration::from_secs(85_000)..Duration::from_secs(88_000)).contains(&between), "{between:?}");
        }
    }

    #[test]
    fn ten_thousand_are_spread_over_the_day() {
        let mut counts = vec![0u32; usize::try_from(TURNS).unwrap()];
        for number in 0..10_000 {
            let (endpoint, target) = pair(number);
            counts[usize::try_from(turn_of(&endpoint, &target)).unwrap()] += 1;
        }
        // 104 each on average; five standard deviations are 51.
        assert!(counts.iter().all(|count| (53..=155).contains(count)), "{counts:?}");
    }

    #[test]
    fn letter_case_changes_no_turn() {
        let (endpoint, target) = pair(1);
        let shouted = ResourceId::parse(&endpoint.as_str().replace("resourceGroups", "RESOURCEGROUPS")).unwrap();
        assert_eq!(turn_of(&endpoint, &target), turn_of(&shouted, &target));
    }
}
