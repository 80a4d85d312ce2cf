//! What stands behind approved endpoints: each of their addresses accepts TCP on one port.
//!
//! Connections are accepted and dropped at once; no service answers.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, TcpListener},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context;
use tokio::task::AbortHandle;

use crate::cloud::effects::AddressChange;

/// A listener costs a file descriptor, and a process often has no more than 1,024. Addresses beyond this stay closed,
/// so that the servers themselves can still accept.
const MAX_LISTENERS: usize = 600;

/// How long to wait after a failed accept, which mostly means that there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The listeners of one running cloud.
pub struct DataPlane {
    port: u16,
    /// Networks may overlap, so an address can be open for more than one endpoint.
    open: Mutex<HashMap<Ipv4Addr, (usize, Option<AbortHandle>)>>,
    /// Keeps the port from being given to anybody else on 127.0.0.1.
    _reservation: TcpListener,
}

impl DataPlane {
    /// Chooses a port that is free now.
    pub fn start() -> anyhow::Result<Self> {
        let reservation = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("choosing the service port")?;
        let port = reservation.local_addr()?.port();
        Ok(Self { port, open: Mutex::default(), _reservation: reservation })
    }

    /// The port on which open addresses accept.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Opens or closes an address.
    pub fn apply(&self, change: AddressChange) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        match change {
            AddressChange::Open(address) => {
                let is_full = open.len() >= MAX_LISTENERS;
                let entry = open.entry(address).or_insert_with(|| (0, listen(address, self.port, is_full)));
                entry.0 += 1;
            }
            AddressChange::Close(address) => {
                let Some((users, listener)) = open.get_mut(&address) else { return };
                *users -= 1;
                if *users == 0 {
                    if let Some(listener) = listener {
                        listener.abort();
                    }
                    open.remove(&address);
                }
            }
        }
    }
}

impl Drop for DataPlane {
    fn drop(&mut self) {
        let open = self.open.get_mut().unwrap_or_else(PoisonError::into_inner);
        for listener in open.values().filter_map(|(_, listener)| listener.as_ref()) {
            listener.abort();
        }
    }
}

/// Binds before it returns, so that whoever reads Approved can connect. `None` where the address cannot be had.
fn listen(address: Ipv4Addr, port: u16, is_full: bool) -> Option<AbortHandle> {
    if is_full {
        tracing::warn!(%address, port, "an endpoint's address stays closed: there are too many of them");
        return None;
    }
    let bound = TcpListener::bind((address, port)).and_then(|listener| {
        listener.set_nonblocking(true)?;
        tokio::net::TcpListener::from_std(listener)
    });
    match bound {
        Ok(listener) => Some(tokio::spawn(accept(listener)).abort_handle()),
        Err(error) => {
            tracing::warn!(%address, port, %error, "an endpoint's address cannot accept connections");
            None
        }
    }
}

async fn accept(listener: tokio::net::TcpListener) {
    loop {
        if listener.accept().await.is_err() {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
    }
}
