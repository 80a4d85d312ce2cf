//! The value of a Service Bus trigger and what it tells about the message.
//! Source: `ServiceBusTriggerBindingStrategy` of Azure/azure-sdk-for-net.

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, macros::datetime};

use super::{binding_data::BindingData, call::Call, function_json::DataType, host_value::HostValue};
use crate::service_bus::{Lock, Message};

/// `DateTime.MaxValue` to the second: the expiry of a message that never expires.
const NEVER: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// Handles of .NET that reach the metadata as objects. They mean nothing to a handler.
const HANDLES: [&str; 4] = ["MessageReceiver", "MessageActions", "ReceiveActions", "Client"];

/// The call for one message.
///
/// Without a data type the body is a .NET string, so it is encoded twice; as binary it is base64 and nothing in it
/// shadows the metadata.
#[must_use]
pub fn call(binding_name: &str, data_type: DataType, message: &Message, lock: &Lock) -> Call {
    let value = match data_type {
        DataType::String => HostValue::from(message.text()),
        DataType::Binary => HostValue::Bytes(message.sent.body.to_vec()),
    };
    Call { binding_name: binding_name.to_owned(), value, binding_data: binding_data(message, lock) }
}

fn binding_data(message: &Message, lock: &Lock) -> BindingData {
    let sent = &message.sent.properties;
    let expires_at = message.expires_at().unwrap_or(NEVER);
    let application_properties: Map<String, Value> = message.sent.application_properties.clone().into_iter().collect();
    let mut data = BindingData::default();
    data.set("DeliveryCount", message.delivery_count);
    data.set("LockToken", lock.token.to_string());
    data.set_value("ExpiresAtUtc", HostValue::DateTime(expires_at));
    data.set_value("ExpiresAt", HostValue::DateTimeOffset(expires_at));
    data.set_value("EnqueuedTimeUtc", HostValue::DateTime(message.enqueued_time));
    data.set_value("EnqueuedTime", HostValue::DateTimeOffset(message.enqueued_time));
    data.set("MessageId", message.message_id.as_str());
    data.set_some("ContentType", message.sent.content_type.as_deref());
    data.set_some("ReplyTo", sent.reply_to.as_deref());
    data.set("SequenceNumber", message.sequence_number);
    data.set_some("To", sent.to.as_deref());
    data.set_some("Subject", sent.label.as_deref());
    data.set_some("Label", sent.label.as_deref());
    data.set_some("CorrelationId", sent.correlation_id.as_deref());
    data.set("ApplicationProperties", application_properties.clone());
    data.set("UserProperties", application_properties);
    data.set_some("SessionId", sent.session_id.as_deref());
    data.set_some("ReplyToSessionId", sent.reply_to_session_id.as_deref());
    data.set_some("PartitionKey", sent.partition_key.as_deref());
    for handle in HANDLES {
        data.set(handle, json!({}));
    }
    data
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::service_bus::NewMessage;

    const NOW: OffsetDateTime = datetime!(2026-11-20 12:27:30.123 UTC);

    fn body(data_type: DataType, text: &str) -> Value {
        let message = Message {
            message_id: "job-1".to_owned(),
            sequence_number: 5,
            enqueued_time: NOW,
            delivery_count: 1,
            sent: NewMessage { body: text.to_owned().into(), ..NewMessage::default() },
            dead_letter: None,
        };
        let lock = Lock { token: Uuid::nil(), locked_until: NOW };
        call("job", data_type, &message, &lock).body("ReconcileJob", NOW)
    }

    #[test]
    fn a_body_is_encoded_twice() {
        let body = body(DataType::String, r#"{"a":1}"#);
        assert_eq!(body["Data"]["job"].to_string(), r#""\"{\\\"a\\\":1}\"""#);
        let inner: String = serde_json::from_str(body["Data"]["job"].as_str().expect("a string")).expect("JSON text");
        assert_eq!(inner, r#"{"a":1}"#);
    }

    #[test]
    fn metadata_values_are_json_text_in_strings() {
        let metadata = body(DataType::String, "not JSON")["Metadata"].clone();
        for (name, expected) in [
            ("MessageId", json!("\"job-1\"")),
            ("DeliveryCount", json!("1")),
            ("SequenceNumber", json!("5")),
            ("EnqueuedTimeUtc", json!("2026-11-20T12:27:30")),
            ("EnqueuedTime", json!("2026-11-20T12:27:30+00:00")),
            ("ExpiresAtUtc", json!("9999-12-31T23:59:59")),
            ("ApplicationProperties", json!({})),
            ("Client", json!({})),
        ] {
            assert_eq!(metadata[name], expected, "{name}");
        }
        assert!(metadata.get("CorrelationId").is_none());
    }

    #[test]
    fn a_json_body_shadows_the_metadata_unless_it_is_binary() {
        let text = r#"{"messageId":"forged","Sys":"gone"}"#;
        let shadowed = body(DataType::String, text);
        assert_eq!(shadowed["Metadata"]["MessageId"], "\"forged\"");
        assert_eq!(shadowed["Metadata"]["sys"], "\"gone\"");
        let binary = body(DataType::Binary, text);
        assert_eq!(binary["Metadata"]["MessageId"], "\"job-1\"");
        assert_eq!(binary["Data"]["job"], "eyJtZXNzYWdlSWQiOiJmb3JnZWQiLCJTeXMiOiJnb25lIn0=");
    }
}
