//! A small Azure on this machine, on loopback. It knows Azure's rules and nothing of Portreeve.

pub mod activity;
pub mod arm_event;
pub mod console;
mod env_file;
mod environment;
pub mod event_grid;
pub mod functions_host;
pub mod handler_executable;
mod local_azure;
mod loopback_client;
pub mod running_cloud;
pub mod service_bus;
pub mod tokens;

pub use env_file::EnvFile;
pub use local_azure::{Handler, LocalAzure, Options};
