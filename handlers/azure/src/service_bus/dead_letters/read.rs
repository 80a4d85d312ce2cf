//! What an answer of Service Bus's tells of a dead letter. It never fails: a letter that is odd is one all the same.
//!
//! The broker's reason and words are custom properties, which the REST API hands out as headers of JSON text:
//! <https://learn.microsoft.com/rest/api/servicebus/message-headers-and-properties>.

use std::collections::BTreeMap;

use azure_core_021::headers::{HeaderName, Headers};
use azure_messaging_servicebus::service_bus::PeekLockResponse;
use portreeve_decisions::dead_letter::DeadLetter;
use portreeve_decisions::job::QueueName;
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// These are about the reader's lock, and nothing of the letter.
const OF_THE_LOCK: [&str; 2] = ["LockToken", "LockedUntilUtc"];

/// The letter that was locked, or `None` where it has no number to be called by.
pub(super) fn letter(queue: QueueName, answer: &PeekLockResponse) -> Option<DeadLetter> {
    let Ok(Told { broker_properties, reason, description }) = answer.custom_properties();
    let number = |name: &str| broker_properties.get(name).and_then(Value::as_i64);
    let text = |name: &str| broker_properties.get(name).and_then(Value::as_str);
    Some(DeadLetter {
        queue,
        sequence_number: number("SequenceNumber")?,
        message_id: text("MessageId").unwrap_or_default().to_owned(),
        enqueued: text("EnqueuedTimeUtc").and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok()),
        delivery_count: number("DeliveryCount").unwrap_or_default(),
        reason,
        description,
        broker_properties: shown(&broker_properties),
        body: answer.body(),
    })
}

fn shown(properties: &Map<String, Value>) -> BTreeMap<String, String> {
    let of_letter = properties.iter().filter(|(name, _)| !OF_THE_LOCK.contains(&name.as_str()));
    of_letter.map(|(name, value)| (name.clone(), value.as_str().map_or(value.to_string(), str::to_owned))).collect()
}

/// What the headers say that the Service Bus crate does not read.
struct Told {
    broker_properties: Map<String, Value>,
    reason: Option<String>,
    description: Option<String>,
}

impl From<Headers> for Told {
    fn from(headers: Headers) -> Self {
        let header = |name: &'static str| headers.get_optional_str(&HeaderName::from_static(name));
        let property = |name| header(name).map(|text| serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()));
        let broker_properties = header("brokerproperties").and_then(|json| serde_json::from_str(json).ok());
        Self {
            broker_properties: broker_properties.unwrap_or_default(),
            reason: property("deadletterreason"),
            description: property("deadlettererrordescription"),
        }
    }
}
