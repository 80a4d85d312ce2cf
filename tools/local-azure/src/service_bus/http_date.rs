//! Dates as Service Bus's REST API writes them: RFC 2616, always GMT.

use std::time::SystemTime;

use time::OffsetDateTime;

/// Reads exactly the one form that [`render`] writes. An offset such as `+0000` is refused, because the service
/// documents GMT: <https://learn.microsoft.com/rest/api/servicebus/message-headers-and-properties>.
#[must_use]
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    let time = OffsetDateTime::from(httpdate::parse_http_date(text).ok()?);
    (render(time) == text).then_some(time)
}

/// Writes a time such as `Sun, 06 Nov 1994 08:49:37 GMT`.
#[must_use]
pub fn render(time: OffsetDateTime) -> String {
    httpdate::fmt_http_date(SystemTime::from(time))
}
