//! One delivery of a queue's message, and what is said of a message that is given up.
//!
//! A custom handler cannot dead-letter a message and give a reason: its call fails, and after the last delivery the broker
//! writes a reason of its own. So the reason stands in the log, beside what finds the message again.

use portreeve_azure::QueueName;
use portreeve_decisions::resource_id::ResourceId;
use portreeve_decisions::untrusted::escaped;

use crate::wire::Invocation;

/// The deliveries that the queues of `infra/` give a message (`maxDeliveryCount`).
const DELIVERIES_MAX: u64 = 10;
/// The longest id that Service Bus takes: <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas>.
const ID_MAX_CHARS: usize = 128;

/// Which message it is, as the host tells. A body's own keys can stand in the way of the broker's, so it is believed for
/// finding the message and for nothing else.
#[derive(Debug)]
pub(crate) struct Delivery {
    queue: QueueName,
    message_id: String,
    sequence_number: Option<i64>,
    /// How often the broker has delivered it, this time included.
    pub count: u64,
}

impl Delivery {
    /// The delivery that a call is about.
    pub fn of(call: &Invocation, queue: QueueName) -> Self {
        let message_id = call.metadata("MessageId").unwrap_or_default();
        let sequence_number = call.metadata("SequenceNumber").and_then(|number| number.parse().ok());
        let message_id = escaped(&message_id, ID_MAX_CHARS);
        Self { queue, message_id, sequence_number, count: call.delivery_count() }
    }

    /// Records that the message is given up, and returns the words for the reply.
    pub fn give_up(&self, why: &str, subject: Option<&ResourceId>, correlation_id: &str) -> String {
        let Self { queue, message_id, sequence_number, count } = self;
        let queue = queue.as_str();
        let remedy = self.remedy();
        let which = format!("message {message_id} on {queue}, delivery {count} of {DELIVERIES_MAX}");
        tracing::error!(
            event = "given_up",
            correlation_id,
            subject = subject.map(ResourceId::as_str),
            queue,
            message_id,
            sequence_number,
            delivery_count = count,
            remedy,
            "{why} ({which}); after its last delivery it is a dead letter"
        );
        format!("{why} ({which}); after its last delivery: {remedy}")
    }

    fn remedy(&self) -> String {
        let queue = self.queue.as_str();
        match self.sequence_number {
            Some(number) => format!("portreeve dead-letters show {number} --queue {queue}"),
            None => format!("portreeve dead-letters list --queue {queue}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::turns::BodyTurn;

    fn delivery(metadata: &Value) -> Delivery {
        let body = json!({ "Data": {}, "Metadata": metadata }).to_string();
        Delivery::of(&Invocation::parse(body.as_bytes(), None, BodyTurn::free()).unwrap(), QueueName::ReconcileJobs)
    }

    #[test]
    fn who_reads_it_learns_which_message_it_is_and_what_to_do() {
        let host = json!({ "MessageId": "\"m-1\"", "SequenceNumber": "17", "DeliveryCount": "3" });
        let words = delivery(&host).give_up("it failed", None, "c1");
        let expected = "it failed (message m-1 on reconcile-jobs, delivery 3 of 10); after its last delivery: \
                        portreeve dead-letters show 17 --queue reconcile-jobs";
        assert_eq!(words, expected);
    }

    #[test]
    fn a_body_that_shadows_the_brokers_words_writes_no_command_and_no_line() {
        let forged = json!({ "MessageId": "\"a\\nb\"", "SequenceNumber": "\"17; reboot\"", "DeliveryCount": {} });
        let words = delivery(&forged).give_up("it makes no sense", None, "c1");
        assert!(
            words.contains("message a\\nb on") && words.ends_with("dead-letters list --queue reconcile-jobs"),
            "{words}"
        );
    }
}
