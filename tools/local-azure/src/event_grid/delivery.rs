//! The delivery of one event to one subscription's webhook, with its retries.
//! Source: <https://learn.microsoft.com/azure/event-grid/delivery-and-retry>.

use std::time::Duration;

use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{retry_schedule::wait_after, topic::Subscription};
use crate::console::Console;

/// How long Event Grid waits for a webhook's answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers of a webhook that another attempt would not change.
const NOT_RETRIED: [StatusCode; 4] =
    [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::PAYLOAD_TOO_LARGE];

/// An event that could not be delivered.
#[derive(Clone, Debug)]
pub struct DeadLetteredEvent {
    /// The function that should have got it.
    pub function: String,
    /// The event.
    pub event: Value,
    /// `MaxDeliveryAttemptsExceeded`, or the outcome that is not retried.
    pub dead_letter_reason: String,
    /// How often it was tried.
    pub delivery_attempts: usize,
}

/// What all deliveries share.
#[derive(Debug)]
pub(super) struct Courier {
    pub client: reqwest::Client,
    pub slots: Semaphore,
    pub retries_sped_up_by: u32,
    pub console: Console,
}

enum Outcome {
    Delivered(StatusCode),
    TryAgain(String),
    GiveUp(String),
}

impl Courier {
    /// Delivers until it succeeds, or says why it never will.
    pub async fn deliver(&self, subscription: &Subscription, event: &Value) -> Result<(), DeadLetteredEvent> {
        let mut attempts = 0;
        loop {
            let outcome = self.attempt(subscription, event, attempts).await;
            attempts += 1;
            let reason = match outcome {
                Outcome::Delivered(status) => {
                    self.say(subscription, event, &format!("{status}"));
                    return Ok(());
                }
                Outcome::GiveUp(reason) => reason,
                Outcome::TryAgain(reason) => match wait_after(attempts, self.retries_sped_up_by) {
                    Some(wait) => {
                        self.say(subscription, event, &format!("{reason}; attempt {attempts}, again in {wait:?}"));
                        tokio::time::sleep(wait).await;
                        continue;
                    }
                    None => "MaxDeliveryAttemptsExceeded".to_owned(),
                },
            };
            self.say(subscription, event, &format!("dead-lettered after {attempts} attempts: {reason}"));
            return Err(dead_letter(subscription, event, reason, attempts));
        }
    }

    async fn attempt(&self, subscription: &Subscription, event: &Value, earlier_attempts: usize) -> Outcome {
        let _slot = self.slots.acquire().await.expect("the semaphore is never closed");
        let request = self
            .client
            .post(&subscription.webhook_url)
            .timeout(RESPONSE_TIMEOUT)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header("aeg-event-type", "Notification")
            .header("aeg-subscription-name", subscription.function.to_uppercase())
            .header("aeg-delivery-count", earlier_attempts)
            .header("aeg-data-version", "2")
            .header("aeg-metadata-version", "1")
            .body(Value::Array(vec![event.clone()]).to_string());
        match request.send().await {
            Ok(response) if response.status().is_success() => Outcome::Delivered(response.status()),
            Ok(response) if NOT_RETRIED.contains(&response.status()) => Outcome::GiveUp(response.status().to_string()),
            Ok(response) => Outcome::TryAgain(response.status().to_string()),
            Err(error) if error.is_timeout() => Outcome::TryAgain(format!("no answer in {RESPONSE_TIMEOUT:?}")),
            Err(error) => Outcome::TryAgain(format!("no connection: {error}")),
        }
    }

    fn say(&self, subscription: &Subscription, event: &Value, outcome: &str) {
        let operation = event["data"]["operationName"].as_str().unwrap_or_default();
        let subject = event["subject"].as_str().unwrap_or_default();
        let function = &subscription.function;
        self.console.say("event-grid", format!("{operation} -> {function}: {outcome} ({subject})"));
    }
}

fn dead_letter(subscription: &Subscription, event: &Value, reason: String, attempts: usize) -> DeadLetteredEvent {
    DeadLetteredEvent {
        function: subscription.function.clone(),
        event: event.clone(),
        dead_letter_reason: reason,
        delivery_attempts: attempts,
    }
}
