//! When Event Grid tries again.

use std::time::Duration;

/// Azure's waits between attempts, in seconds; the last one repeats.
/// Source: <https://learn.microsoft.com/azure/event-grid/delivery-and-retry>.
const AZURE_WAITS_SECONDS: [u64; 10] = [10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200];

/// Attempts before an event is dead-lettered: Azure's default and maximum.
pub const MAX_ATTEMPTS: usize = 30;

/// The wait after the given number of failed attempts, this many times shorter than Azure's; `None` where it was the last.
#[must_use]
pub fn wait_after(failed_attempts: usize, sped_up_by: u32) -> Option<Duration> {
    if failed_attempts >= MAX_ATTEMPTS {
        return None;
    }
    let position = failed_attempts.saturating_sub(1).min(AZURE_WAITS_SECONDS.len() - 1);
    Some(Duration::from_secs(AZURE_WAITS_SECONDS[position]) / sped_up_by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end_after_thirty_attempts() {
        assert_eq!(wait_after(1, 10), Some(Duration::from_secs(1)));
        assert_eq!(wait_after(2, 10), Some(Duration::from_secs(3)));
        assert_eq!(wait_after(29, 10), wait_after(10, 10));
        assert_eq!(wait_after(30, 10), None);
    }
}
