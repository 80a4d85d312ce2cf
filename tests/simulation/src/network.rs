//! The network, as proofs ask it: names from the cloud's DNS, and TCP to the addresses of approved endpoints.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use local_azure::dns::resolution::{self, Answer as DnsAnswer};
use portreeve_azure::Network;
use portreeve_decisions::dns::RecordType;
use portreeve_decisions::validation::{Answer, Resolution};

use crate::world::World;

/// The network of one history.
pub(crate) struct SimulatedNetwork(pub Arc<World>);

impl fmt::Debug for SimulatedNetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SimulatedNetwork")
    }
}

#[async_trait]
impl Network for SimulatedNetwork {
    async fn look_up(&self, fqdn: &str, record_type: RecordType) -> Resolution {
        let world = &self.0;
        tokio::time::sleep(Duration::from_millis(3)).await;
        if world.scenario.weather.at_exchange(&format!("dns {record_type} {fqdn}"), world.history.elapsed()).is_some() {
            return Resolution::Failed("the simulated DNS server is out of order".to_owned());
        }
        let found = world.cloud.read(|state| resolution::resolve(state, fqdn));
        let (mut aliases, mut addresses) = (Vec::new(), Vec::new());
        for answer in found.answers {
            match (answer, record_type) {
                (DnsAnswer::Alias(_, alias, _), _) => aliases.push(alias),
                (DnsAnswer::V4(_, address, _), RecordType::A) => addresses.push(IpAddr::V4(address)),
                (DnsAnswer::V6(_, address, _), RecordType::Aaaa) => addresses.push(IpAddr::V6(address)),
                _ => {}
            }
        }
        if addresses.is_empty() { Resolution::NoSuchName } else { Resolution::Addresses { aliases, addresses } }
    }

    async fn connect(&self, address: IpAddr, _port: u16) -> Answer {
        tokio::time::sleep(Duration::from_millis(2)).await;
        let is_open = self.0.cloud.read(|state| {
            let approved = state.endpoints.values().filter(|endpoint| endpoint.is_approved());
            approved.flat_map(|endpoint| &endpoint.addresses).any(|entry| entry.shown().any(|shown| shown == address))
        });
        if is_open { Answer::Accepted } else { Answer::Failed("connection refused".to_owned()) }
    }
}
