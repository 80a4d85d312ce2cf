//! Who calls the host: Event Grid with what ARM tells, Service Bus with its messages, and the timer.

use std::sync::Arc;
use std::time::Duration;

use local_azure::arm_event::ArmEvent;
use local_azure::chance;
use local_azure::event_grid::event;
use local_azure::service_bus::{Lock, Message, Part};
use portreeve_in_memory::{CALLS_AT_ONCE, event_call, hand_over};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use crate::host::{Called, Host};
use crate::weather::EventFault;
use crate::world::{World, short};

/// Event Grid's patience with its receiver, and its waits between attempts, the last of which repeats.
/// <https://learn.microsoft.com/azure/event-grid/delivery-and-retry>
const EVENT_TIMEOUT: Duration = Duration::from_secs(30);
const EVENT_WAITS_SECONDS: [u64; 7] = [10, 30, 60, 300, 600, 1800, 3600];
const EVENT_ATTEMPTS: usize = 30;
/// The timer's schedule of `function-definitions/Sweep`.
const SWEEP_EVERY: Duration = Duration::from_secs(900);

/// Publishes what ARM tells for as long as it tells anything.
pub(crate) async fn events(world: Arc<World>, host: Arc<Host>, mut told: UnboundedReceiver<ArmEvent>) {
    while let Some(arm_event) = told.recv().await {
        let what = format!("{} {}", arm_event.operation_name, short(&arm_event.resource_id));
        let event = event(&arm_event, chance::guid(), chance::now());
        let fault = world.scenario.weather.at_event(&what, world.history.elapsed());
        if let Some(fault) = fault {
            world.history.tell("event grid", format!("{what}: {fault:?}"));
        }
        let usual = world.dice.time(&format!("delivery of {what} {}", chance::now()), 50..1500);
        let delays = match fault {
            Some(EventFault::Lost) => vec![],
            Some(EventFault::Twice(later)) => vec![usual, usual + later],
            Some(EventFault::Late(later)) => vec![usual + later],
            None => vec![usual],
        };
        for delay in delays {
            tokio::spawn(deliver(world.clone(), host.clone(), event.clone(), what.clone(), delay));
        }
    }
}

/// Delivers one event until it is acknowledged, or Event Grid gives up.
pub(crate) async fn deliver(world: Arc<World>, host: Arc<Host>, event: Value, what: String, delay: Duration) {
    let _busy = world.oracle().begin();
    tokio::time::sleep(delay).await;
    for attempt in 0..EVENT_ATTEMPTS {
        let Some(body) = event_call(event.clone()) else { return };
        // The call goes on when Event Grid has lost its patience.
        let calling = tokio::spawn({
            let (host, what) = (host.clone(), what.clone());
            async move { host.call("ConnectionEvent", body, &what).await }
        });
        match timeout(EVENT_TIMEOUT, calling).await {
            Ok(Ok(Called::Answered(200))) => return,
            // The host answers a call that is refused like one that failed.
            Ok(_) => {}
            Err(_) => world.oracle().violated(format!("Event Grid lost its patience: {what}")),
        }
        let wait = EVENT_WAITS_SECONDS[attempt.min(EVENT_WAITS_SECONDS.len() - 1)];
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
    world.history.tell("event grid", format!("gives up: {what}"));
}

/// Hands a queue's messages to its Function.
pub(crate) async fn messages(world: Arc<World>, host: Arc<Host>, queue: (&'static str, &'static str)) {
    let slots = Arc::new(Semaphore::new(CALLS_AT_ONCE * world.scenario.instances));
    while let Ok(slot) = slots.clone().acquire_owned().await {
        let Some((message, lock)) = world.azure.bus.peek_lock(queue.0, Part::Main, None).await else { return };
        let (world, host) = (world.clone(), host.clone());
        tokio::spawn(async move {
            process(&world, &host, queue, (message, lock)).await;
            drop(slot);
        });
    }
}

async fn process(world: &World, host: &Arc<Host>, queue: (&str, &str), delivered: (Message, Lock)) {
    let what = format!("{} delivery {}", delivered.0.message_id, delivered.0.delivery_count);
    let call = async |body| match host.call(queue.1, body, &what).await {
        Called::Answered(status) => Some(status),
        Called::Died => None,
    };
    if hand_over(&world.azure.bus, queue, delivered, call).await.is_err() {
        world.history.tell("service bus", format!("the lock of {what} was lost"));
    }
}

/// Calls `Sweep` on its schedule.
pub(crate) async fn sweeps(host: Arc<Host>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        sweep(&host).await;
    }
}

/// Calls `Sweep` once.
pub(crate) async fn sweep(host: &Arc<Host>) {
    let timer = json!({ "Schedule": { "AdjustForDST": true }, "ScheduleStatus": null, "IsPastDue": false });
    host.call("Sweep", json!({ "Data": { "timer": timer }, "Metadata": {} }), "timer").await;
}
