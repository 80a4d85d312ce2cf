//! The handlers' way in: several instances, Event Grid with all its events at once, and the messages of both queues.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use local_azure::arm_event::ArmEvent;
use local_azure::chance;
use local_azure::event_grid::event;
use local_azure::service_bus::Part;
use portreeve_in_memory::{
    CALLS_AT_ONCE, QUEUES, VirtualClock, call, event_call, hand_over, handler, in_force, proven,
};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::ledger::Ledger;
use crate::outside::Outside;
use crate::world::World;

/// What Event Grid waits after a failure; failures are no part of this.
const EVENT_WAIT: Duration = Duration::from_secs(10);

/// Starts the instances, and everything that calls them. It ends with the runtime.
pub(crate) fn start(world: &Arc<World>, ledger: &Arc<Ledger>, events: UnboundedReceiver<ArmEvent>) {
    let instances = || (0..world.burst.instances).map(|_| instance(world)).collect::<Vec<Router>>();
    let of_all = instances();
    let of_a_function = || if world.burst.each_function { instances() } else { of_all.clone() };
    for queue in QUEUES {
        for router in of_a_function() {
            for _ in 0..CALLS_AT_ONCE {
                tokio::spawn(take_messages(world.clone(), ledger.clone(), router.clone(), queue));
            }
        }
    }
    tokio::spawn(deliver_events(of_a_function(), events));
}

fn instance(world: &Arc<World>) -> Router {
    let handler = handler(Arc::new(Outside::new(world.clone())), VirtualClock::default());
    handler.put_in_force(in_force(&world.allowlist(), "burst"));
    handler.router()
}

/// Each event goes to the next instance, and again until it is acknowledged.
async fn deliver_events(routers: Vec<Router>, mut events: UnboundedReceiver<ArmEvent>) {
    let mut next = 0;
    while let Some(told) = events.recv().await {
        let Some(body) = event_call(event(&told, chance::guid(), chance::now())) else { continue };
        let router = routers[next % routers.len()].clone();
        next += 1;
        tokio::spawn(async move {
            while call(router.clone(), "ConnectionEvent", &body).await.0 != 200 {
                tokio::time::sleep(EVENT_WAIT).await;
            }
        });
    }
}

async fn take_messages(world: Arc<World>, ledger: Arc<Ledger>, router: Router, queue: (&'static str, &'static str)) {
    while let Some(delivered) = world.azure.bus.peek_lock(queue.0, Part::Main, None).await {
        let call = async |body| {
            let (status, answer) = call(router.clone(), queue.1, &body).await;
            ledger.note_proven(proven(&answer));
            Some(status)
        };
        // A lock that is lost by then means another delivery, which is the broker's affair.
        let _ = hand_over(&world.azure.bus, queue, delivered, call).await;
    }
}
