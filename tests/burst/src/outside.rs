//! The handlers' way out: HTTP to the cloud with its delays, identity, and the network that proofs ask.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use portreeve_azure::{Network, TokenCredential};
use portreeve_decisions::dns::RecordType;
use portreeve_decisions::validation::{Answer, Resolution};
use portreeve_in_memory::answer;

use crate::world::World;

/// How long a token is good.
const TOKEN_LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// The world outside of one instance.
pub(crate) struct Outside {
    world: Arc<World>,
    exchanges: AtomicU64,
}

impl Outside {
    pub fn new(world: Arc<World>) -> Self {
        Self { world, exchanges: AtomicU64::default() }
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
impl TokenCredential for Outside {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(self.world.azure.token(scopes, TOKEN_LIFETIME))
    }
}

#[async_trait]
impl HttpClient for Outside {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let nobody = || azure_core::Error::with_message(ErrorKind::Io, format!("nobody is at {}", request.url()));
        let router = self.world.azure.router_of(request).ok_or_else(nobody)?;
        self.delay().await;
        let answer = answer(router, request).await;
        self.delay().await;
        Ok(answer.into())
    }
}

#[async_trait]
impl Network for Outside {
    async fn look_up(&self, fqdn: &str, record_type: RecordType) -> Resolution {
        self.delay().await;
        let network = self.world.network_of_name(fqdn);
        self.world.azure.look_up(fqdn, record_type, network.as_deref())
    }

    async fn connect(&self, _: IpAddr, _: u16) -> Answer {
        self.delay().await;
        Answer::Accepted
    }
}
