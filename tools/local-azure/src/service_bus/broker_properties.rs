//! The `BrokerProperties` header: read strictly, written as the service writes it.

use std::time::Duration;

use serde_json::json;
use time::OffsetDateTime;

use super::{
    http_date,
    message::{Message, NewMessage, SettableProperties},
    queue::Lock,
};

/// What the service reports for a message that never expires: .NET's longest time span, in seconds.
const NEVER_EXPIRES_SECONDS: f64 = 922_337_203_685.477_5;

/// Longest message id and session id.
/// Source: <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas>.
const ID_LIMIT_CHARACTERS: usize = 128;

/// Reads the header into `message`; the error says which property is wrong and how it should look.
pub fn parse(header: &str, message: &mut NewMessage) -> Result<(), String> {
    let properties: SettableProperties =
        serde_json::from_str(header).map_err(|error| format!("BrokerProperties is not the expected JSON: {error}"))?;
    check_ids(&properties)?;
    message.time_to_live = properties.time_to_live.map(time_to_live).transpose()?;
    message.scheduled_enqueue_time =
        properties.scheduled_enqueue_time_utc.as_deref().map(scheduled_enqueue_time).transpose()?;
    message.properties = properties;
    Ok(())
}

fn check_ids(properties: &SettableProperties) -> Result<(), String> {
    for (name, id) in [("MessageId", &properties.message_id), ("SessionId", &properties.session_id)] {
        if id.as_ref().is_some_and(|id| id.is_empty() || id.chars().count() > ID_LIMIT_CHARACTERS) {
            return Err(format!("{name} must have 1 to {ID_LIMIT_CHARACTERS} characters"));
        }
    }
    match (&properties.session_id, &properties.partition_key) {
        (Some(session), Some(partition)) if session != partition => {
            Err("PartitionKey must equal SessionId where both are set".to_owned())
        }
        _ => Ok(()),
    }
}

fn time_to_live(seconds: f64) -> Result<Duration, String> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("TimeToLive is {seconds}; it must be a positive number of seconds"))
}

fn scheduled_enqueue_time(text: &str) -> Result<OffsetDateTime, String> {
    http_date::parse(text).ok_or_else(|| {
        format!(
            "ScheduledEnqueueTimeUtc is {text:?}; it must be an RFC 2616 date such as Sun, 06 Nov 1994 08:49:37 GMT"
        )
    })
}

/// Writes the header of a received message; one that was received and deleted has no lock.
#[must_use]
pub fn render(message: &Message, lock: Option<&Lock>) -> String {
    let sent = &message.sent.properties;
    let mut header = json!({
        "MessageId": message.message_id,
        "SequenceNumber": message.sequence_number,
        // Only auto-forwarded messages have another.
        "EnqueuedSequenceNumber": 0,
        "EnqueuedTimeUtc": http_date::render(message.enqueued_time),
        "DeliveryCount": message.delivery_count,
        "State": "Active",
        "TimeToLive": message.sent.time_to_live.map_or(NEVER_EXPIRES_SECONDS, |ttl| ttl.as_secs_f64()),
    });
    let optional = [
        ("CorrelationId", sent.correlation_id.clone()),
        ("SessionId", sent.session_id.clone()),
        ("Label", sent.label.clone()),
        ("ReplyTo", sent.reply_to.clone()),
        ("To", sent.to.clone()),
        ("ReplyToSessionId", sent.reply_to_session_id.clone()),
        ("PartitionKey", sent.partition_key.clone()),
        ("ScheduledEnqueueTimeUtc", message.sent.scheduled_enqueue_time.map(http_date::render)),
        ("LockToken", lock.map(|lock| lock.token.to_string())),
        ("LockedUntilUtc", lock.map(|lock| http_date::render(lock.locked_until))),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            header[name] = value.into();
        }
    }
    ascii(&header.to_string())
}

/// A header's value is ASCII, so other characters are written as JSON escapes.
fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(header: &str) -> Option<String> {
        parse(header, &mut NewMessage::default()).err()
    }

    #[test]
    fn what_the_service_documents_is_accepted() {
        let mut message = NewMessage::default();
        let header =
            r#"{"MessageId":"job-1","TimeToLive":3600.0,"ScheduledEnqueueTimeUtc":"Fri, 20 Nov 2026 12:27:30 GMT"}"#;
        parse(header, &mut message).expect("a documented header");
        assert_eq!(message.properties.message_id.as_deref(), Some("job-1"));
        assert_eq!(message.time_to_live, Some(Duration::from_secs(3600)));
        assert_eq!(
            message.scheduled_enqueue_time.map(http_date::render).as_deref(),
            Some("Fri, 20 Nov 2026 12:27:30 GMT")
        );
    }

    #[test]
    fn bad_properties_are_refused_by_name() {
        let long_id = format!(r#"{{"MessageId":"{}"}}"#, "x".repeat(129));
        for (header, name) in [
            ("not json", "BrokerProperties"),
            (r#"{"ScheduledEnqueueTimeUtc":"Fri, 20 Nov 2026 12:27:30 +0000"}"#, "ScheduledEnqueueTimeUtc"),
            (r#"{"ScheduledEnqueueTimeUtc":"2026-11-20T12:27:30Z"}"#, "ScheduledEnqueueTimeUtc"),
            (r#"{"TimeToLive":0}"#, "TimeToLive"),
            (r#"{"TimeToLive":-5}"#, "TimeToLive"),
            (r#"{"SessionId":"a","PartitionKey":"b"}"#, "PartitionKey"),
            (&long_id, "MessageId"),
        ] {
            let reason = refusal(header).unwrap_or_else(|| panic!("{header} was accepted"));
            assert!(reason.contains(name), "{header}: {reason}");
        }
    }

    #[test]
    fn a_header_is_ascii() {
        assert_eq!(ascii("\"ä😀\""), r#""\u00e4\ud83d\ude00""#);
    }
}
