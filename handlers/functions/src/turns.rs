//! Takes turns, so that no burst of calls exhausts this process: what waits is small, and what is large waits.
//!
//! | | at once | one too many |
//! |---|---|---|
//! | events that are not answered | 4,000 | is refused at once, with 503 |
//! | bodies in memory | 16 | waits with its body unread, in the host's memory; is refused in the end |
//! | reconciles | 128 | waits with nothing but its subject; is put off in the end |
//!
//! Messages are not counted as events are: `maxConcurrentCalls` in `host.json` says how many the host takes, and one that
//! is refused comes again at once, until its deliveries are used up. How long each waits stands in
//! [`deadlines`](crate::deadlines).

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// A call that waits costs some kilobytes, most of them its connection's.
const EVENTS_MAX: usize = 4000;
/// Reading a body takes a millisecond, so few turns are many bodies a second.
const BODIES_AT_ONCE: usize = 16;
/// More than there are exchanges with ARM at once, so that those are seldom idle.
const RECONCILES_AT_ONCE: usize = 128;

/// An Event Grid event has up to 1 MB and a Service Bus message up to 256 KB; double encoding can more than double
/// them. The host itself has no limit towards us.
const BODY_MAX_BYTES: usize = 16 * 1024 * 1024;

/// The turns of one process.
#[derive(Debug)]
pub(crate) struct Turns {
    events: Semaphore,
    bodies: Arc<Semaphore>,
    reconciles: Semaphore,
}

/// The right to keep a body in memory, or what was read from it. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct BodyTurn {
    _permit: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            events: Semaphore::new(EVENTS_MAX),
            bodies: Arc::new(Semaphore::new(BODIES_AT_ONCE)),
            reconciles: Semaphore::new(RECONCILES_AT_ONCE),
        }
    }
}

impl Turns {
    /// The place of an event among those that are not answered; `None` where there is none left.
    pub fn event(&self) -> Option<SemaphorePermit<'_>> {
        self.events.try_acquire().ok()
    }

    /// Waits for a turn, and only then reads the body.
    ///
    /// # Errors
    /// Where it is too large or breaks off.
    pub async fn body(&self, body: Body) -> Result<(Bytes, BodyTurn), String> {
        let permit = self.bodies.clone().acquire_owned().await.map_err(|error| error.to_string())?;
        let bytes =
            to_bytes(body, BODY_MAX_BYTES).await.map_err(|error| format!("the body cannot be read: {error}"))?;
        Ok((bytes, BodyTurn { _permit: permit }))
    }

    /// Waits until one more may reconcile. It may as long as what is returned lives.
    pub async fn reconcile(&self) -> SemaphorePermit<'_> {
        self.reconciles.acquire().await.expect("the semaphore is never closed")
    }
}

#[cfg(test)]
impl BodyTurn {
    /// One that keeps nobody waiting.
    pub fn free() -> Self {
        let permit = Arc::new(Semaphore::new(1)).try_acquire_owned();
        Self { _permit: permit.expect("nobody else has it") }
    }
}
