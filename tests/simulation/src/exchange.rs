//! The handler's way out: each request of each process, with its delays and whatever goes wrong with it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use local_azure::chance;
use portreeve_azure::TokenCredential;
use portreeve_in_memory::{ARM, Answer, answer, body_of};

use crate::host::{Host, call_began};
use crate::weather::Fault;
use crate::world::{World, short};

/// How long an answer takes on a slow day.
const SLOW: Duration = Duration::from_secs(7);
/// How long a token is good.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// What one process reaches: HTTP and its identity here, the network in `network`.
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
impl TokenCredential for Outside {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        let audience = scope.strip_suffix("/.default").unwrap_or(scope);
        let what = format!("token {audience}");
        let fault = self.fault(&what).await;
        match fault {
            None | Some(Fault::Slow) => Ok(self.world.azure.token(scopes, TOKEN_LIFETIME)),
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
        let answer = match fault {
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
        Ok(answer.into())
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
        let Some(router) = world.azure.router_of(request) else {
            world.oracle().violated(format!("a request with a token went elsewhere: {what}"));
            return plain(404, "");
        };
        world.oracle().note_gone(world);
        let is_arm = request.url().origin().ascii_serialization() == ARM;
        // A question to Resource Graph is a POST, and reads.
        let is_of_graph = what.ends_with("/Microsoft.ResourceGraph/resources");
        let reads = what.starts_with("GET ") || is_of_graph;
        let router = if is_of_graph { world.resource_graph(&self.name()) } else { router.clone() };
        let versions = self.host.versions_since(self.instance, call_began());
        let watch =
            (is_arm && !reads).then(|| world.oracle().before_write(world, &versions, request, &body_of(request)));
        let answer = answer(&router, request).await;
        if let Some(watch) = watch {
            world.oracle().after_write(world, watch, answer.status);
        }
        world.history.tell(&self.name(), format!("{what} -> {}", answer.status));
        answer
    }

    /// What the service, or something before it, says instead of doing anything.
    fn wrong_answer(&self, request: &Request, fault: Fault) -> Answer {
        let coded = |status, code: &str| {
            plain(status, &serde_json::json!({ "error": { "code": code, "message": "simulated" } }).to_string())
        };
        let is_read = request.method() == azure_core::http::Method::Get;
        let mut answer = match fault {
            Fault::Throttled(_) => coded(429, "SubscriptionRequestsThrottled"),
            Fault::Unavailable(_) => coded(503, "ServerBusy"),
            Fault::Busy => coded(409, "AnotherOperationInProgress"),
            Fault::Locked => coded(429, "RetryableErrorDueToAnotherOperation"),
            Fault::Changed if !is_read => coded(412, "PreconditionFailed"),
            Fault::Unauthorized => coded(401, "ExpiredAuthenticationToken"),
            Fault::Garbage if is_read => plain(200, "<html>sign in</html>"),
            Fault::Broken(status) => plain(status, "<html>oops</html>"),
            _ => coded(500, "InternalServerError"),
        };
        if let Fault::Throttled(seconds) | Fault::Unavailable(Some(seconds)) = fault {
            answer.headers.insert("retry-after", seconds.into());
        }
        answer
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

/// An answer without headers.
fn plain(status: u16, body: &str) -> Answer {
    Answer { status, body: body.into(), ..Answer::default() }
}

fn reset() -> azure_core::Error {
    azure_core::Error::with_message(ErrorKind::Io, "connection reset")
}
