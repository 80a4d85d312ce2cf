//! The only crate that talks to Azure. It reads and executes what [`portreeve_decisions`] concludes, and never chooses.
//!
//! Everything outside the process is reached through what [`Azure::new`] is given: an HTTP client, a clock, a
//! credential and the endpoints. Handing in others (a simulated cloud, a virtual clock) needs no other seam.

mod ahead;
mod apply;
mod arm;
mod azure;
mod blob;
mod clock;
mod connection_write;
mod connections;
mod endpoints;
mod error;
mod gather;
mod identity;
mod kept;
mod limits;
mod location;
mod managed_private_endpoint;
mod network_interface;
mod observe;
mod observed_target;
mod outcome;
mod private_dns_zone;
mod private_endpoint;
mod private_endpoint_connection;
mod prove;
mod provider;
mod recent;
mod reconcile;
mod record_listings;
mod resolver;
mod resource_graph;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod scripted;
mod service_bus;
mod settle;
mod story;
mod survey;
mod target;
mod target_locks;
mod target_types;
mod tenant;
mod tenant_cache;
mod transport;
mod zone_cache;

pub use azure::{Azure, AzureOptions};
pub use blob::{Blob, BlobCondition, BlobContent};
pub use clock::{Clock, SystemClock, within};
pub use connections::Connections;
pub use endpoints::{AzureEndpoints, base_url, may_see_tokens, namespace_url};
pub use error::{AzureError, ErrorKind};
pub use identity::{Identity, credential};
pub use limits::BookedTurn;
pub use outcome::{AwaitedTurn, Outcome};
pub use prove::Proof;
pub use recent::Recent;
pub use resolver::{Network, SystemNetwork};
pub use service_bus::{Letters, Message, Rest, Resubmitted, Wanted};
pub use story::Story;
pub use survey::Consequences;
pub use transport::http_client;

/// Which queue, for callers that send.
pub use portreeve_decisions::job::QueueName;

/// The traits and types of `azure_core` that [`AzureOptions`] is made of, so that callers need not name its version.
pub use azure_core::{credentials::TokenCredential, http::HttpClient};
