//! Any answers of ARM's to a reconcile: it ends, no token goes to another host, no record is written without a condition,
//! and no connection that was not listed.

#![no_main]

mod case;
mod templates;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_core::http::{Method, Request};
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;
use portreeve_azure::Story;
use portreeve_decisions::event::Subject;
use portreeve_decisions::job::ReconcileJob;
use portreeve_decisions::resource_id::ResourceId;
use portreeve_fuzz::{ARM, Answer, SERVICE_BUS, VirtualClock, azure, in_force};
use tokio::runtime::Builder;

use crate::case::{Case, Step};

/// A few answers lead to a few requests each. What asks more than this would never end.
const REQUESTS_MAX: usize = 2000;

fuzz_target!(|case: Case| {
    let Case { is_about_target, steps } = case;
    let cloud = Arc::new(Cloud { steps: Mutex::new(steps.into()), told: Mutex::default() });
    let azure = azure(move |request| cloud.answer(request), Arc::new(VirtualClock::default()));
    let id = |text| ResourceId::parse(text).expect("a constant");
    let subject = if is_about_target {
        Subject::Target(id(templates::TARGET))
    } else {
        Subject::Endpoint(id(templates::ENDPOINT))
    };
    let job = ReconcileJob {
        subject,
        attempt: 0,
        is_from_sweep: false,
        awaits: None,
        turns: 0,
        correlation_id: "fuzz".to_owned(),
    };
    let runtime = Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(azure.reconcile(&job, &in_force(), &Story::new("fuzz"), Duration::ZERO));
});

/// ARM and Service Bus, which have every right answer until a step says otherwise.
struct Cloud {
    steps: Mutex<VecDeque<Step>>,
    /// The bodies so far, in lower case, and how many there were.
    told: Mutex<(usize, String)>,
}

impl Cloud {
    fn answer(&self, request: &Request) -> Answer {
        let mut told = self.told.lock().unwrap();
        told.0 += 1;
        assert!(told.0 < REQUESTS_MAX, "it does not end: {} {}", request.method(), request.url());
        check(request, &told.1);
        if request.url().host_str() == Some(SERVICE_BUS) {
            return Answer::of(201, "");
        }
        let right = templates::answer(request.method(), request.url().path());
        let answer = match self.steps.lock().unwrap().pop_front() {
            Some(step) => step.done_to(right),
            None => right,
        };
        told.1.push_str(&String::from_utf8_lossy(&answer.body).to_ascii_lowercase());
        answer
    }
}

fn check(request: &Request, told: &str) {
    let has = |name: &str| request.headers().iter().any(|(other, _)| other.as_str() == name);
    let url = request.url();
    let path = percent_decode_str(url.path()).decode_utf8_lossy().to_ascii_lowercase();
    let is_ours = url.scheme() == "https" && matches!(url.host_str(), Some(ARM | SERVICE_BUS)) && url.port().is_none();
    assert!(is_ours || !has("authorization"), "a token to {url}");
    if url.host_str() == Some(SERVICE_BUS) || request.method() == Method::Get {
        return;
    }
    let is_conditional = has("if-match") || has("if-none-match");
    if path.contains("/privatednszones/") {
        assert!(is_conditional, "{} {url} without a condition", request.method());
    } else {
        assert!(path.contains("/privateendpointconnections/"), "{} {url}", request.method());
        assert!(told.contains(&format!("\"{path}\"")), "{url} was not listed");
    }
}
