//! What is answered, and when, while more comes than can be done. Time is virtual: it passes while everybody waits.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use tokio::time::Instant;

use super::*;
use crate::deadlines::{CONNECTION_EVENT, Deadlines, RECONCILE_JOB, VALIDATION_JOB};

/// Time on tokio's clock, which a test pauses.
#[derive(Debug)]
struct Virtual {
    started: Instant,
}

#[async_trait]
impl Clock for Virtual {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + self.started.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Each answers with its status after its time.
#[derive(Debug)]
struct Slow {
    arm: (Duration, u16),
    service_bus: (Duration, u16),
}

#[async_trait]
impl HttpClient for Slow {
    async fn execute_request(&self, request: &AzureRequest) -> azure_core::Result<AsyncRawResponse> {
        let is_arm = request.url().host_str() == Some("management.azure.com");
        let (duration, status) = if is_arm { self.arm } else { self.service_bus };
        tokio::time::sleep(duration).await;
        Ok(AsyncRawResponse::from_bytes(AzureStatus::from(status), Headers::new(), "{}"))
    }
}

const AT_ONCE: (Duration, u16) = (Duration::ZERO, 201);

fn app_of(arm: (Duration, u16), service_bus: (Duration, u16)) -> Arc<App> {
    let clock = Arc::new(Virtual { started: Instant::now() });
    let http = Arc::new(Slow { arm, service_bus });
    app_on(http, clock, standing(Some(InForce::Nothing("a test".to_owned()))))
}

/// The event about an endpoint of its own.
fn event_about(number: usize) -> String {
    event().replace("privateEndpoints/pe", &format!("privateEndpoints/pe-{number}"))
}

/// The statuses of calls that come all at once, each with how often; none is later than the table says.
async fn statuses(app: &Arc<App>, function: &str, deadlines: &Deadlines, bodies: Vec<Body>) -> BTreeMap<u16, usize> {
    let Deadlines { read, work, put_off, hold_back } = *deadlines;
    let limit = read + work + put_off + hold_back;
    let calls = bodies.into_iter().map(async |body| {
        let started = Instant::now();
        let status = answer(app.clone(), function, body).await;
        assert!(started.elapsed() <= limit, "{function}: {status} after {:?}", started.elapsed());
        status
    });
    let mut counts = BTreeMap::new();
    for status in join_all(calls).await {
        *counts.entry(status).or_default() += 1;
    }
    counts
}

async fn of_events(app: &Arc<App>, count: usize) -> BTreeMap<u16, usize> {
    let bodies = (0..count).map(|number| Body::from(event_about(number))).collect();
    statuses(app, "ConnectionEvent", &CONNECTION_EVENT, bodies).await
}

#[tokio::test(start_paused = true)]
async fn events_are_done_or_put_off_in_time_however_slow_arm_is() {
    for seconds in [1, 10, 3600] {
        let app = app_of((Duration::from_secs(seconds), 200), AT_ONCE);
        assert_eq!(of_events(&app, 400).await, BTreeMap::from([(200, 400)]), "{seconds} s");
        assert_eq!(of_events(&app, 1).await, BTreeMap::from([(200, 1)]), "nobody keeps a turn");
    }
}

#[tokio::test(start_paused = true)]
async fn while_service_bus_refuses_too_every_call_fails_in_time_so_that_it_comes_again() {
    let job = message(&json!({ "subject": { "endpoint": ENDPOINT }, "attempt": 3, "correlation_id": "c" }));
    let connection = ENDPOINT.replace("privateEndpoints/pe", "privateLinkServices/pls/privateEndpointConnections/c");
    let proof =
        message(&json!({ "connection": connection, "endpoint": ENDPOINT, "attempt": 0, "correlation_id": "c" }));
    for service_bus in [(Duration::ZERO, 500), (Duration::from_secs(2), 500), (Duration::from_secs(3600), 201)] {
        let app = app_of((Duration::from_secs(10), 500), service_bus);
        assert_eq!(of_events(&app, 300).await, BTreeMap::from([(500, 300)]));
        let bodies = |text: &String| (0..32).map(|_| Body::from(text.clone())).collect();
        let jobs = statuses(&app, "ReconcileJob", &RECONCILE_JOB, bodies(&job)).await;
        let proofs = statuses(&app, "ValidationJob", &VALIDATION_JOB, bodies(&proof)).await;
        assert_eq!((jobs, proofs), (BTreeMap::from([(500, 32)]), BTreeMap::from([(500, 32)])));
    }
}

/// A body that begins and does not go on.
fn stalled() -> Body {
    Body::from_stream(stream::iter([Ok::<_, axum::Error>("{\"Data\":")]).chain(stream::pending()))
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_refused_and_gives_its_turn_away() {
    let app = app_of((Duration::ZERO, 403), AT_ONCE);
    let bodies = (0..100).map(|_| stalled()).collect();
    assert_eq!(statuses(&app, "ConnectionEvent", &CONNECTION_EVENT, bodies).await, BTreeMap::from([(503, 100)]));
    assert_eq!(of_events(&app, 100).await, BTreeMap::from([(200, 100)]));
}

#[tokio::test(start_paused = true)]
async fn events_beyond_all_measure_are_refused_at_once() {
    let app = app_of((Duration::ZERO, 403), AT_ONCE);
    let stalled = (0..4000).map(|_| stalled()).collect();
    let (waiting, refused) = tokio::join!(statuses(&app, "ConnectionEvent", &CONNECTION_EVENT, stalled), async {
        let started = Instant::now();
        let refused = of_events(&app, 100).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
        refused
    });
    assert_eq!((waiting, refused), (BTreeMap::from([(503, 4000)]), BTreeMap::from([(503, 100)])));
}
