//! A Service Bus message: what its sender set, and what the broker added.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

/// What a sender may set in the `BrokerProperties` header.
/// Source: <https://learn.microsoft.com/rest/api/servicebus/message-headers-and-properties>.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SettableProperties {
    /// The key of duplicate detection; the broker makes one where the sender did not.
    pub message_id: Option<String>,
    /// The id of the conversation.
    pub correlation_id: Option<String>,
    /// The session, which a queue without sessions only carries.
    pub session_id: Option<String>,
    /// Also known as the subject.
    pub label: Option<String>,
    /// The queue to reply to.
    pub reply_to: Option<String>,
    /// The address of the receiver.
    pub to: Option<String>,
    /// The session to reply in.
    pub reply_to_session_id: Option<String>,
    /// Equal to the session's id where both are set.
    pub partition_key: Option<String>,
    /// Seconds, with fractions.
    pub time_to_live: Option<f64>,
    /// The time at which the message becomes active, as RFC 2616 writes it.
    pub scheduled_enqueue_time_utc: Option<String>,
}

/// A message as it is handed to a queue, with its properties checked.
#[derive(Clone, Debug, Default)]
pub struct NewMessage {
    /// What the sender set.
    pub properties: SettableProperties,
    /// The sender's own properties.
    pub application_properties: BTreeMap<String, Value>,
    /// The body's media type.
    pub content_type: Option<String>,
    /// The body, as it came.
    pub body: Bytes,
    /// `properties.time_to_live`, checked.
    pub time_to_live: Option<Duration>,
    /// `properties.scheduled_enqueue_time_utc`, checked.
    pub scheduled_enqueue_time: Option<OffsetDateTime>,
}

/// A message in a queue.
#[derive(Clone, Debug)]
pub struct Message {
    /// The sender's id, or the broker's where there was none.
    pub message_id: String,
    /// The position in the queue.
    pub sequence_number: i64,
    /// When it became active, or was accepted while it is scheduled.
    pub enqueued_time: OffsetDateTime,
    /// Deliveries so far; 1 while it is delivered for the first time.
    pub delivery_count: u32,
    /// What the sender handed in.
    pub sent: NewMessage,
    /// Why it was dead-lettered, and in which words.
    pub dead_letter: Option<DeadLetter>,
}

/// Why a message is in the dead-letter queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DeadLetter {
    /// For example `MaxDeliveryCountExceeded`.
    pub reason: String,
    /// For a person to read.
    pub error_description: String,
}

impl Message {
    /// The body as text, with replacement characters where it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.sent.body).into_owned()
    }

    /// When the broker forgets the message, or `None` where it never does.
    #[must_use]
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        self.enqueued_time.checked_add(self.sent.time_to_live?.try_into().ok()?)
    }
}
