//! Any bytes from the host: each call ends in an answer that the host can read. The first byte says which Function is
//! called and how Azure is; the rest is the body.

#![no_main]

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use libfuzzer_sys::fuzz_target;
use portreeve_fuzz::{Answer, SERVICE_BUS, VirtualClock, azure, in_force};
use portreeve_handler::Handler;
use serde_json::Value;
use tokio::runtime::Builder;
use tower::ServiceExt;

const FUNCTIONS: [&str; 4] = ["ConnectionEvent", "ReconcileJob", "ValidationJob", "Sweep"];
const GONE: &str = r#"{"error":{"code":"ResourceNotFound","message":"gone"}}"#;
/// What ARM and Service Bus answer to everything.
const AZURES: [(u16, u16); 4] = [(404, 201), (500, 201), (404, 503), (200, 201)];

fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else { return };
    let function = FUNCTIONS[usize::from(first % 4)];
    let (arm, service_bus) = AZURES[usize::from(first / 4 % 4)];
    let clock = Arc::new(VirtualClock::default());
    let of_azure = clock.clone();
    let set_up = move || {
        let answer = move |request: &azure_core::http::Request| {
            let is_bus = request.url().host_str() == Some(SERVICE_BUS);
            Answer::of(if is_bus { service_bus } else { arm }, if is_bus { "" } else { GONE })
        };
        Ok(azure(answer, of_azure.clone()))
    };
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let handler = Handler::new(set_up, clock);
        handler.put_in_force(in_force());
        let request = Request::post(format!("/{function}")).header("content-type", "application/json");
        let request = request.body(Body::from(body.to_vec())).expect("a request");
        let answer = handler.router().oneshot(request).await.expect("an answer");
        let status = answer.status().as_u16();
        assert!(status == 200 || (400..600).contains(&status), "{function}: {status}");
        let body = to_bytes(answer.into_body(), usize::MAX).await.expect("it is in memory");
        let is_object = serde_json::from_slice::<Value>(&body).is_ok_and(|body| body.is_object());
        assert!(is_object, "{function}: {status} {:?}", String::from_utf8_lossy(&body));
    });
});
