//! A namespace's queues, shared by the REST API and the Functions host's triggers: the clock and the waiting.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::Router;
use time::OffsetDateTime;
use tokio::{sync::Notify, task::JoinSet, time::Instant};
use uuid::Uuid;

use super::{
    message::{Message, NewMessage},
    queue::{Lock, LockLost, Part, Queue, QueueContents},
    rest,
};
use crate::{activity::Activity, arm::faults::CutOff, chance::now, tokens::Tokens};

/// A running namespace. Clones are the same namespace.
#[derive(Clone, Debug)]
pub struct ServiceBus {
    endpoint: String,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// By lower-case name: the service compares entity names without case.
    queues: BTreeMap<String, Mutex<Queue>>,
    changed: Notify,
    activity: Activity,
}

impl ServiceBus {
    /// Opens a namespace with these queues on a free port; its REST API runs as one of `tasks`.
    ///
    /// # Errors
    /// Where no port can be bound.
    pub async fn start(
        queue_names: impl IntoIterator<Item = String>,
        tokens: Tokens,
        cut_off: CutOff,
        activity: Activity,
        tasks: &mut JoinSet<()>,
    ) -> anyhow::Result<Self> {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let bus = Self::new(endpoint, queue_names, activity);
        let router = bus.router(tokens, cut_off);
        tasks.spawn(async move {
            // `axum::serve` answers errors of single connections itself and does not return.
            let _ = axum::serve(listener, router).await;
        });
        Ok(bus)
    }

    /// A namespace that says it is at `endpoint`. Nobody listens there; [`ServiceBus::router`] answers.
    #[must_use]
    pub fn new(endpoint: String, queue_names: impl IntoIterator<Item = String>, activity: Activity) -> Self {
        let queues = queue_names.into_iter().map(|name| (name.to_lowercase(), Mutex::default())).collect();
        Self { endpoint, shared: Arc::new(Shared { queues, changed: Notify::new(), activity }) }
    }

    /// The REST API.
    pub fn router(&self, tokens: Tokens, cut_off: CutOff) -> Router {
        rest::router(self.clone(), tokens, cut_off)
    }

    /// The base URL of the REST API.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What is in the queue now, or `None` where there is no such queue.
    #[must_use]
    pub fn queue(&self, name: &str) -> Option<QueueContents> {
        self.with(name, |queue, now| queue.contents(now))
    }

    /// Whether there is such a queue.
    pub(super) fn has_queue(&self, name: &str) -> bool {
        self.shared.queues.contains_key(&name.to_lowercase())
    }

    /// The names of the queues, in lower case.
    pub fn queue_names(&self) -> impl Iterator<Item = &str> {
        self.shared.queues.keys().map(String::as_str)
    }

