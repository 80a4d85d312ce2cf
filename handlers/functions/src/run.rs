//! Starts the handler's process: listen first, set up afterwards.

use std::io;
use std::sync::Arc;

use portreeve_azure::{Azure, AzureOptions, Clock, SystemClock, SystemNetwork, credential, http_client};
use tokio::net::TcpListener;

use crate::handler::Handler;
use crate::serve::serve;
use crate::settings::Settings;

/// Serves the host until the process ends. The host never asks it to: it kills.
///
/// # Errors
/// Where the port cannot be listened on.
pub fn run(settings: Settings) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let port = settings.port;
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener =
            listener.map_err(|error| io::Error::new(error.kind(), format!("listen on 127.0.0.1:{port}: {error}")))?;
        let (allowlist, poll) = (settings.allowlist.clone(), settings.allowlist_poll);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let of_azure = clock.clone();
        let handler = Handler::new(move || set_up(settings.clone(), of_azure.clone()), clock);
        let router = handler.router();
        // The host waits for an answer from the first moment on; the allowlist is read beside that.
        let looking = tokio::spawn(handler.look_after(allowlist, poll));
        tokio::select! {
            () = serve(listener, router) => Ok(()),
            // It never ends but by a defect of ours; decisions by an allowlist that nobody looks after must end with it.
            ended = looking => Err(io::Error::other(format!("the allowlist is not looked after any more: {ended:?}"))),
        }
    })
}

fn set_up(settings: Settings, clock: Arc<dyn Clock>) -> Result<Azure, String> {
    let http = http_client().map_err(|error| format!("set up HTTP: {error}"))?;
    let credential = credential(settings.identity_client_id, settings.has_managed_identity, http.clone());
    Ok(Azure::new(AzureOptions {
        cloud: settings.cloud,
        endpoints: settings.endpoints,
        http,
        clock,
        credential: credential.map_err(|error| error.to_string())?,
        network: Arc::new(SystemNetwork { dns_server: settings.dns_server }),
        validation_port: settings.validation_port,
    }))
}
