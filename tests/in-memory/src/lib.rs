//! The local Azure in memory, and the real handler on it: nothing listens on a port, and tokio's clock may be paused.
//!
//! | Part | Is |
//! |---|---|
//! | `cloud` | ARM, Service Bus, tokens and DNS of one cloud |
//! | `person` | what people ask ARM for |
//! | `exchange` | a request of the handler's, answered by a router |
//! | `handler` | a handler with a way out of the caller's choice |
//! | `host` | how the Functions host calls it |
//!
//! Whoever uses it decides what a request meets on its way: delays, faults, the end of the process.

mod cloud;
mod exchange;
mod handler;
mod host;
mod person;

pub use cloud::{InMemoryCloud, addresses_of};
pub use exchange::{Answer, answer, body_of};
pub use handler::{VirtualClock, handler, in_force};
pub use host::{CALLS_AT_ONCE, QUEUES, call, event_call, hand_over, proven};

/// ARM's own address, and the audience of its tokens.
pub const ARM: &str = "https://management.azure.com";
/// The address of the namespace with the app's queues.
pub const SERVICE_BUS: &str = "https://contoso.servicebus.windows.net";
