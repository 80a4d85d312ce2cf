//! A scripted cloud for this crate's own tests: answers in order, a clock that only sleeping moves, tokens on demand.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode};
use portreeve_decisions::allowlist::Allowlist;
use portreeve_decisions::catalogue::Cloud;
use portreeve_decisions::in_force::{AllowlistVersion, InForce};
use time::OffsetDateTime;
use url::Url;

use crate::arm::Arm;
use crate::azure::{Azure, AzureOptions};
use crate::clock::Clock;
use crate::endpoints::AzureEndpoints;
use crate::identity::Identity;
use crate::limits::Limits;
use crate::resolver::SystemNetwork;
use crate::transport::Transport;

/// One answer of the script: status, headers, body. Status 0 breaks the connection.
pub(crate) type ScriptedAnswer = (u16, Vec<(&'static str, &'static str)>, String);

#[derive(Debug, Default)]
pub(crate) struct ScriptedHttp {
    answers: Mutex<VecDeque<ScriptedAnswer>>,
    requests: Mutex<Vec<Request>>,
}

impl ScriptedHttp {
    pub fn new(answers: Vec<ScriptedAnswer>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into()), requests: Mutex::default() })
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

#[async_trait]
impl HttpClient for ScriptedHttp {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        self.requests.lock().unwrap().push(request.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        let (status, headers, body) = answer.expect("the script has an answer for every request");
        if status == 0 {
            return Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Io, "connection reset"));
        }
        let mut all = Headers::new();
        for (name, value) in headers {
            all.insert(name, value);
        }
        Ok(AsyncRawResponse::from_bytes(StatusCode::from(status), all, body))
    }
}

/// Starts at the Unix epoch; every sleep is over at once and moves the time.
#[derive(Debug, Default)]
pub(crate) struct ScriptedClock {
    slept: Mutex<Vec<Duration>>,
}

impl ScriptedClock {
    /// The waits that were sat out, without the time limits that never ran out.
    pub fn slept(&self) -> Vec<Duration> {
        self.slept.lock().unwrap().clone()
    }

    pub fn advance(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
    }
}

#[async_trait]
impl Clock for ScriptedClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + self.slept.lock().unwrap().iter().sum::<Duration>()
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}

/// Issues `token-1`, `token-2` and so on, each good for an hour, until it is told to fail.
#[derive(Debug)]
pub(crate) struct ScriptedCredential {
    pub clock: Arc<ScriptedClock>,
    pub issued: Mutex<u32>,
    pub fails: Mutex<bool>,
}

impl ScriptedCredential {
    pub fn new(clock: Arc<ScriptedClock>) -> Arc<Self> {
        Arc::new(Self { clock, issued: Mutex::default(), fails: Mutex::default() })
    }
}

#[async_trait]
impl TokenCredential for ScriptedCredential {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        if *self.fails.lock().unwrap() {
            return Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Credential, "no identity today"));
        }
        let mut issued = self.issued.lock().unwrap();
        *issued += 1;
        Ok(AccessToken::new(format!("token-{issued}"), self.clock.now() + Duration::from_secs(3600)))
    }
}

pub(crate) fn endpoints() -> AzureEndpoints {
    AzureEndpoints::of(Cloud::Public, Url::parse("https://contoso.servicebus.windows.net").unwrap())
}

/// A client of ARM on a script.
pub(crate) fn arm(answers: Vec<ScriptedAnswer>) -> (Arm, Arc<ScriptedHttp>, Arc<ScriptedClock>) {
    let (http, clock) = (ScriptedHttp::new(answers), Arc::new(ScriptedClock::default()));
    let identity = Arc::new(Identity::new(ScriptedCredential::new(clock.clone()), clock.clone()));
    let transport = Arc::new(Transport::new(http.clone(), clock.clone()));
    let limits = Arc::new(Limits::new(Cloud::Public));
    (Arm::new(transport, clock.clone(), identity, limits, &endpoints()), http, clock)
}

/// Azure on a script; nothing is asked of the network.
pub(crate) fn azure(answers: Vec<ScriptedAnswer>) -> (Azure, Arc<ScriptedHttp>) {
    let (http, clock) = (ScriptedHttp::new(answers), Arc::new(ScriptedClock::default()));
    let azure = Azure::new(AzureOptions {
        cloud: Cloud::Public,
        endpoints: endpoints(),
        http: http.clone(),
        credential: ScriptedCredential::new(clock.clone()),
        clock,
        network: Arc::new(SystemNetwork::default()),
        validation_port: None,
    });
    (azure, http)
}

/// What is in force with this allowlist.
pub(crate) fn in_force(allowlist: &str) -> InForce {
    let version = AllowlistVersion::of(allowlist.as_bytes(), "test", OffsetDateTime::UNIX_EPOCH);
    InForce::allowlist(Allowlist::parse(allowlist).unwrap(), version)
}
