//! Azure as it is now: its connections, and the app's dead letters.

mod settings;

use std::sync::Arc;

use portreeve_azure::{Azure, AzureError, AzureOptions, Story, SystemClock, SystemNetwork, credential, http_client};
use portreeve_decisions::allowlist::Allowlist;
use portreeve_decisions::in_force::{AllowlistVersion, InForce};
use portreeve_decisions::listing::ListedConnection;
use portreeve_decisions::resource_id::ResourceId;

use self::settings::Settings;
use crate::printable::printable;

/// All connections that can be read.
///
/// # Errors
/// A complaint: a setting is bad, or Azure cannot be read.
pub fn connections() -> Result<Vec<ListedConnection>, String> {
    with_azure(async |azure, story| {
        let found = azure.connections(story).await.map_err(|error| explained(&error))?;
        // Of a part of the connections no pipeline could tell that nothing changes.
        let left_out = found.left_out.iter();
        let left_out =
            left_out.map(|(subscription, error)| format!("subscription {subscription}: {}", explained(error)));
        let left_out: Vec<String> = left_out.collect();
        if left_out.is_empty() { Ok(found.listed) } else { Err(left_out.join("\n")) }
    })
}

/// The connections that an id may mean (a connection's own, or a private endpoint's), with the facts that the allowlist
/// asks for, and all others of their targets: those count for a rule's limit.
///
/// # Errors
/// A complaint: a setting is bad, or Azure cannot be read.
pub fn connections_beside(id: &ResourceId, allowlist: &Allowlist) -> Result<Vec<ListedConnection>, String> {
    let version = AllowlistVersion::of(b"", "command line", time::OffsetDateTime::UNIX_EPOCH);
    let in_force = InForce::allowlist(allowlist.clone(), version);
    with_azure(async |azure, story| {
        azure.connections_beside(id, &in_force, story).await.map_err(|error| explained(&error))
    })
}

fn explained(error: &AzureError) -> String {
    let remedy = error.remedy().map(|remedy| format!("; {remedy}")).unwrap_or_default();
    printable(&format!("{error}{remedy}")).into_owned()
}

/// Works on the dead letters of the app's Service Bus namespace.
///
/// # Errors
/// A complaint: a setting is bad or missing.
pub fn on_dead_letters<T>(work: impl AsyncFnOnce(&Azure) -> T) -> Result<T, String> {
    const MISSING: &str = "setting ServiceBusConnection__fullyQualifiedNamespace is missing; write the host name of the \
                           app's Service Bus namespace, such as contoso.servicebus.windows.net";
    let settings = settings()?;
    if !settings.has_service_bus {
        return Err(MISSING.to_owned());
    }
    let azure = azure(settings)?;
    Ok(runtime()?.block_on(work(&azure)))
}

fn with_azure<T>(read: impl AsyncFnOnce(&Azure, &Story) -> Result<T, String>) -> Result<T, String> {
    let azure = azure(settings()?)?;
    let story = Story::new(uuid::Uuid::new_v4().to_string());
    runtime()?.block_on(read(&azure, &story))
}

fn settings() -> Result<Settings, String> {
    Settings::read(|name| std::env::var(name).ok()).map_err(|errors| errors.join("\n"))
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("no work can be started: {error}"))
}

fn azure(settings: Settings) -> Result<Azure, String> {
    let http = http_client().map_err(|error| format!("set up HTTP: {error}"))?;
    let credential = credential(settings.identity_client_id, settings.has_managed_identity, http.clone());
    Ok(Azure::new(AzureOptions {
        cloud: settings.cloud,
        endpoints: settings.endpoints,
        http,
        clock: Arc::new(SystemClock),
        credential: credential.map_err(|error| error.to_string())?,
        network: Arc::new(SystemNetwork::default()),
        validation_port: None,
    }))
}
