//! How events and messages reach the handler: how many at once, and how soon again after a failure.

use tokio::sync::Semaphore;

/// The pace of deliveries.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryPace {
    /// How many invocations run at the same time. With one, a handler that is sent the same makes the same requests in the
    /// same order.
    pub invocations_at_once: usize,
    /// Event Grid waits this many times less than in Azure before it tries again.
    pub retries_sped_up_by: u32,
}

impl Default for DeliveryPace {
    /// Everything at once, as Azure does it, and retries that a person at a desk sees.
    fn default() -> Self {
        Self { invocations_at_once: Semaphore::MAX_PERMITS, retries_sped_up_by: 10 }
    }
}

impl DeliveryPace {
    /// One after the other, and again as good as at once.
    #[must_use]
    pub fn in_turn() -> Self {
        Self { invocations_at_once: 1, retries_sped_up_by: 200 }
    }
}
