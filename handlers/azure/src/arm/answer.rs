//! What an answer of ARM means when it is not a success.

use portreeve_decisions::untrusted::escaped;
use serde_json::Value;

use crate::clock::Clock;
use crate::error::{AzureError, ErrorKind};
use crate::limits::{Refused, Told};
use crate::transport::Answer;

/// ARM tells by one of these how many requests are left; what else an answer counts is a provider's
/// (<https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling#remaining-requests>).
const REMAINING: [&str; 5] = [
    "x-ms-ratelimit-remaining-subscription-reads",
    "x-ms-ratelimit-remaining-subscription-writes",
    "x-ms-ratelimit-remaining-subscription-deletes",
    "x-ms-ratelimit-remaining-tenant-reads",
    "x-ms-ratelimit-remaining-tenant-writes",
];
/// The codes by which ARM itself refuses; a provider's own are others, such as `ResourceRequestsThrottled`.
const REFUSED_BY_ARM: [&str; 2] = ["SubscriptionRequestsThrottled", "TenantRequestsThrottled"];

/// The error that an answer stands for, or `None` for a success.
///
/// | answer | kind |
/// |---|---|
/// | 429, and 503 with `Retry-After` | throttled |
/// | 408, 5xx, and a redirect or anything else that ARM does not send | transient |
/// | 401 | no token, so it is tried again later; but of another tenant's subscription: forbidden |
/// | 409, and 429 with `RetryableErrorDueToAnotherOperation`, which is a lock and not a quota | conflict |
/// | 400 and other 4xx | refused |
pub(super) fn error_of(answer: &Answer, attempted: &str, clock: &dyn Clock) -> Option<AzureError> {
    if (200..300).contains(&answer.status) {
        return None;
    }
    let body = answer.json();
    let code = text_at(&body, "code");
    let retry_after = answer.retry_after(clock);
    let kind = match answer.status {
        429 if code.as_deref() == Some("RetryableErrorDueToAnotherOperation") => ErrorKind::Conflict,
        429 => ErrorKind::Throttled,
        503 if retry_after.is_some() => ErrorKind::Throttled,
        401 if code.as_deref() != Some("InvalidAuthenticationTokenTenant") => ErrorKind::NoToken,
        401 | 403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        412 => ErrorKind::PreconditionFailed,
        400..=499 if answer.status != 408 => ErrorKind::Refused,
        _ => ErrorKind::Transient,
    };
    let message = text_at(&body, "message").unwrap_or_else(|| "no message".to_owned());
    let shown_code = code.as_deref().unwrap_or("no code");
    // Azure's words may quote what somebody else wrote.
    let detail = format!("{} {}: {}", answer.status, escaped(shown_code, 100), escaped(&message, 500));
    let error = AzureError::new(kind, attempted, detail).with_status(answer.status);
    Some(error.with_code(code).with_retry_after(retry_after))
}

/// What an answer says about limits.
pub(super) fn told(answer: &Answer, error: Option<&AzureError>) -> Told {
    let remaining = REMAINING.iter().find_map(|name| answer.header(name)?.trim().parse::<u32>().ok());
    // 503 is about the resource, not about a limit.
    let throttled = error.filter(|error| error.kind == ErrorKind::Throttled && error.status == Some(429));
    let refused = throttled.map(|error| {
        let code = error.code.as_deref().unwrap_or_default();
        let is_arms = REFUSED_BY_ARM.iter().any(|word| word.eq_ignore_ascii_case(code));
        Refused { retry_after: error.retry_after, is_arms }
    });
    Told { remaining, refused }
}

/// ARM puts `code` and `message` under `error`; a few providers put them at the top.
fn text_at(body: &Value, key: &str) -> Option<String> {
    let value = body.pointer(&format!("/error/{key}")).or_else(|| body.get(key))?;
    value.as_str().map(str::to_owned)
}
