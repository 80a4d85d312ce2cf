//! Dead letters as JSON, for programs:
//!
//! ```json
//! {
//!   "queue": "reconcile-jobs", "sequence_number": 17, "enqueued": "2026-11-21T08:05:09Z", "message_id": "…",
//!   "delivery_count": 11, "reason": "MaxDeliveryCountExceeded", "description": "…",
//!   "why": "still not finished after 40 tries", "is_job": true, "about": "/subscriptions/…", "attempt": 41,
//!   "correlation_id": "…", "log_query": "traces | …", "next_step": "…", "body": "…",
//!   "broker_properties": { "State": "Active" }
//! }
//! ```
//!
//! What is not known is null. Keys may be added, never changed.

use std::collections::BTreeMap;

use portreeve_decisions::dead_letter::DeadLetter;
use serde::Serialize;
use time::OffsetDateTime;

use super::{next_step, words};

/// One letter.
#[derive(Debug, Serialize)]
pub struct JsonLetter<'a> {
    queue: &'static str,
    sequence_number: i64,
    #[serde(with = "time::serde::rfc3339::option")]
    enqueued: Option<OffsetDateTime>,
    message_id: &'a str,
    delivery_count: i64,
    reason: Option<&'a str>,
    description: Option<&'a str>,
    why: String,
    is_job: bool,
    about: Option<String>,
    attempt: Option<u32>,
    correlation_id: Option<String>,
    log_query: Option<String>,
    next_step: String,
    body: &'a str,
    broker_properties: &'a BTreeMap<String, String>,
}

impl<'a> JsonLetter<'a> {
    /// A letter with what it comes to.
    pub fn of(letter: &'a DeadLetter) -> Self {
        let job = letter.job().ok();
        Self {
            queue: letter.queue.as_str(),
            sequence_number: letter.sequence_number,
            enqueued: letter.enqueued,
            message_id: &letter.message_id,
            delivery_count: letter.delivery_count,
            reason: letter.reason.as_deref(),
            description: letter.description.as_deref(),
            why: letter.cause().to_string(),
            is_job: job.is_some(),
            about: job.as_ref().map(|job| job.about().to_string()),
            attempt: job.as_ref().map(|job| job.attempt()),
            correlation_id: job.as_ref().map(|job| job.correlation_id().to_owned()),
            log_query: words::log_query(letter),
            next_step: next_step(letter),
            body: &letter.body,
            broker_properties: &letter.broker_properties,
        }
    }
}
