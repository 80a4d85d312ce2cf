//! Azure, as the Functions and the command line see it: what is handed in, and what is kept between calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::HttpClient;
use portreeve_decisions::allowlist::ZoneScope;
use portreeve_decisions::catalogue::{Catalogue, Cloud};
use portreeve_decisions::dns::Zone;
use time::OffsetDateTime;

use crate::arm::Arm;
use crate::clock::Clock;
use crate::endpoints::AzureEndpoints;
use crate::error::AzureError;
use crate::identity::Identity;
use crate::resolver::NetworkOptions;
use crate::service_bus::{Message, QueueName, ServiceBus};
use crate::story::Story;
use crate::target_locks::TargetLocks;
use crate::transport::Transport;

/// Zones and their links change rarely; a zone that is missed is looked for at once, whatever is kept.
const ZONES_KEPT_FOR: Duration = Duration::from_secs(300);
/// Zones that were missed are not looked for again sooner: a burst of endpoints without a zone must not use up ARM's
/// patience. The work is put off instead.
const ZONES_READ_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// The shortest window of duplicate detection that Service Bus lets a queue have by default. What is remembered longer
/// than the broker remembers it could be lost; see <https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection>.
const QUEUED_REMEMBERED_FOR: Duration = Duration::from_secs(600);
/// Bounds the memory for it; forgetting costs a message that the broker drops.
const QUEUED_REMEMBERED_MAX: usize = 10_000;

/// Everything outside the process that [`Azure`] works with.
#[derive(Debug)]
pub struct AzureOptions {
    /// Which cloud, for its zones.
    pub cloud: Cloud,
    /// Where it is.
    pub endpoints: AzureEndpoints,
    /// How it is reached.
    pub http: Arc<dyn HttpClient>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who we are.
    pub credential: Arc<dyn TokenCredential>,
    /// How names are resolved and addresses tried, for proofs.
    pub network: NetworkOptions,
}

/// Reads Azure and carries out what was decided.
#[derive(Debug)]
pub struct Azure {
    pub(crate) cloud: Cloud,
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) network: NetworkOptions,
    pub(crate) targets: TargetLocks,
    arm: Arm,
    service_bus: ServiceBus,
    zones: tokio::sync::Mutex<BTreeMap<ZoneScope, KeptZones>>,
    queued: Mutex<BTreeMap<String, OffsetDateTime>>,
}

#[derive(Clone, Debug)]
struct KeptZones {
    read_at: OffsetDateTime,
    zones: Vec<Zone>,
}

impl Azure {
    /// Makes ready; nothing is asked of Azure yet.
    #[must_use]
    pub fn new(options: AzureOptions) -> Self {
        let AzureOptions { cloud, endpoints, http, clock, credential, network } = options;
        let transport = Arc::new(Transport::new(http, clock.clone()));
        let identity = Arc::new(Identity::new(credential, clock.clone()));
        Self {
            cloud,
            catalogue: Catalogue::known(),
            arm: Arm::new(transport.clone(), clock.clone(), identity.clone(), &endpoints),
            service_bus: ServiceBus::new(transport, clock.clone(), identity, &endpoints),
            clock,
            network,
            targets: TargetLocks::default(),
            zones: tokio::sync::Mutex::default(),
            queued: Mutex::default(),
        }
    }

    /// The time on the clock that was handed in.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Drives `work` until it is done or `limit` has passed; `None` is the latter, with the work dropped.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        crate::clock::within(self.clock.as_ref(), limit, work).await
    }

    /// Returns once this much time has passed.
    pub async fn pause(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    /// Sends a message, and returns once Service Bus has it.
    ///
    /// # Errors
    /// Where it may not have it. Sending again is safe: the message id is the same.
    pub async fn send(&self, queue: QueueName, message: &Message) -> Result<(), AzureError> {
        self.service_bus.send(queue, message).await
    }

    pub(crate) fn arm(&self, story: &Story) -> Arm {
        self.arm.for_request(&story.correlation_id)
    }

    /// The zones of the configured groups, in their order, read no earlier than `not_before`, or a moment ago. A group that is not there
    /// or not ours to read has none: it must not keep the others' records from being written.
    pub(crate) async fn zones(
        &self,
        arm: &Arm,
        scopes: &[ZoneScope],
        not_before: OffsetDateTime,
    ) -> Result<Vec<Zone>, AzureError> {
        // Held while reading: of many callers that miss a zone at once, one reads and all are served.
        let mut kept = self.zones.lock().await;
        let mut all = Vec::new();
        for scope in scopes {
            let fresh_from = not_before.clamp(self.now() - ZONES_KEPT_FOR, self.now() - ZONES_READ_AGAIN_AFTER);
            if kept.get(scope).is_none_or(|kept| kept.read_at < fresh_from) {
                let read_at = self.now();
                let zones = match arm.zones_in(scope).await {
                    Err(error) if error.is_out_of_reach() => {
                        tracing::error!(
                            event = "failure",
                            correlation_id = arm.client_request_id(),
                            error = %error,
                            remedy = error.remedy().unwrap_or("correct `dns.zones` in the allowlist, or create the group"),
                            "the zones of {} cannot be read, so no record is written there", scope.resource_group
                        );
                        Vec::new()
                    }
                    zones => zones?,
                };
                kept.insert(scope.clone(), KeptZones { read_at, zones });
            }
            all.extend(kept[scope].zones.iter().cloned());
        }
        Ok(all)
    }

    /// Forgets the zones, so that the next look reads them.
    pub(crate) async fn forget_zones(&self) {
        self.zones.lock().await.clear();
    }

    /// Whether a message by this id was sent so lately that Service Bus would drop another.
    pub(crate) fn was_queued(&self, message_id: &str) -> bool {
        let queued = self.queued.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        queued.get(message_id).is_some_and(|at| self.now() - *at < QUEUED_REMEMBERED_FOR)
    }

    pub(crate) fn remember_queued(&self, message_id: String) {
        let now = self.now();
        let mut queued = self.queued.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if queued.len() >= QUEUED_REMEMBERED_MAX {
            queued.retain(|_, at| now - *at < QUEUED_REMEMBERED_FOR);
        }
        if queued.len() >= QUEUED_REMEMBERED_MAX {
            queued.clear();
        }
        queued.insert(message_id, now);
    }
}
