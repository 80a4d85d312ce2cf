//! The handlers' way in: several instances, Event Grid with all its events at once, and the messages of both queues.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use local_azure::arm_event::ArmEvent;
use local_azure::chance;
use local_azure::event_grid::event;
use local_azure::service_bus::Part;
use portreeve_azure::{Azure, AzureEndpoints, AzureOptions};
use portreeve_decisions::allowlist::Allowlist;
use portreeve_decisions::catalogue::Cloud;
use portreeve_decisions::in_force::{AllowlistVersion, InForce};
use portreeve_handler::Handler;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tower::ServiceExt as _;
use url::Url;

use crate::outside::Outside;
use crate::world::World;

/// Messages of one queue that one instance works on at once: `maxConcurrentCalls` of host.json.
const CALLS_AT_ONCE: usize = 16;
/// What Event Grid waits after a failure; failures are no part of this.
const EVENT_WAIT: Duration = Duration::from_secs(10);
/// The queues and their Functions.
const QUEUES: [(&str, &str); 2] = [("reconcile-jobs", "ReconcileJob"), ("validation-jobs", "ValidationJob")];

/// Starts the instances, and everything that calls them. It ends with the runtime.
pub(crate) fn start(world: &Arc<World>, events: UnboundedReceiver<ArmEvent>) {
    let routers: Arc<[Router]> = (0..world.burst.instances).map(|_| instance(world)).collect();
    for (queue, function) in QUEUES {
        for router in routers.iter() {
            for _ in 0..CALLS_AT_ONCE {
                tokio::spawn(take_messages(world.clone(), router.clone(), queue, function));
            }
        }
    }
    tokio::spawn(deliver_events(routers, events));
}

fn instance(world: &Arc<World>) -> Router {
    let outside = Arc::new(Outside::new(world.clone()));
    let clock = outside.clone();
    let handler = Handler::new(
        move || {
            let namespace = Url::parse("https://contoso.servicebus.windows.net").map_err(|error| error.to_string())?;
            Ok(Azure::new(AzureOptions {
                cloud: Cloud::Public,
                endpoints: AzureEndpoints::of(Cloud::Public, namespace),
                http: outside.clone(),
                clock: outside.clone(),
                credential: outside.clone(),
                network: outside.clone(),
                validation_port: None,
            }))
        },
        clock,
    );
    let text = world.allowlist();
    let allowlist = Allowlist::parse(&text).expect("the simulation's own allowlist is good");
    handler.put_in_force(InForce::allowlist(allowlist, AllowlistVersion::of(text.as_bytes(), "burst", chance::now())));
    handler.router()
}

/// Each event goes to the next instance, and again until it is acknowledged.
async fn deliver_events(routers: Arc<[Router]>, mut events: UnboundedReceiver<ArmEvent>) {
    let mut next = 0;
    while let Some(told) = events.recv().await {
        let body = json!({ "Data": { "event": event(&told, chance::guid(), chance::now()) }, "Metadata": {} });
        let router = routers[next % routers.len()].clone();
        next += 1;
        tokio::spawn(async move {
            while !call(&router, "ConnectionEvent", &body).await {
                tokio::time::sleep(EVENT_WAIT).await;
            }
        });
    }
}

async fn take_messages(world: Arc<World>, router: Router, queue: &'static str, function: &'static str) {
    while let Some((message, lock)) = world.bus.peek_lock(queue, Part::Main, None).await {
        let job = String::from_utf8_lossy(&message.sent.body).into_owned();
        let metadata = json!({ "DeliveryCount": message.delivery_count.to_string() });
        let body = json!({ "Data": { "job": Value::String(job) }, "Metadata": metadata });
        let id = message.sequence_number.to_string();
        // A lock that is lost by then means another delivery, which is the broker's affair.
        let _ = if call(&router, function, &body).await {
            world.bus.complete(queue, Part::Main, &id, lock.token)
        } else {
            world.bus.abandon(queue, Part::Main, &id, lock.token)
        };
    }
}

async fn call(router: &Router, function: &str, body: &Value) -> bool {
    let request = Request::post(format!("/{function}"))
        .header("x-azure-functions-invocationid", chance::guid().to_string())
        .body(Body::from(body.to_string()))
        .expect("a call is a request");
    let Ok(response) = router.clone().oneshot(request).await;
    response.status().is_success()
}
