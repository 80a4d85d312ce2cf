//! ARM over HTTP: one handler for every request, the same behind HTTP and HTTPS.
//!
//! The order of refusals is ARM's: path, token, api-version, body, subscription, resource group, resource.

mod answer;
mod api_versions;
mod authentication;
mod dispatch;
pub mod faults;
mod lists;
mod page;
mod path;
mod providers;
pub mod recorded_requests;
mod request;
pub mod request_limits;
pub mod resource_graph;
mod resource_kind;
mod resources;
pub mod server;
mod subscription_routes;
mod tracked_resources;
