//! The cloud's side of the local Azure: a stand-in that has the shape of the real one and serves nothing.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use tokio::sync::mpsc::UnboundedSender;

use crate::{arm_event::ArmEvent, tokens::Tokens};

/// What the cloud needs to start.
#[derive(Clone, Debug)]
pub struct CloudOptions {
    /// Where the certificate authority's file is written.
    pub certificate_directory: PathBuf,
}

/// The endpoints of a running cloud.
#[derive(Debug)]
pub struct RunningCloud {
    /// ARM over HTTP.
    pub arm_endpoint: String,
    /// ARM over HTTPS.
    pub arm_tls_endpoint: String,
    /// The authority that signed the HTTPS certificate.
    pub ca_file: PathBuf,
    /// The managed identity's token endpoint.
    pub identity_endpoint: String,
    /// The secret that a token request carries.
    pub identity_header: String,
    /// The DNS server, over UDP and TCP.
    pub dns_server: SocketAddr,
    /// The port at which endpoints' addresses answer on this machine.
    pub service_port: u16,
    /// Issues and checks this run's tokens.
    pub tokens: Tokens,
    _events: UnboundedSender<ArmEvent>,
}

impl RunningCloud {
    /// Starts the cloud; operations that succeed at ARM go to `events`.
    ///
    /// # Errors
    /// Where a listener cannot be bound.
    pub async fn start(options: CloudOptions, events: UnboundedSender<ArmEvent>) -> anyhow::Result<Self> {
        Ok(Self {
            arm_endpoint: "http://127.0.0.1:1".to_owned(),
            arm_tls_endpoint: "https://127.0.0.1:1".to_owned(),
            ca_file: options.certificate_directory.join("ca.pem"),
            identity_endpoint: "http://127.0.0.1:1/msi/token".to_owned(),
            identity_header: "local".to_owned(),
            dns_server: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
            service_port: 1,
            tokens: Tokens::default(),
            _events: events,
        })
    }
}
