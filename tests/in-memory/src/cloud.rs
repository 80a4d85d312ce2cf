//! One cloud: ARM and Service Bus with a router each, and what its identity endpoint and its DNS say.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use azure_core::credentials::AccessToken;
use azure_core::http::Request;
use local_azure::activity::Activity;
use local_azure::arm::faults::CutOff;
use local_azure::arm::server::ArmServer;
use local_azure::arm_event::ArmEvent;
use local_azure::chance;
use local_azure::cloud::Cloud;
use local_azure::cloud::resource::Resource;
use local_azure::dns::resolution::{self, Answer};
use local_azure::service_bus::ServiceBus;
use local_azure::tokens::MANAGED_IDENTITY;
use portreeve_decisions::dns::RecordType;
use portreeve_decisions::validation::Resolution;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{ARM, QUEUES, SERVICE_BUS};

/// What `Retry-After` asks of those who poll.
const POLL_SECONDS: u64 = 1;

/// A cloud in memory.
pub struct InMemoryCloud {
    /// Its state.
    pub cloud: Arc<Cloud>,
    /// Its ARM.
    pub arm: ArmServer,
    /// Answers requests to ARM.
    pub arm_router: Router,
    /// Its Service Bus.
    pub bus: ServiceBus,
    /// Answers requests to Service Bus.
    pub bus_router: Router,
}

impl InMemoryCloud {
    /// An empty cloud whose operations take `operation_delay`, and what it tells Event Grid.
    #[must_use]
    pub fn new(operation_delay: Duration) -> (Self, UnboundedReceiver<ArmEvent>) {
        let (sender, told) = unbounded_channel();
        let cloud = Cloud::new(local_azure::Cloud::Public, None, sender, operation_delay);
        let arm = ArmServer::new(cloud.clone(), POLL_SECONDS);
        let queues = QUEUES.map(|(queue, _)| queue.to_owned());
        let bus = ServiceBus::new(SERVICE_BUS.to_owned(), queues, Activity::default());
        let arm_router = arm.clone().router("https");
        let bus_router = bus.router(arm.tokens.clone(), CutOff::default());
        (Self { cloud, arm, arm_router, bus, bus_router }, told)
    }

    /// The router that a request of the handler's is for; `None` where it leads out of the cloud.
    #[must_use]
    pub fn router_of(&self, request: &Request) -> Option<&Router> {
        match request.url().origin().ascii_serialization().as_str() {
            ARM => Some(&self.arm_router),
            SERVICE_BUS => Some(&self.bus_router),
            _ => None,
        }
    }

    /// A token of the app's managed identity.
    #[must_use]
    pub fn token(&self, scopes: &[&str], lifetime: Duration) -> AccessToken {
        let scope = scopes.first().copied().unwrap_or_default();
        let audience = scope.strip_suffix("/.default").unwrap_or(scope);
        let expires_on = chance::now() + lifetime;
        let token = self.arm.tokens.issue_to(MANAGED_IDENTITY, audience, expires_on.unix_timestamp());
        AccessToken::new(token, expires_on)
    }

    /// What its DNS says of a name inside the network with this id, or inside any.
    #[must_use]
    pub fn look_up(&self, fqdn: &str, record_type: RecordType, network: Option<&str>) -> Resolution {
        let found = self.cloud.read(|state| resolution::resolve(state, fqdn, network));
        let (mut aliases, mut addresses) = (Vec::new(), Vec::new());
        for answer in found.answers {
            match (answer, record_type) {
                (Answer::Alias(_, alias, _), _) => aliases.push(alias),
                (Answer::V4(_, address, _), RecordType::A) => addresses.push(IpAddr::V4(address)),
                (Answer::V6(_, address, _), RecordType::Aaaa) => addresses.push(IpAddr::V6(address)),
                _ => {}
            }
        }
        if addresses.is_empty() { Resolution::NoSuchName } else { Resolution::Addresses { aliases, addresses } }
    }
}

/// The addresses in a set of A records.
#[must_use]
pub fn addresses_of(record_set: &Resource) -> BTreeSet<String> {
    let records = record_set.property("aRecords").as_array().into_iter().flatten();
    records.filter_map(|record| record["ipv4Address"].as_str()).map(str::to_owned).collect()
}
