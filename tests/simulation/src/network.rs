//! The network, as proofs ask it: names from the cloud's DNS, and TCP to the addresses of approved endpoints.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use portreeve_azure::Network;
use portreeve_decisions::dns::RecordType;
use portreeve_decisions::validation::{Answer, Resolution};

use crate::exchange::Outside;

#[async_trait]
impl Network for Outside {
    async fn look_up(&self, fqdn: &str, record_type: RecordType) -> Resolution {
        let world = &self.world;
        tokio::time::sleep(Duration::from_millis(3)).await;
        if world.scenario.weather.at_exchange(&format!("dns {record_type} {fqdn}"), world.history.elapsed()).is_some() {
            return Resolution::Failed("the simulated DNS server is out of order".to_owned());
        }
        world.azure.look_up(fqdn, record_type, None)
    }

    async fn connect(&self, address: IpAddr, _port: u16) -> Answer {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let is_open = self.world.azure.cloud.read(|state| {
            let approved = state.endpoints.values().filter(|endpoint| endpoint.is_approved());
            approved.flat_map(|endpoint| &endpoint.addresses).any(|entry| entry.shown().any(|shown| shown == address))
        });
        if is_open { Answer::Accepted } else { Answer::Failed("connection refused".to_owned()) }
    }
}
