//! A small Azure on this machine, on loopback. It knows Azure's rules and nothing of Portreeve.

pub mod arm;
pub mod arm_event;
pub mod cloud;
pub mod data_plane;
pub mod dns;
pub mod identity;
pub mod running_cloud;
pub mod tls;
pub mod tokens;
