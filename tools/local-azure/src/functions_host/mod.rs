//! A Functions host on loopback: starts a custom handler and calls it as the real host does. It never knows what the
//! functions are for.
//!
//! What it does is read from the host's sources: Azure/azure-functions-host (`src/WebJobs.Script/Workers/Http`),
//! the Service Bus and Event Grid extensions of Azure/azure-sdk-for-net, and Azure/azure-webjobs-sdk-extensions.
//!
//! What it has not: HTTP triggers and forwarding, retry policies, sessions and batches of messages, topics, `%NAME%` in
//! function.json, time spans as timer schedules, keys for its endpoints. It reads JSON more strictly than .NET does.

mod admin;
pub mod binding_data;
pub mod call;
mod chunked_body;
pub mod event_grid_trigger;
mod function_app;
mod function_json;
mod handler_answer;
mod handler_output;
pub mod handler_process;
mod handler_supervisor;
mod host;
mod host_json;
pub mod host_value;
mod invoker;
mod json_dates;
mod ncrontab;
mod outputs;
mod service_bus_listener;
pub mod service_bus_trigger;
mod time_span;
mod timer_listener;
mod web;

pub use function_app::FunctionApp;
pub use function_json::{Binding, Cardinality, DataType, FunctionDefinition, OutputBinding, Trigger};
pub use handler_output::{Level, OutputLine};
pub use handler_process::{Program, unused_port};
pub use host::{FunctionsHost, HostOptions};
pub use host_json::{CustomHandler, HostJson, ServiceBusExtension};
pub use invoker::{Invocation, InvocationStatus};
pub use ncrontab::Ncrontab;
