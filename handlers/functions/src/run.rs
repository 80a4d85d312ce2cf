//! Starts the handler: listen first, set up afterwards.

use std::io;
use std::sync::Arc;

use portreeve_azure::SystemClock;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::allowlist::{Standing, look_after};
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
        let (allowlist, poll) = (settings.allowlist.clone(), settings.allowlist_poll);
        let (sender, standing) = watch::channel(Standing::default());
        let app = Arc::new(App::of(settings, standing, Arc::new(SystemClock)));
        // The host waits for an answer from the first moment on; the allowlist is read beside that.
        let looking = tokio::spawn(look_after(app.clone(), allowlist, poll, Arc::new(SystemClock), sender));
        tokio::select! {
            served = axum::serve(listener, router(app)) => served,
            // It never ends but by a defect of ours; decisions by an allowlist that nobody looks after must end with it.
            ended = looking => Err(io::Error::other(format!("the allowlist is not looked after any more: {ended:?}"))),
        }
    })
}
