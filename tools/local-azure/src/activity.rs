//! What is in flight, so that a test can wait for rest instead of sleeping.
//!
//! Everything that works on an event, a message or an invocation holds an [`InFlight`]; everything that changes a
//! queue says [`Activity::changed`].

use std::sync::Arc;

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

#[derive(Clone, Copy, Debug, Default)]
struct Flow {
    in_flight: usize,
    /// Grows with every change, so that a check that was overtaken notices.
    version: u64,
}

/// Counts the work in flight. Clones count together.
#[derive(Clone, Debug)]
pub struct Activity {
    flow: Arc<watch::Sender<Flow>>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { flow: Arc::new(watch::Sender::new(Flow::default())) }
    }
}

impl Activity {
    /// Marks one piece of work as in flight until the result is dropped.
    #[must_use]
    pub fn begin(&self) -> InFlight {
        self.modify(|flow| flow.in_flight += 1);
        InFlight { activity: self.clone() }
    }

    /// Tells those who wait that something may have come to rest.
    pub fn changed(&self) {
        self.modify(|_| ());
    }

    /// How many pieces of work are in flight now.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flow.borrow().in_flight
    }

    /// Waits until nothing is in flight and `quiet` holds at the same moment; false where `deadline` came first.
    ///
    /// `quiet` looks at several things one after the other, so it counts only if nothing changed meanwhile.
    pub async fn rest(&self, deadline: Instant, quiet: impl Fn() -> bool) -> bool {
        let mut flow = self.flow.subscribe();
        loop {
            let before = *flow.borrow_and_update();
            if before.in_flight == 0 && quiet() && flow.borrow().version == before.version {
                return true;
            }
            if timeout_at(deadline, flow.changed()).await.is_err() {
                return false;
            }
        }
    }

    fn modify(&self, change: impl FnOnce(&mut Flow)) {
        self.flow.send_modify(|flow| {
            change(flow);
            flow.version += 1;
        });
    }
}

/// One piece of work that is in flight as long as this lives.
#[derive(Debug)]
pub struct InFlight {
    activity: Activity,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.activity.modify(|flow| flow.in_flight -= 1);
    }
}
