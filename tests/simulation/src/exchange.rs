//! The handler's way out: each request of each process, with its delays and whatever goes wrong with it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{self, HeaderMap};
use azure_core::credentials::{AccessToken, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body as AzureBody, HttpClient, Request, StatusCode};
use local_azure::chance;
use portreeve_azure::{Clock, TokenCredential};
use time::OffsetDateTime;
use tower::ServiceExt as _;

use crate::host::{Host, call_began};
use crate::weather::Fault;
use crate::world::{World, short};

/// An answer of the cloud: status, headers and body.
type Answer = (u16, HeaderMap, Vec<u8>);

/// How long an answer takes on a slow day.
const SLOW: Duration = Duration::from_secs(7);

/// The HTTP client, identity and clock of one process.
#[derive(Clone)]
pub(crate) struct Outside {
    pub world: Arc<World>,
    pub host: Arc<Host>,
    pub instance: usize,
}

impl fmt::Debug for Outside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Outside({})", self.instance)
    }
}

#[async_trait]
impl Clock for Outside {
    /// No two machines agree about the time.
    fn now(&self) -> OffsetDateTime {
        let offsets = [0, 0, 0, 2_500, -2_500, 4_900, -4_900];
        let offset = self.world.dice.pick(&format!("clock of instance {}", self.instance), &offsets);
        chance::now() + time::Duration::milliseconds(offset)
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[async_trait]
impl TokenCredential for Outside {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        let audience = scope.strip_suffix("/.default").unwrap_or(scope);
        let what = format!("token {audience}");
        let fault = self.fault(&what).await;
        let expires_on = chance::now() + Duration::from_secs(3600);
        match fault {
            None | Some(Fault::Slow) => {
                let token = self.world.tokens.issue(audience, expires_on.unix_timestamp());
                Ok(AccessToken::new(token, expires_on))
            }
            Some(Fault::Silence | Fault::SilenceAfter) => std::future::pending().await,
            Some(fault) => Err(azure_core::Error::with_message(ErrorKind::Credential, format!("{fault:?}"))),
        }
    }
}

#[async_trait]
impl HttpClient for Outside {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let what = format!("{} {}", request.method(), short(request.url().as_str()));
        let fault = self.fault(&what).await;
        let (status, headers, body) = match fault {
            None | Some(Fault::Slow) => self.carry_out(request, &what).await,
            Some(Fault::ResetBefore) => return Err(reset()),
            Some(Fault::ResetAfter) => {
                self.carry_out(request, &what).await;
                return Err(reset());
            }
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::SilenceAfter) => {
                self.carry_out(request, &what).await;
                std::future::pending().await
            }
            Some(Fault::KilledBefore) => self.die().await,
            Some(Fault::KilledAfter) => {
                self.carry_out(request, &what).await;
                self.die().await
            }
            Some(fault) => self.wrong_answer(request, fault),
        };
        tokio::time::sleep(self.world.dice.time(&format!("back {what} {}", chance::now()), 2..120)).await;
        let mut answered = Headers::new();
        for (name, value) in &headers {
            answered.insert(name.to_string(), value.to_str().unwrap_or_default().to_owned());
        }
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), answered, body))
    }
}

impl Outside {
    /// The fault of this exchange, after the request's way there.
    async fn fault(&self, what: &str) -> Option<Fault> {
        let world = &self.world;
        let fault = world.scenario.weather.at_exchange(what, world.history.elapsed());
        if let Some(fault) = fault {
            world.history.tell(&self.name(), format!("{what}: {fault:?}"));
        }
        let delay = world.dice.time(&format!("there {what} {}", chance::now()), 2..120);
        tokio::time::sleep(if fault == Some(Fault::Slow) { SLOW } else { delay }).await;
        fault
    }

    /// Hands the request to the service that it is for.
    async fn carry_out(&self, request: &Request, what: &str) -> Answer {
        let world = &self.world;
        let is_arm = request.url().host_str() == Some("management.azure.com");
        let router = match request.url().host_str() {
            Some("management.azure.com") => world.arm.clone(),
            Some("contoso.servicebus.windows.net") => world.bus_router.clone(),
            _ => {
                world.oracle().violated(format!("a request with a token went elsewhere: {what}"));
                return (404, HeaderMap::new(), Vec::new());
            }
        };
        world.oracle().note_gone(world);
        let body = match request.body() {
            AzureBody::Bytes(bytes) => bytes.to_vec(),
            _ => Vec::new(),
        };
        let mut builder = http::Request::builder().method(request.method().as_ref()).uri(request.url().as_str());
        builder = builder.header("host", request.url().host_str().unwrap_or_default());
        for (name, value) in request.headers().iter() {
            builder = builder.header(name.as_str(), value.as_str());
        }
        // A question to Resource Graph is a POST, and reads.
        let reads = what.starts_with("GET ") || what.ends_with("/Microsoft.ResourceGraph/resources");
        let writes = is_arm && !reads;
        let versions = self.host.versions_since(self.instance, call_began());
        let watch = writes.then(|| world.oracle().before_write(world, &versions, request, &body));
        let request = builder.body(Body::from(body)).expect("a request of the handler's is one");
        let Ok(response) = router.oneshot(request).await;
        if let Some(watch) = watch {
            world.oracle().after_write(world, watch);
        }
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map(|bytes| bytes.to_vec()).unwrap_or_default();
        world.history.tell(&self.name(), format!("{what} -> {}", parts.status.as_u16()));
        (parts.status.as_u16(), parts.headers, body)
    }

    /// What the service, or something before it, says instead of doing anything.
    fn wrong_answer(&self, request: &Request, fault: Fault) -> Answer {
        let coded = |status, code: &str| {
            let body = serde_json::json!({ "error": { "code": code, "message": "simulated" } });
            (status, HeaderMap::new(), body.to_string().into_bytes())
        };
        let is_read = request.method() == azure_core::http::Method::Get;
        let (status, mut headers, body) = match fault {
            Fault::Throttled(_) => coded(429, "SubscriptionRequestsThrottled"),
            Fault::Unavailable(_) => coded(503, "ServerBusy"),
            Fault::Busy => coded(409, "AnotherOperationInProgress"),
            Fault::Locked => coded(429, "RetryableErrorDueToAnotherOperation"),
            Fault::Changed if !is_read => coded(412, "PreconditionFailed"),
            Fault::Unauthorized => coded(401, "ExpiredAuthenticationToken"),
            Fault::Garbage if is_read => (200, HeaderMap::new(), b"<html>sign in</html>".to_vec()),
            Fault::Broken(status) => (status, HeaderMap::new(), b"<html>oops</html>".to_vec()),
            _ => coded(500, "InternalServerError"),
        };
        if let Fault::Throttled(seconds) | Fault::Unavailable(Some(seconds)) = fault {
            headers.insert("retry-after", seconds.into());
        }
        (status, headers, body)
    }

    /// The process is killed, and with it whoever waits for this.
    async fn die<T>(&self) -> T {
        self.host.kill(self.instance);
        std::future::pending().await
    }

    fn name(&self) -> String {
        format!("instance {}", self.instance)
    }
}

fn reset() -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Io, "connection reset")
}
