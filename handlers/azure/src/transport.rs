//! One HTTP client for everything, and one exchange on it: a request out, a bounded answer back, in bounded time.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{HttpClient, Method, Request};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::clock::{Clock, within};

/// An answer that takes longer is taken for lost.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for writes: some providers do their work before they answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer that is read: a page of a thousand resources has about two megabytes.
const ANSWER_MAX_BYTES: usize = 16 * 1024 * 1024;

/// No answer keeps us waiting for longer, whatever it says: a time past the end of the calendar is none.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3600);
/// Resource Graph counts by the second; a window that an answer says is longer is none.
const QUOTA_WINDOW_MAX: Duration = Duration::from_secs(3600);

/// Requests under way at once. A burst of events waits here in little memory instead of in a thousand connections; a
/// Consumption plan allows 600 (<https://learn.microsoft.com/azure/azure-functions/manage-connections>).
pub(crate) const EXCHANGES_AT_ONCE: u16 = 96;
/// Connections to one host that are kept for later, and for how long.
const IDLE_CONNECTIONS_MAX: usize = 16;
const IDLE_CONNECTION_KEPT_FOR: Duration = Duration::from_secs(30);

/// Makes the client that all of this process's requests share, so that connections are reused.
///
/// # Errors
/// Where the machine has no certificate authorities, or TLS cannot be set up.
pub fn http_client() -> Result<Arc<dyn HttpClient>, reqwest::Error> {
    // Another part of the process may have chosen the provider already; then that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
        .pool_idle_timeout(IDLE_CONNECTION_KEPT_FOR)
        // A redirect could carry a token to another host; Azure's APIs need none.
        .redirect(reqwest::redirect::Policy::none())
        // Nor must a proxy see one: on loopback, where the identity endpoint is, nothing is encrypted.
        .no_proxy()
        .user_agent(concat!("portreeve/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(Arc::new(client))
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub body: Bytes,
}

impl Answer {
    /// A header's text.
    pub fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.get_optional_str(&HeaderName::from_static(name))
    }

    /// How long to wait before asking again, where the answer says it: `Retry-After`, or what tells when the quota of
    /// Resource Graph is whole again, whichever is later.
    pub fn retry_after(&self, clock: &dyn Clock) -> Option<Duration> {
        self.retry_after_header(clock).max(self.quota_resets_after()).map(|wait| wait.min(WAIT_MAX))
    }

    /// When the quota of Resource Graph is whole again:
    /// <https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests>.
    pub fn quota_resets_after(&self) -> Option<Duration> {
        let seconds = self.header("x-ms-user-quota-resets-after")?.trim().split(':').try_fold(0u64, |sum, part| {
            // Parts of a second, should there be any, count as a whole one.
            let part = part.parse::<f64>().ok().filter(|part| (0.0..1e6).contains(part))?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and small")]
            let part = part.ceil() as u64;
            Some(sum.saturating_mul(60).saturating_add(part))
        });
        seconds.map(|seconds| Duration::from_secs(seconds).min(QUOTA_WINDOW_MAX))
    }

    /// What `Retry-After` says, in seconds or as a date.
    fn retry_after_header(&self, clock: &dyn Clock) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if let Ok(seconds) = value.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = time::OffsetDateTime::parse(value, &time::format_description::well_known::Rfc2822).ok()?;
        Some(Duration::try_from(date - clock.now()).unwrap_or(Duration::ZERO))
    }

    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// The way out of the process to one service.
#[derive(Debug)]
pub(crate) struct Transport {
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    turns: Semaphore,
}

impl Transport {
    pub fn new(http: Arc<dyn HttpClient>, clock: Arc<dyn Clock>) -> Self {
        Self { http, clock, turns: Semaphore::new(EXCHANGES_AT_ONCE.into()) }
    }

    /// Waits for a place on the way out. That is our own affair and no fault of Azure's, so no limit of time counts it.
    pub async fn exchange(&self) -> Exchange<'_> {
        Exchange { transport: self, _turn: self.turns.acquire().await.expect("it is never closed") }
    }
}

/// A place on the way out, for one request.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    transport: &'a Transport,
    _turn: SemaphorePermit<'a>,
}

impl Exchange<'_> {
    /// Sends a request and reads its answer. What it returns on failure says why there is no answer.
    pub async fn of(self, request: &Request) -> Result<Answer, String> {
        let Transport { http, clock, .. } = self.transport;
        let limit = if request.method() == Method::Get { READ_TIMEOUT } else { WRITE_TIMEOUT };
        let answer = within(clock.as_ref(), limit, send(http.as_ref(), request)).await;
        answer.unwrap_or_else(|| Err(format!("no answer within {} s", limit.as_secs())))
    }
}

async fn send(http: &dyn HttpClient, request: &Request) -> Result<Answer, String> {
    let response = http.execute_request(request).await.map_err(|error| chain(&error))?;
    let (status, headers, mut stream) = response.deconstruct();
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk.map_err(|error| chain(&error))?);
        if body.len() > ANSWER_MAX_BYTES {
            return Err(format!("the answer is larger than {ANSWER_MAX_BYTES} bytes"));
        }
    }
    Ok(Answer { status: status.into(), headers, body: body.freeze() })
}

/// An error and what caused it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
