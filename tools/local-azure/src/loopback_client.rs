//! The HTTP client of this machine's own traffic. It never asks a proxy and trusts no certificate.

use anyhow::Context as _;

/// A new client with connections of its own.
pub(crate) fn loopback_client() -> anyhow::Result<reqwest::Client> {
    // reqwest is built without a provider and refuses to build a client until one is installed; the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only([]).build().context("cannot build an HTTP client for loopback")
}
