//! A handler with a way out of the caller's choice.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::HttpClient;
use local_azure::chance;
use portreeve_azure::{Azure, AzureEndpoints, AzureOptions, Clock, Network, TokenCredential};
use portreeve_decisions::allowlist::Allowlist;
use portreeve_decisions::catalogue::Cloud;
use portreeve_decisions::in_force::{AllowlistVersion, InForce};
use portreeve_handler::Handler;
use time::OffsetDateTime;
use url::Url;

use crate::SERVICE_BUS;

/// The cloud's time of day, or one that is off by some time, on tokio's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct VirtualClock {
    /// How far it is ahead of the cloud's.
    pub ahead_by: time::Duration,
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> OffsetDateTime {
        chance::now() + self.ahead_by
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A handler that reaches the cloud, and whatever it meets on the way there, through `outside`.
#[must_use]
pub fn handler<T>(outside: Arc<T>, clock: VirtualClock) -> Handler
where
    T: HttpClient + TokenCredential + Network + 'static,
{
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let set_up = {
        let clock = clock.clone();
        move || {
            let namespace = Url::parse(SERVICE_BUS).map_err(|error| error.to_string())?;
            Ok(Azure::new(AzureOptions {
                cloud: Cloud::Public,
                endpoints: AzureEndpoints::of(Cloud::Public, namespace),
                http: outside.clone(),
                clock: clock.clone(),
                credential: outside.clone(),
                network: outside.clone(),
                validation_port: None,
            }))
        }
    };
    Handler::new(set_up, clock)
}

/// An allowlist as the handler has it, from its file.
///
/// # Panics
/// Where the file is wrong: here it is a test's own.
#[must_use]
pub fn in_force(text: &str, source: &str) -> InForce {
    let allowlist = Allowlist::parse(text).expect("a test's own allowlist is good");
    InForce::allowlist(allowlist, AllowlistVersion::of(text.as_bytes(), source, chance::now()))
}
