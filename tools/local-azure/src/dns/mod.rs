//! DNS over UDP and TCP on one port, answering as Azure's resolver does inside a network that zones are linked to.
//!
//! It is authoritative for everything it knows and never asks anybody else.

mod message;
pub mod resolution;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};

use crate::cloud::Cloud;

/// How often a port that is free for UDP may turn out to be taken for TCP before we give up.
const BIND_ATTEMPTS: usize = 20;

/// How long to wait after a failed accept, so that a lack of file descriptors does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A silent TCP client is let go after this.
const TCP_IDLE: Duration = Duration::from_secs(10);

/// The two sockets.
pub struct DnsServer {
    udp: UdpSocket,
    tcp: TcpListener,
    /// Where both listen.
    pub address: SocketAddr,
}

impl DnsServer {
    /// Finds a port on 127.0.0.1 that is free for both protocols.
    pub async fn bind() -> anyhow::Result<Self> {
        let mut last_error = None;
        for _ in 0..BIND_ATTEMPTS {
            let udp = UdpSocket::bind("127.0.0.1:0").await.context("binding a UDP port for DNS")?;
            let address = udp.local_addr()?;
            match TcpListener::bind(address).await {
                Ok(tcp) => return Ok(Self { udp, tcp, address }),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.map_or_else(|| anyhow::anyhow!("no attempt was made"), Into::into))
            .context("binding a TCP port for DNS")
    }

    /// Answers until the task is dropped.
    pub async fn serve(self, cloud: Arc<Cloud>) {
        tokio::join!(serve_udp(self.udp, Arc::clone(&cloud)), serve_tcp(self.tcp, cloud));
    }
}

async fn serve_udp(socket: UdpSocket, cloud: Arc<Cloud>) {
    let mut packet = [0; 4096];
    loop {
        let Ok((length, peer)) = socket.recv_from(&mut packet).await else { continue };
        if let Some(answer) = message::answer(&cloud, &packet[..length], message::Transport::Udp) {
            // A client that is gone does not need its answer.
            let _ = socket.send_to(&answer, peer).await;
        }
    }
}

async fn serve_tcp(listener: TcpListener, cloud: Arc<Cloud>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let cloud = Arc::clone(&cloud);
        tokio::spawn(async move {
            if let Err(error) = serve_stream(stream, &cloud).await {
                tracing::debug!(%error, "a DNS connection ended early");
            }
        });
    }
}

/// Messages on TCP have their length in front (RFC 1035, 4.2.2).
async fn serve_stream(mut stream: TcpStream, cloud: &Arc<Cloud>) -> anyhow::Result<()> {
    loop {
        let length = tokio::time::timeout(TCP_IDLE, stream.read_u16()).await??;
        let mut packet = vec![0; length.into()];
        tokio::time::timeout(TCP_IDLE, stream.read_exact(&mut packet)).await??;
        let Some(answer) = message::answer(cloud, &packet, message::Transport::Tcp) else { return Ok(()) };
        stream.write_u16(answer.len().try_into()?).await?;
        stream.write_all(&answer).await?;
    }
}
