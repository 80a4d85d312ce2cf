//! Connections as they are in Azure now.

mod settings;

use std::sync::Arc;

use portreeve_azure::{Azure, AzureOptions, NetworkOptions, SystemClock, credential, http_client};
use portreeve_decisions::listing::ListedConnection;
use portreeve_decisions::resource_id::ResourceId;

use self::settings::Settings;

/// All connections that can be read.
///
/// # Errors
/// A complaint: a setting is bad, or Azure cannot be read.
pub fn connections() -> Result<Vec<ListedConnection>, String> {
    with_azure(async |_azure| Err("connections cannot be read from Azure yet; name a file".to_owned()))
}

/// The connections that an id may mean (a connection's own, or a private endpoint's), with all others of their targets:
/// those count for a rule's limit.
///
/// # Errors
/// A complaint: a setting is bad, or Azure cannot be read.
pub fn connections_beside(_id: &ResourceId) -> Result<Vec<ListedConnection>, String> {
    with_azure(
        async |_azure| Err("connections cannot be read from Azure yet; name a file with --connection".to_owned()),
    )
}

fn with_azure<T>(read: impl AsyncFnOnce(&Azure) -> Result<T, String>) -> Result<T, String> {
    let settings = Settings::read(|name| std::env::var(name).ok()).map_err(|errors| errors.join("\n"))?;
    let azure = azure(settings)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("no work can be started: {error}"))?.block_on(read(&azure))
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
        network: NetworkOptions::default(),
    }))
}
