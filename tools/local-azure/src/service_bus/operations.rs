//! The operations of the REST API on one queue.
//! Source: <https://learn.microsoft.com/rest/api/servicebus/service-bus-runtime-rest>.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    broker_properties,
    message::{Message, NewMessage},
    namespace::ServiceBus,
    queue::{Lock, LockLost, Part},
};

/// The largest message of the Standard tier, properties included.
/// Source: <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas>.
const MESSAGE_LIMIT_BYTES: usize = 256 * 1024;

/// How long a receive waits for a message unless `?timeout=` says otherwise.
const DEFAULT_RECEIVE_TIMEOUT_SECONDS: u64 = 60;

/// Headers that carry the request and are no property of the message.
const TRANSPORT_HEADERS: [&str; 14] = [
    "accept",
    "accept-encoding",
    "authorization",
    "brokerproperties",
    "connection",
    "content-length",
    "content-type",
    "date",
    "expect",
    "host",
    "traceparent",
    "transfer-encoding",
    "user-agent",
    "x-ms-client-request-id",
];

pub(super) async fn send(bus: &ServiceBus, queue: &str, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let header_bytes = head.headers.get("brokerproperties").map_or(0, HeaderValue::len);
    let Ok(body) = to_bytes(body, MESSAGE_LIMIT_BYTES.saturating_sub(header_bytes)).await else {
        let reason = format!("A message has at most {MESSAGE_LIMIT_BYTES} bytes, its properties included");
        return (StatusCode::PAYLOAD_TOO_LARGE, reason).into_response();
    };
    let mut message = NewMessage {
        application_properties: application_properties(&head.headers),
        content_type: text(&head.headers, "content-type"),
        body,
        ..NewMessage::default()
    };
    if message.content_type.as_deref().is_some_and(|media_type| media_type.contains("vnd.microsoft.servicebus.json")) {
        return (StatusCode::BAD_REQUEST, "The local Service Bus takes one message at a time, not a batch")
            .into_response();
    }
    let properties = text(&head.headers, "brokerproperties");
    if let Some(Err(reason)) = properties.map(|header| broker_properties::parse(&header, &mut message)) {
        return (StatusCode::BAD_REQUEST, reason).into_response();
    }
    match bus.send(queue, message) {
        Some(_) => StatusCode::CREATED.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) async fn peek_lock(bus: &ServiceBus, queue: &str, part: Part, query: Option<String>) -> Response {
    match bus.peek_lock(queue, part, Some(deadline(query))).await {
        Some((message, lock)) => {
            let mut response = received(StatusCode::CREATED, &message, Some(&lock));
            let subqueue = if part == Part::DeadLetter { "/$deadletterqueue" } else { "" };
            let location =
                format!("{}/{queue}{subqueue}/messages/{}/{}", bus.endpoint(), message.sequence_number, lock.token);
            insert(response.headers_mut(), "location", &location);
            response
        }
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

pub(super) async fn receive_and_delete(bus: &ServiceBus, queue: &str, part: Part, query: Option<String>) -> Response {
    match bus.receive_and_delete(queue, part, Some(deadline(query))).await {
        Some(message) => received(StatusCode::OK, &message, None),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

pub(super) fn settled(result: Result<(), LockLost>) -> Response {
    match result {
        Ok(()) => StatusCode::OK.into_response(),
        Err(LockLost) => (StatusCode::NOT_FOUND, "No message is locked under this id and token").into_response(),
    }
}

fn received(status: StatusCode, message: &Message, lock: Option<&Lock>) -> Response {
    let mut response = (status, message.sent.body.clone()).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    if let Some(content_type) = &message.sent.content_type {
        insert(headers, "content-type", content_type);
    }
    insert(headers, "brokerproperties", &broker_properties::render(message, lock));
    for (name, value) in &message.sent.application_properties {
        insert(headers, name, &value.to_string());
    }
    if let Some(dead_letter) = &message.dead_letter {
        insert(headers, "deadletterreason", &Value::from(dead_letter.reason.as_str()).to_string());
        let description = Value::from(dead_letter.error_description.as_str()).to_string();
        insert(headers, "deadlettererrordescription", &description);
    }
    response
}

/// Every other header is a property: JSON, or plain text where it is not.
fn application_properties(headers: &HeaderMap) -> BTreeMap<String, Value> {
    let own = headers.iter().filter(|(name, _)| !TRANSPORT_HEADERS.contains(&name.as_str()));
    own.filter_map(|(name, value)| {
        let value = value.to_str().ok()?;
        Some((name.to_string(), serde_json::from_str(value).unwrap_or_else(|_| value.into())))
    })
    .collect()
}

fn deadline(query: Option<String>) -> Instant {
    let query = query.unwrap_or_default();
    let asked = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "timeout");
    let seconds = asked.and_then(|(_, value)| value.parse().ok()).unwrap_or(DEFAULT_RECEIVE_TIMEOUT_SECONDS);
    Instant::now() + Duration::from_secs(seconds.min(DEFAULT_RECEIVE_TIMEOUT_SECONDS))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn insert(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (header::HeaderName::try_from(name), HeaderValue::try_from(value)) {
        headers.insert(name, value);
    }
}
