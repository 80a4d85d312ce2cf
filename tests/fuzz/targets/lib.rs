//! An Azure for targets that need one: every request is answered at once, and time passes only by waiting.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Request, StatusCode};
use portreeve_azure::{Azure, AzureEndpoints, AzureOptions, Clock, HttpClient, Network};
use portreeve_decisions::allowlist::Allowlist;
use portreeve_decisions::catalogue::Cloud;
use portreeve_decisions::dns::RecordType;
use portreeve_decisions::in_force::{AllowlistVersion, InForce};
use portreeve_decisions::validation::{Answer as NetworkAnswer, Resolution};
use time::OffsetDateTime;
use time::macros::datetime;
use url::Url;

/// The host of ARM.
pub const ARM: &str = "management.azure.com";
/// The host of the Service Bus namespace.
pub const SERVICE_BUS: &str = "contoso.servicebus.windows.net";

const START: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

/// Approves everything of key vaults, and records it in the group `rg-dns`.
const ALLOWLIST: &str = "version: 1\n\
    dns: { zones: [{ subscription: 33333333-3333-3333-3333-333333333333, resource_group: rg-dns }] }\n\
    rules:\n  - { id: vaults, effect: approve, target: { type: Microsoft.KeyVault/vaults } }\n";

/// What a request is answered with.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status; 0 breaks the connection.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// One with a body and nothing else.
    #[must_use]
    pub fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }
}

/// Answers by the same function each time.
pub struct Http(pub Box<dyn Fn(&Request) -> Answer + Send + Sync>);

impl fmt::Debug for Http {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Http")
    }
}

#[async_trait]
impl HttpClient for Http {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Answer { status, headers, body } = (self.0)(request);
        if status == 0 {
            return Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Io, "connection reset"));
        }
        let mut all = Headers::new();
        headers.into_iter().for_each(|(name, value)| all.insert(name, value));
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), all, body))
    }
}

/// Every wait is over at once, and moves the time.
#[derive(Debug, Default)]
pub struct VirtualClock(Mutex<Duration>);

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> OffsetDateTime {
        START + *self.0.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        let mut passed = self.0.lock().unwrap();
        *passed = passed.saturating_add(duration);
    }
}

#[derive(Debug)]
struct Credential(Arc<VirtualClock>);

#[async_trait]
impl TokenCredential for Credential {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("token", self.0.now() + Duration::from_secs(3600)))
    }
}

/// No name resolves, and nobody answers.
#[derive(Debug)]
struct NoNetwork;

#[async_trait]
impl Network for NoNetwork {
    async fn look_up(&self, _: &str, _: RecordType) -> Resolution {
        Resolution::NoSuchName
    }

    async fn connect(&self, _: IpAddr, _: u16) -> NetworkAnswer {
        NetworkAnswer::Failed("nobody is there".to_owned())
    }
}

/// Azure with these answers.
#[must_use]
pub fn azure(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static, clock: Arc<VirtualClock>) -> Azure {
    let service_bus = Url::parse(&format!("https://{SERVICE_BUS}/")).unwrap();
    Azure::new(AzureOptions {
        cloud: Cloud::Public,
        endpoints: AzureEndpoints::of(Cloud::Public, service_bus),
        http: Arc::new(Http(Box::new(answer))),
        credential: Arc::new(Credential(clock.clone())),
        clock,
        network: Arc::new(NoNetwork),
        validation_port: None,
    })
}

/// The allowlist in force.
#[must_use]
pub fn in_force() -> InForce {
    let version = AllowlistVersion::of(ALLOWLIST.as_bytes(), "fuzz", START);
    InForce::allowlist(Allowlist::parse(ALLOWLIST).unwrap(), version)
}
