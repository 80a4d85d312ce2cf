//! The custom handler that the Azure Functions host starts: one file for each Function, and the host's wire.
//!
//! The Functions decide nothing and touch Azure only through [`portreeve_azure`]. What they add is the host's contract:
//! what is acknowledged, what is put off, and what is refused.

mod allowlist;
mod app;
mod connection_event;
mod deadlines;
mod delivery;
mod handler;
mod put_off;
mod queue;
mod reconcile_job;
mod router;
mod run;
mod serve;
mod settings;
mod status;
mod sweep;
mod turns;
mod validation_job;
mod wire;

pub mod logging;

pub use handler::Handler;
pub use run::run;
pub use settings::{AllowlistPlace, SettingError, Settings};
