//! What is acknowledged while Azure is out of order: the Functions on an HTTP client and a clock of the test's own.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request as AzureRequest, StatusCode as AzureStatus};
use portreeve_azure::{Azure, AzureEndpoints, AzureOptions, Clock, SystemNetwork};
use portreeve_decisions::catalogue::Cloud;
use portreeve_decisions::in_force::InForce;
use time::OffsetDateTime;
use tokio::sync::watch;
use tower::ServiceExt;
use url::Url;

use super::*;
use crate::allowlist::Standing;

mod overload;

const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe";

/// Answers by host: ARM with one status, Service Bus with another. Status 0 never answers.
#[derive(Debug)]
struct Outage {
    arm: u16,
    service_bus: u16,
}

#[async_trait]
impl HttpClient for Outage {
    async fn execute_request(&self, request: &AzureRequest) -> azure_core::Result<AsyncRawResponse> {
        let is_arm = request.url().host_str() == Some("management.azure.com");
        let status = if is_arm { self.arm } else { self.service_bus };
        if status == 0 {
            std::future::pending::<()>().await;
        }
        Ok(AsyncRawResponse::from_bytes(AzureStatus::from(status), Headers::new(), "{}"))
    }
}

/// Time passes only while somebody sleeps, and then at once.
#[derive(Debug)]
struct Hasty;

#[async_trait]
impl Clock for Hasty {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }

    async fn sleep(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
}

#[derive(Debug)]
struct AlwaysToken;

#[async_trait]
impl TokenCredential for AlwaysToken {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("token", OffsetDateTime::UNIX_EPOCH + Duration::from_secs(3600)))
    }
}

fn standing(in_force: Option<InForce>) -> watch::Receiver<Standing> {
    watch::channel(Standing { in_force, ..Standing::default() }).1
}

async fn status_of(function: &str, body: String, arm: u16, service_bus: u16) -> u16 {
    let nothing = standing(Some(InForce::Nothing("a test".to_owned())));
    answer(app(arm, service_bus, nothing), function, body).await
}

fn app(arm: u16, service_bus: u16, standing: watch::Receiver<Standing>) -> Arc<App> {
    app_on(Arc::new(Outage { arm, service_bus }), Arc::new(Hasty), standing)
}

fn app_on(http: Arc<dyn HttpClient>, clock: Arc<dyn Clock>, standing: watch::Receiver<Standing>) -> Arc<App> {
    let of_azure = clock.clone();
    let set_up = move || {
        let namespace = Url::parse("https://contoso.servicebus.windows.net").expect("a constant");
        Ok(Azure::new(AzureOptions {
            cloud: Cloud::Public,
            endpoints: AzureEndpoints::of(Cloud::Public, namespace),
            http: http.clone(),
            clock: of_azure.clone(),
            credential: Arc::new(AlwaysToken),
            network: Arc::new(SystemNetwork::default()),
            validation_port: None,
        }))
    };
    Arc::new(App::new(set_up, standing, clock))
}

async fn answer(app: Arc<App>, function: &str, body: impl Into<Body>) -> u16 {
    let request = Request::post(format!("/{function}")).body(body.into()).expect("a request");
    router(app).oneshot(request).await.expect("an answer").status().as_u16()
}

fn event() -> String {
    let event = json!({ "id": "1", "eventType": "Microsoft.Resources.ResourceWriteSuccess", "subject": ENDPOINT });
    json!({ "Data": { "event": event }, "Metadata": {} }).to_string()
}

fn message(job: &serde_json::Value) -> String {
    json!({ "Data": { "job": json!(job.to_string()).to_string() }, "Metadata": {} }).to_string()
}

#[tokio::test]
async fn work_is_acknowledged_once_it_is_done_or_on_a_queue_and_not_before() {
    let reconcile = message(&json!({ "subject": { "endpoint": ENDPOINT }, "attempt": 3, "correlation_id": "c" }));
    let given_up = message(&json!({ "subject": { "endpoint": ENDPOINT }, "attempt": 41, "correlation_id": "c" }));
    let of_sweep = |attempt: u32| {
        let job = json!({ "subject": { "endpoint": ENDPOINT }, "attempt": attempt, "is_from_sweep": true, "correlation_id": "c" });
        message(&job)
    };
    let connection = format!(
        "{}/vaults/kv/privateEndpointConnections/c",
        ENDPOINT.replace("Microsoft.Network/privateEndpoints/pe", "Microsoft.KeyVault")
    );
    let validation = |attempt: u32| {
        message(&json!({ "connection": connection, "endpoint": ENDPOINT, "attempt": attempt, "correlation_id": "c" }))
    };
    let cases = [
        ("ConnectionEvent", event(), 500, 201, 200),
        ("ConnectionEvent", event(), 0, 201, 200),
        ("ConnectionEvent", event(), 500, 500, 500),
        ("ConnectionEvent", event(), 500, 0, 500),
        ("ConnectionEvent", event(), 403, 500, 200),
        ("ReconcileJob", reconcile.clone(), 500, 201, 200),
        ("ReconcileJob", reconcile, 500, 500, 500),
        ("ReconcileJob", given_up, 500, 201, 500),
        ("ReconcileJob", of_sweep(5), 500, 500, 500),
        ("ReconcileJob", of_sweep(6), 500, 500, 200),
        ("ValidationJob", validation(0), 500, 201, 200),
        ("ValidationJob", validation(0), 500, 500, 500),
        ("ValidationJob", validation(7), 500, 201, 500),
    ];
    for (function, body, arm, service_bus, expected) in cases {
        let status = status_of(function, body, arm, service_bus).await;
        assert_eq!(status, expected, "{function} with ARM at {arm} and Service Bus at {service_bus}");
    }
}

/// Nothing is decided by an allowlist that was not read yet, and nobody waits for it longer than there is time.
#[tokio::test]
async fn an_event_that_comes_before_the_allowlist_waits_for_it_and_is_put_off_in_time() {
    for (service_bus, expected) in [(201, 200), (500, 500)] {
        let (_looking, standing) = watch::channel(Standing::default());
        assert_eq!(answer(app(403, service_bus, standing), "ConnectionEvent", event()).await, expected);
    }
    let (looking, standing) = watch::channel(Standing::default());
    let waiting = app(403, 500, standing);
    let read = async { looking.send_replace(Standing::fixed(InForce::Nothing("a test".to_owned()))) };
    let (in_force, _) = tokio::join!(waiting.in_force(), read);
    assert!(in_force.version().is_none());
    assert_eq!(answer(waiting, "ConnectionEvent", event()).await, 200, "ARM's 403 ends the work");
}

#[tokio::test]
async fn the_status_is_got_and_no_function() {
    let app = app(500, 500, standing(None));
    let request = Request::get("/status").body(Body::empty()).expect("a request");
    let response = router(app.clone()).oneshot(request).await.expect("an answer");
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
    let status: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(status, json!({ "allowlist": { "state": "none", "why": "it is being read" } }));
    assert_eq!(answer(app, "status", "{}".to_owned()).await, 405);
}
