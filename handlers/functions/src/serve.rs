//! Serves the host's connections, each with small buffers: it opens one for every call that waits.

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

/// How much of a connection is read ahead. Without a limit hyper keeps room for as much as the last body had, up to 400 KB,
/// on each connection. It takes no less than this, and a head must fit in.
const BUFFER_MAX_BYTES: usize = 8 * 1024;

/// Serves for ever. Errors of single connections are their senders' to notice.
pub(crate) async fn serve(mut listener: TcpListener, router: Router) {
    loop {
        let (stream, _) = Listener::accept(&mut listener).await;
        let service = TowerToHyperService::new(router.clone());
        let connection =
            http1::Builder::new().max_buf_size(BUFFER_MAX_BYTES).serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection);
    }
}
