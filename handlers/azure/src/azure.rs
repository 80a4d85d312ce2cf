//! Azure, as the Functions and the command line see it: what is handed in, and what is kept between calls.

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential;
use azure_core::http::HttpClient;
use portreeve_decisions::catalogue::{Catalogue, Cloud};
use portreeve_decisions::job::QueueName;
use time::OffsetDateTime;

use crate::ahead::Ahead;
use crate::arm::{Arm, INLINE_WAIT_MAX};
use crate::clock::Clock;
use crate::endpoints::AzureEndpoints;
use crate::error::AzureError;
use crate::identity::Identity;
use crate::limits::{BookedTurn, Limits};
use crate::recent::Recent;
use crate::record_listings::RecordListings;
use crate::resolver::Network;
use crate::resource_graph::ResourceGraph;
use crate::service_bus::{Message, ServiceBus};
use crate::story::Story;
use crate::target_locks::TargetLocks;
use crate::target_types::LearnedTypes;
use crate::tenant_cache::TenantCache;
use crate::transport::Transport;
use crate::zone_cache::ZoneCache;

/// The window of duplicate detection of the queues in `infra/`. What is remembered longer than the broker remembers it could
/// be lost; see <https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection>.
const QUEUED_REMEMBERED_FOR: Duration = Duration::from_secs(600);
/// A note that is the same as one a moment ago is news to nobody: one new endpoint causes several events.
const NOTES_REMEMBERED_FOR: Duration = Duration::from_secs(300);

/// How long an approval that had no answer may still take effect, and how late a provider's list may be.
const APPROVALS_REMEMBERED_FOR: Duration = Duration::from_secs(600);

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
    pub network: Arc<dyn Network>,
    /// The port that proofs try instead of each service's own. A local Azure cannot answer on ports below 1024.
    pub validation_port: Option<u16>,
}

/// Reads Azure and carries out what was decided.
#[derive(Debug)]
pub struct Azure {
    pub(crate) cloud: Cloud,
    pub(crate) catalogue: &'static Catalogue,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) network: Arc<dyn Network>,
    pub(crate) validation_port: Option<u16>,
    pub(crate) targets: TargetLocks,
    pub(crate) http: Arc<dyn HttpClient>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) limits: Arc<Limits>,
    arm: Arm,
    service_bus: ServiceBus,
    pub(crate) learned: LearnedTypes,
    pub(crate) zones: ZoneCache,
    pub(crate) listings: RecordListings,
    pub(crate) graph: ResourceGraph,
    pub(crate) tenants: TenantCache,
    pub(crate) queued: Recent,
    pub(crate) noted: Recent,
    /// The connections that are approved, or may be, though a target may not say so yet: for limits they count.
    pub(crate) approving: Recent,
    pub(crate) ahead: Ahead,
}

impl Azure {
    /// Makes ready; nothing is asked of Azure yet.
    #[must_use]
    pub fn new(options: AzureOptions) -> Self {
        let AzureOptions { cloud, endpoints, http, clock, credential, network, validation_port } = options;
        // One each, so that an ARM that answers slowly keeps no message from being sent.
        let to_arm = Arc::new(Transport::new(http.clone(), clock.clone()));
        let to_service_bus = Arc::new(Transport::new(http.clone(), clock.clone()));
        let identity = Arc::new(Identity::new(credential, clock.clone()));
        let limits = Arc::new(Limits::new(cloud));
        Self {
            cloud,
            catalogue: Catalogue::known(),
            arm: Arm::new(to_arm, clock.clone(), identity.clone(), limits.clone(), &endpoints),
            service_bus: ServiceBus::new(to_service_bus, clock.clone(), identity.clone(), &endpoints),
            http,
            identity,
            limits,
            clock,
            network,
            validation_port,
            targets: TargetLocks::default(),
            learned: LearnedTypes::default(),
            zones: ZoneCache::default(),
            listings: RecordListings::default(),
            graph: ResourceGraph::default(),
            tenants: TenantCache::default(),
            queued: Recent::new(QUEUED_REMEMBERED_FOR),
            noted: Recent::new(NOTES_REMEMBERED_FOR),
            approving: Recent::new(APPROVALS_REMEMBERED_FOR),
            ahead: Ahead::default(),
        }
    }

    /// The time on the clock that was handed in.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Drives `work` until it is done or `limit` has passed; `None` is the latter, with the work dropped.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T> + Send) -> Option<T> {
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

    pub(crate) fn service_bus(&self) -> &ServiceBus {
        &self.service_bus
    }

    pub(crate) fn arm(&self, story: &Story) -> Arm {
        self.arm.for_request(&story.correlation_id)
    }

    /// ARM for one job that comes back from the line for a limit, or is new; or the turn that it has to wait for still,
    /// so that it need not begin. `who` stands for the job in the line. Once it has begun, each read may wait for `patience`.
    pub(crate) fn arm_in_turn(
        &self,
        story: &Story,
        awaited: Option<&str>,
        who: &str,
        patience: Duration,
    ) -> Result<Arm, BookedTurn> {
        let turn = awaited.and_then(|limit| self.limits.still_awaited(limit, who, INLINE_WAIT_MAX, self.now()));
        turn.map_or_else(|| Ok(self.arm(story).in_place_of(awaited, patience)), Err)
    }
}
