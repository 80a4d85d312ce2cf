//! The clock, handed in so that the same code runs under a virtual one.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

/// Tells the time and waits.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The time now, UTC.
    fn now(&self) -> OffsetDateTime;

    /// Returns once this much time has passed.
    async fn sleep(&self, duration: Duration);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Drives `work` until it is done or `limit` has passed on `clock`; `None` is the latter, with the work dropped.
pub async fn within<T>(clock: &dyn Clock, limit: Duration, work: impl Future<Output = T> + Send) -> Option<T> {
    // Boxed, because each function that a future is handed through keeps room for all of it: a thousand events at once
    // would pay for that several times over.
    let work = Box::pin(work);
    tokio::select! {
        // In this order, so that work which is done when its time is up counts as done.
        biased;
        result = work => Some(result),
        () = clock.sleep(limit) => None,
    }
}
