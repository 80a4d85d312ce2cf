//! What ARM has told and nobody has picked up yet.

use std::{
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    activity::{Activity, InFlight},
    arm_event::ArmEvent,
};

/// The receiving end of the channel from ARM. An event is always either in here or in flight, never in between.
#[derive(Debug)]
pub struct Inbox {
    receiver: Mutex<UnboundedReceiver<ArmEvent>>,
    activity: Activity,
}

impl Inbox {
    /// Wraps the channel's end.
    #[must_use]
    pub fn new(receiver: UnboundedReceiver<ArmEvent>, activity: Activity) -> Self {
        Self { receiver: Mutex::new(receiver), activity }
    }

    /// True where no event waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.receiver().is_empty()
    }

    /// The next event, in flight from now on; `None` once ARM has stopped.
    pub async fn next(&self) -> Option<(ArmEvent, InFlight)> {
        poll_fn(|context| {
            let mut receiver = self.receiver();
            receiver.poll_recv(context).map(|event| Some((event?, self.activity.begin())))
        })
        .await
    }

    fn receiver(&self) -> MutexGuard<'_, UnboundedReceiver<ArmEvent>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
