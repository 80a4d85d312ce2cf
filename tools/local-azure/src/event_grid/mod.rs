//! Event Grid on loopback: makes events of what ARM did and delivers them, at least once. It never filters.
//!
//! Events have the Event Grid schema, one for each delivery; CloudEvents and batches are not made.

mod delivery;
mod event;
mod inbox;
mod retry_schedule;
mod topic;

pub use delivery::DeadLetteredEvent;
pub use event::event;
pub use inbox::Inbox;
pub use topic::{EventGrid, Subscription};
