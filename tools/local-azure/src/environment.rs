//! The settings that point a program at the local Azure. Their names are the interface with the handler and the CLI.

use std::{collections::BTreeSet, net::SocketAddr};

use crate::{azure_cloud::Cloud, functions_host::Program, running_cloud::RunningCloud};

/// Where everything is.
pub fn of_cloud(
    azure_cloud: Cloud,
    cloud: &RunningCloud,
    service_bus_endpoint: &str,
    functions_host: SocketAddr,
) -> Vec<(String, String)> {
    [
        ("PORTREEVE_ARM_ENDPOINT", cloud.arm_endpoint.clone()),
        ("AZURE_ARM_TLS_ENDPOINT", cloud.arm_tls_endpoint.clone()),
        ("AZURE_CA_FILE", cloud.ca_file.display().to_string()),
        ("IDENTITY_ENDPOINT", cloud.identity_endpoint.clone()),
        ("IDENTITY_HEADER", cloud.identity_header.clone()),
        ("PORTREEVE_SERVICE_BUS_ENDPOINT", service_bus_endpoint.to_owned()),
        ("PORTREEVE_DNS_SERVER", cloud.dns_server.to_string()),
        ("FUNCTIONS_URL", format!("http://{functions_host}")),
        ("PORTREEVE_VALIDATION_PORT", cloud.service_port.to_string()),
        ("PORTREEVE_CLOUD", azure_cloud.as_str().to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// The namespace, for each connection that a Service Bus trigger names. No such host exists; the endpoint setting
/// overrides it.
pub fn of_connections(cloud: Cloud, connections: BTreeSet<String>) -> impl Iterator<Item = (String, String)> {
    let namespace = format!("local.{}", cloud.service_bus_suffix());
    let setting = move |connection| (format!("{connection}__fullyQualifiedNamespace"), namespace.clone());
    connections.into_iter().map(setting)
}

/// The port at which the host expects a handler that somebody else starts.
pub fn of_handler(program: &Program) -> Option<(String, String)> {
    match program {
        Program::External(port) => Some(("FUNCTIONS_CUSTOMHANDLER_PORT".to_owned(), port.to_string())),
        Program::None | Program::Executable { .. } => None,
    }
}
