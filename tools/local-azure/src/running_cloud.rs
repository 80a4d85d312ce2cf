//! One running cloud: ARM over HTTP and HTTPS, identity, DNS and the data plane, each on a port of its own.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use axum::Router;
use tokio::{net::TcpListener, sync::mpsc::UnboundedSender, task::JoinHandle};

use crate::{
    arm::{faults::Faults, recorded_requests::RecordedRequest, request_limits::RequestLimits, server::ArmServer},
    arm_event::ArmEvent,
    azure_cloud,
    chance::guid,
    cloud::Cloud,
    data_plane::DataPlane,
    dns::DnsServer,
    identity::IdentityServer,
    tls::LocalAuthority,
    tokens::Tokens,
};

/// How a cloud runs.
#[derive(Clone, Debug)]
pub struct CloudOptions {
    /// Where the authority's certificate is written.
    pub certificate_directory: PathBuf,
    /// How long its operations take.
    pub pace: OperationPace,
    /// Which of Azure's clouds it stands for.
    pub cloud: azure_cloud::Cloud,
}

impl CloudOptions {
    /// The public cloud at the usual pace.
    #[must_use]
    pub fn new(certificate_directory: PathBuf) -> Self {
        Self { certificate_directory, pace: OperationPace::default(), cloud: azure_cloud::Cloud::default() }
    }
}

/// How long operations take, and how often callers are to ask.
#[derive(Clone, Copy, Debug)]
pub struct OperationPace {
    /// How long a long-running operation takes.
    pub operation_delay: Duration,
    /// What `Retry-After` asks of callers who poll.
    pub retry_after_seconds: u64,
}

impl Default for OperationPace {
    /// A third of a second, polled every second: quick, but never over at once.
    fn default() -> Self {
        Self { operation_delay: Duration::from_millis(300), retry_after_seconds: 1 }
    }
}

impl OperationPace {
    /// As quick as an operation can be and still be one, for tests.
    #[must_use]
    pub fn brisk() -> Self {
        Self { operation_delay: Duration::from_millis(20), retry_after_seconds: 0 }
    }
}

/// The addresses of a running cloud. It stops when this is dropped.
pub struct RunningCloud {
    /// Plain HTTP, `http://127.0.0.1:PORT`.
    pub arm_endpoint: String,
    /// The same over HTTPS, `https://localhost:PORT`; the certificate also names 127.0.0.1.
    pub arm_tls_endpoint: String,
    /// PEM of the authority behind the HTTPS certificate.
    pub ca_file: PathBuf,
    /// `http://127.0.0.1:PORT/msi/token`.
    pub identity_endpoint: String,
    /// What callers of the identity endpoint send as `X-IDENTITY-HEADER`.
    pub identity_header: String,
    /// UDP and TCP.
    pub dns_server: SocketAddr,
    /// The port on which the addresses of approved endpoints accept TCP.
    pub service_port: u16,
    /// The tokens of this run.
    pub tokens: Tokens,
    arm: ArmServer,
    tasks: Vec<JoinHandle<()>>,
}

impl RunningCloud {
    /// Starts everything. What happens in the cloud is sent to `events`.
    pub async fn start(options: CloudOptions, events: UnboundedSender<ArmEvent>) -> anyhow::Result<Self> {
        let data_plane = DataPlane::start()?;
        let service_port = data_plane.port();
        let arm = ArmServer::new(
            Cloud::new(options.cloud, Some(data_plane), events, options.pace.operation_delay),
            options.pace.retry_after_seconds,
        );
        let identity = IdentityServer::new(arm.tokens.clone(), arm.faults.cut_off.clone());
        let authority = LocalAuthority::create(&options.certificate_directory)?;
        let (http, http_port) = bind().await?;
        let (https, https_port) = bind().await?;
        let (msi, msi_port) = bind().await?;
        let dns = DnsServer::bind().await?;
        Ok(Self {
            arm_endpoint: format!("http://127.0.0.1:{http_port}"),
            arm_tls_endpoint: format!("https://localhost:{https_port}"),
            ca_file: authority.ca_file.clone(),
            identity_endpoint: format!("http://127.0.0.1:{msi_port}/msi/token"),
            identity_header: identity.header.clone(),
            dns_server: dns.address,
            service_port,
            tokens: arm.tokens.clone(),
            tasks: vec![
                tokio::spawn(serve(http, arm.clone().router("http"))),
                tokio::spawn(authority.serve(https, arm.clone().router("https"))),
                tokio::spawn(serve(msi, identity.router())),
                tokio::spawn(dns.serve(Arc::clone(&arm.cloud))),
            ],
            arm,
        })
    }

    /// Faults for ARM's next answers.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.arm.faults
    }

    /// How many requests ARM takes: as many as come, until limits are set.
    #[must_use]
    pub fn request_limits(&self) -> &RequestLimits {
        &self.arm.limits
    }

    /// Every request that ARM has answered so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.arm.requests.all()
    }

    /// Creates an endpoint in Microsoft's subscription, as a managed service does: Pending, and unreadable to everybody.
    /// Only the target's side sends events. Returns the endpoint's id.
    #[expect(clippy::unused_async, reason = "creating something in a cloud takes time; callers should be ready for it")]
    pub async fn create_managed_endpoint(
        &self,
        target_id: &str,
        group_ids: &[&str],
        endpoint_name: &str,
        request_message: &str,
    ) -> anyhow::Result<String> {
        let correlation_id = guid().to_string();
        let create = self.arm.cloud.change(&correlation_id, |state| {
            state.create_managed_endpoint(target_id, group_ids, endpoint_name, request_message)
        });
        create.with_context(|| format!("creating the managed endpoint {endpoint_name}"))
    }

    /// Creates an endpoint in the partner's subscription, which is in another tenant: Pending, and unreadable with a token
    /// of ours. Only the target's side sends events. Returns the endpoint's id.
    #[expect(clippy::unused_async, reason = "creating something in a cloud takes time; callers should be ready for it")]
    pub async fn create_partner_endpoint(
        &self,
        target_id: &str,
        group_ids: &[&str],
        endpoint_name: &str,
        request_message: &str,
    ) -> anyhow::Result<String> {
        let correlation_id = guid().to_string();
        let create = self.arm.cloud.change(&correlation_id, |state| {
            state.create_partner_endpoint(target_id, group_ids, endpoint_name, request_message)
        });
        create.with_context(|| format!("creating the partner's endpoint {endpoint_name}"))
    }
}

impl Drop for RunningCloud {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn bind() -> anyhow::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("binding a port on 127.0.0.1")?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

async fn serve(listener: TcpListener, router: Router) {
    use axum::serve::ListenerExt as _;
    let listener = listener.tap_io(|stream| {
        // Small answers on kept connections: without this each waits for the caller's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "a server stopped");
    }
}
