//! The subscriptions' system topics, all as one: what ARM tells goes to every event subscription.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    delivery::{Courier, DeadLetteredEvent},
    event::event,
    inbox::Inbox,
};
use crate::{
    activity::InFlight,
    chance::{guid, now},
    console::Console,
    delivery_pace::DeliveryPace,
    loopback_client::loopback_client,
};

/// Deliveries under way at the same time.
const CONCURRENT_DELIVERIES: usize = 64;

/// Who wants events.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The function with the event grid trigger.
    pub function: String,
    /// The host's webhook for that function.
    pub webhook_url: String,
}

/// A running Event Grid. Clones are the same one.
#[derive(Clone, Debug)]
pub struct EventGrid {
    inbox: Arc<Inbox>,
    dead_letters: Arc<Mutex<Vec<DeadLetteredEvent>>>,
}

impl EventGrid {
    /// Starts to deliver what arrives in `inbox`, as one of `tasks`.
    ///
    /// # Errors
    /// Where no HTTP client can be built.
    pub fn start(
        inbox: Inbox,
        subscriptions: Vec<Subscription>,
        pace: DeliveryPace,
        console: Console,
        tasks: &mut JoinSet<()>,
    ) -> anyhow::Result<Self> {
        let slots = Semaphore::new(CONCURRENT_DELIVERIES.min(pace.invocations_at_once));
        let DeliveryPace { retries_sped_up_by, .. } = pace;
        let courier = Arc::new(Courier { client: loopback_client()?, slots, retries_sped_up_by, console });
        let event_grid = Self { inbox: Arc::new(inbox), dead_letters: Arc::default() };
        tasks.spawn(event_grid.clone().publish(subscriptions, courier));
        Ok(event_grid)
    }

    /// True where ARM has told nothing that is not under way.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.inbox.is_empty()
    }

    /// The events that could not be delivered.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<DeadLetteredEvent> {
        self.dead_letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn publish(self, subscriptions: Vec<Subscription>, courier: Arc<Courier>) {
        let mut deliveries = JoinSet::new();
        while let Some((arm_event, in_flight)) = self.inbox.next().await {
            let event = Arc::new(event(&arm_event, guid(), now()));
            let in_flight = Arc::new(in_flight);
            for subscription in subscriptions.iter().cloned() {
                deliveries.spawn(self.clone().deliver(courier.clone(), subscription, event.clone(), in_flight.clone()));
            }
            while deliveries.try_join_next().is_some() {}
        }
        deliveries.join_all().await;
    }

    async fn deliver(
        self,
        courier: Arc<Courier>,
        subscription: Subscription,
        event: Arc<Value>,
        _in_flight: Arc<InFlight>,
    ) {
        if let Err(dead_letter) = courier.deliver(&subscription, &event).await {
            self.dead_letters.lock().unwrap_or_else(PoisonError::into_inner).push(dead_letter);
        }
    }
}
