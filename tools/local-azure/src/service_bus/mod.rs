//! Service Bus on loopback: queues with the service's rules, over its REST API. It has no topics and no sessions.

mod broker_properties;
mod duplicate_detection;
mod entity_path;
mod http_date;
mod message;
mod namespace;
mod operations;
mod queue;
#[cfg(test)]
mod queue_tests;
mod rest;
mod subqueue;

pub use message::{DeadLetter, Message, NewMessage, SettableProperties};
pub use namespace::ServiceBus;
pub use queue::{Lock, LockLost, MAX_DELIVERY_COUNT, Part, QueueContents};
