//! A small Azure on this machine, on loopback. It knows Azure's rules, and of Portreeve the names of its settings.

pub mod activity;
pub mod arm;
pub mod arm_event;
pub mod azure_cloud;
pub mod chance;
pub mod cloud;
pub mod console;
pub mod data_plane;
pub mod delivery_pace;
pub mod dns;
mod env_file;
mod environment;
pub mod event_grid;
pub mod functions_host;
pub mod handler_executable;
pub mod identity;
pub mod interruption;
mod local_azure;
mod loopback_client;
pub mod running_cloud;
pub mod service_bus;
pub mod tls;
pub mod tokens;

pub use azure_cloud::Cloud;
pub use env_file::EnvFile;
pub use local_azure::{Handler, LocalAzure, Options};
