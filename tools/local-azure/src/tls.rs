//! HTTPS for ARM: an authority made at start, a certificate for loopback signed by it, and the accept loop.
//!
//! The authority is new in every run and its key is never written anywhere. The certificate is signed by it rather
//! than by itself, because rustls refuses an authority as the server's own certificate.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::Router;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Both names that a caller may use for this machine.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// How long to wait after a failed accept, so that a lack of file descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The authority's certificate on disk, and what a listener needs.
pub struct LocalAuthority {
    /// PEM file of the authority, for `REQUESTS_CA_BUNDLE` and the like.
    pub ca_file: PathBuf,
    acceptor: TlsAcceptor,
}

impl LocalAuthority {
    /// Makes an authority and a certificate, and writes the authority's PEM into `directory`.
    pub fn create(directory: &Path) -> anyhow::Result<Self> {
        let authority =
            CertifiedIssuer::self_signed(authority_params()?, KeyPair::generate()?).context("making an authority")?;
        std::fs::create_dir_all(directory).with_context(|| format!("creating {}", directory.display()))?;
        let ca_file = directory.join("local-azure-ca.pem");
        std::fs::write(&ca_file, authority.pem()).with_context(|| format!("writing {}", ca_file.display()))?;
        let key = KeyPair::generate()?;
        let leaf = leaf_params()?.signed_by(&key, &authority).context("signing the certificate")?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], key)?;
        Ok(Self { ca_file, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    /// Serves `router` on `listener` until the task is dropped.
    pub async fn serve(self, listener: TcpListener, router: Router) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(serve_connection(self.acceptor.clone(), stream, router.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection to ARM could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

async fn serve_connection(acceptor: TlsAcceptor, stream: TcpStream, router: Router) {
    // Small answers on kept connections: without this each waits for the caller's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let stream = match acceptor.accept(stream).await {
        Ok(stream) => stream,
        Err(error) => return tracing::debug!(%error, "a TLS handshake failed"),
    };
    let service = TowerToHyperService::new(router);
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        tracing::debug!(%error, "a connection to ARM ended early");
    }
}

fn authority_params() -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "local-azure authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Python 3.13 and later refuse an authority that does not say what its key is for.
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    Ok(params)
}

fn leaf_params() -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}