    /// The dead letters of all queues, each with its queue's name.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<(String, Message)> {
        let of_queue = |name: &String| {
            let dead_letters = self.queue(name).map(|contents| contents.dead_letters).unwrap_or_default();
            dead_letters.into_iter().map(|message| (name.clone(), message)).collect::<Vec<_>>()
        };
        self.shared.queues.keys().flat_map(of_queue).collect()
    }

    /// Sends a message; `None` where there is no such queue, false where it was a duplicate.
    pub fn send(&self, name: &str, message: NewMessage) -> Option<bool> {
        self.changing(name, |queue, now| queue.send(message, now))
    }

    /// Makes every scheduled message active, as if its time had come; false where there is none. For a test that would
    /// have to wait otherwise.
    #[must_use]
    pub fn bring_forward(&self) -> bool {
        let names: Vec<String> = self.queue_names().map(str::to_owned).collect();
        names.iter().filter(|name| self.changing(name, Queue::bring_forward) == Some(true)).count() > 0
    }

    /// True where any queue has a message that is active, locked, or becomes active within `horizon`.
    #[must_use]
    pub fn is_busy(&self, horizon: Duration) -> bool {
        self.queue_names().any(|name| self.with(name, |queue, now| queue.is_busy(now, now + horizon)) == Some(true))
    }

    /// Waits for a message and lends it out; `None` after `deadline`, or at once where there is no such queue.
    pub async fn peek_lock(&self, name: &str, part: Part, deadline: Option<Instant>) -> Option<(Message, Lock)> {
        self.first(name, deadline, |queue, now| queue.peek_lock(part, now)).await
    }

    /// Waits for a message and takes it out for good; `None` as for [`ServiceBus::peek_lock`].
    pub async fn receive_and_delete(&self, name: &str, part: Part, deadline: Option<Instant>) -> Option<Message> {
        self.first(name, deadline, |queue, now| queue.receive_and_delete(part, now)).await
    }

    /// Completes a locked message.
    ///
    /// # Errors
    /// Where the lock is not held any more, or there is no such queue.
    pub fn complete(&self, name: &str, part: Part, id: &str, token: Uuid) -> Result<(), LockLost> {
        self.changing(name, |queue, now| queue.complete(part, id, token, now)).unwrap_or(Err(LockLost))
    }

    /// Gives a locked message back.
    ///
    /// # Errors
    /// Where the lock is not held any more, or there is no such queue.
    pub fn abandon(&self, name: &str, part: Part, id: &str, token: Uuid) -> Result<(), LockLost> {
        self.changing(name, |queue, now| queue.abandon(part, id, token, now)).unwrap_or(Err(LockLost))
    }

    /// Prolongs a lock.
    ///
    /// # Errors
    /// Where the lock is not held any more, or there is no such queue.
    pub fn renew_lock(&self, name: &str, part: Part, id: &str, token: Uuid) -> Result<Lock, LockLost> {
        self.changing(name, |queue, now| queue.renew_lock(part, id, token, now)).unwrap_or(Err(LockLost))
    }

    /// The first result that `take` finds, now or after a change or when something falls due.
    async fn first<T>(
        &self,
        name: &str,
        deadline: Option<Instant>,
        take: impl Fn(&mut Queue, OffsetDateTime) -> Option<T>,
    ) -> Option<T> {
        loop {
            // It is told of whatever changes from here on.
            let changed = self.shared.changed.notified();
            let (found, next_due) = self.with(name, |queue, now| (take(queue, now), queue.next_due()))?;
            if found.is_some() {
                return found;
            }
            tokio::select! {
                // In this order, and each waiter in its turn, so that a simulation repeats itself.
                biased;
                () = changed => {}
                () = until(next_due) => self.shared.activity.changed(),
                () = past(deadline) => return None,
            }
        }
    }

    fn with<T>(&self, name: &str, act: impl FnOnce(&mut Queue, OffsetDateTime) -> T) -> Option<T> {
        let queue = self.shared.queues.get(&name.to_lowercase())?;
        Some(act(&mut lock(queue), now()))
    }

    fn changing<T>(&self, name: &str, act: impl FnOnce(&mut Queue, OffsetDateTime) -> T) -> Option<T> {
        let result = self.with(name, act);
        self.shared.changed.notify_waiters();
        self.shared.activity.changed();
        result
    }
}

/// A queue is never left half changed, so one whose holder panicked is as good as any.
fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn until(due: Option<OffsetDateTime>) {
    let Some(due) = due else { return std::future::pending().await };
    let wait = Duration::try_from(due - now()).unwrap_or_default();
    tokio::time::sleep(wait).await;
}

async fn past(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_longest_has_the_next_message() {
        // Often, because an order that is left to chance is right now and then.
        for _ in 0..20 {
            let bus = ServiceBus::new(String::new(), ["q".to_owned()], Activity::default());
            let (sender, mut served) = tokio::sync::mpsc::unbounded_channel();
            for number in 0..4 {
                let (bus, sender) = (bus.clone(), sender.clone());
                tokio::spawn(async move {
                    bus.peek_lock("q", Part::Main, None).await;
                    let _ = sender.send(number);
                });
            }
            tokio::task::yield_now().await;
            for expected in 0..4 {
                assert_eq!(bus.send("q", NewMessage::default()), Some(true));
                assert_eq!(served.recv().await, Some(expected));
            }
        }
    }
}
