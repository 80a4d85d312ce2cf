//! Starts the handler: listen first, set up afterwards.

use std::io;
use std::sync::Arc;

use tokio::net::TcpListener;

use crate::app::App;
use crate::router::router;
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
        let app = Arc::new(App::of(settings));
        // The host waits for an answer from the first moment on; the allowlist is read beside that.
        tokio::spawn({
            let app = app.clone();
            async move { app.in_force().await.zone_scopes().len() }
        });
        axum::serve(listener, router(app)).await
    })
}
