//! The handlers' way out: HTTP to the cloud with its delays, identity, time, and the network that proofs ask.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http;
use azure_core::credentials::{AccessToken, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body as AzureBody, HttpClient, Request, StatusCode};
use local_azure::chance;
use local_azure::dns::resolution::{self, Answer as DnsAnswer};
use local_azure::tokens::MANAGED_IDENTITY;
use portreeve_azure::{Clock, Network, TokenCredential};
use portreeve_decisions::dns::RecordType;
use portreeve_decisions::validation::{Answer, Resolution};
use time::OffsetDateTime;
use tower::ServiceExt as _;

use crate::world::World;

/// The world outside of all instances.
#[derive(Clone)]
pub(crate) struct Outside {
    world: Arc<World>,
    exchanges: Arc<AtomicU64>,
}

impl Outside {
    pub fn new(world: Arc<World>) -> Self {
        Self { world, exchanges: Arc::default() }
    }

    /// One way over the network: 5 to 60 ms, so that requests overtake each other.
    async fn delay(&self) {
        let number = self.exchanges.fetch_add(1, Ordering::Relaxed);
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        tokio::time::sleep(Duration::from_millis(5 + spread % 55)).await;
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Outside")
    }
}

#[async_trait]
impl Clock for Outside {
    fn now(&self) -> OffsetDateTime {
        chance::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[async_trait]
impl TokenCredential for Outside {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        let expires_on = chance::now() + Duration::from_secs(24 * 3600);
        let audience = scope.strip_suffix("/.default").unwrap_or(scope);
        let token = self.world.arm.tokens.issue_to(MANAGED_IDENTITY, audience, expires_on.unix_timestamp());
        Ok(AccessToken::new(token, expires_on))
    }
}

#[async_trait]
impl HttpClient for Outside {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let is_arm = request.url().host_str() == Some("management.azure.com");
        let router = if is_arm { &self.world.arm_router } else { &self.world.bus_router };
        let body = match request.body() {
            AzureBody::Bytes(bytes) => bytes.to_vec(),
            _ => Vec::new(),
        };
        let mut asked = http::Request::builder().method(request.method().as_ref()).uri(request.url().as_str());
        asked = asked.header("host", request.url().host_str().unwrap_or_default());
        for (name, value) in request.headers().iter() {
            asked = asked.header(name.as_str(), value.as_str());
        }
        let asked = asked.body(Body::from(body)).expect("a request of the handler's is one");
        self.delay().await;
        let Ok(response) = router.clone().oneshot(asked).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        self.delay().await;
        let mut headers = Headers::new();
        for (name, value) in &parts.headers {
            headers.insert(name.to_string(), value.to_str().unwrap_or_default().to_owned());
        }
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(parts.status.as_u16()), headers, body.to_vec()))
    }
}

#[async_trait]
impl Network for Outside {
    async fn look_up(&self, fqdn: &str, record_type: RecordType) -> Resolution {
        self.delay().await;
        let found = self.world.arm.cloud.read(|state| resolution::resolve(state, fqdn));
        let (mut aliases, mut addresses) = (Vec::new(), Vec::new());
        for answer in found.answers {
            match (answer, record_type) {
                (DnsAnswer::Alias(_, alias, _), _) => aliases.push(alias),
                (DnsAnswer::V4(_, address, _), RecordType::A) => addresses.push(IpAddr::V4(address)),
                (DnsAnswer::V6(_, address, _), RecordType::Aaaa) => addresses.push(IpAddr::V6(address)),
                _ => {}
            }
        }
        if addresses.is_empty() { Resolution::NoSuchName } else { Resolution::Addresses { aliases, addresses } }
    }

    async fn connect(&self, _: IpAddr, _: u16) -> Answer {
        self.delay().await;
        Answer::Accepted
    }
}
