//! A small Azure on this machine, on loopback. It knows Azure's rules and nothing of Portreeve.

pub mod activity;
pub mod arm_event;
pub mod console;
pub mod event_grid;
mod loopback_client;
pub mod running_cloud;
pub mod service_bus;
pub mod tokens;
