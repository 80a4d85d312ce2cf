//! Asks the network what clients would get: names from a DNS server, answers on TCP.

use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use portreeve_decisions::dns::RecordType;
use portreeve_decisions::validation::{Answer, Resolution};
use tokio::net::TcpStream;

use crate::clock::{Clock, within};
use crate::private_endpoint::dns_name;
use crate::transport::chain;

/// A DNS server that needs longer is as good as none to a client.
const DNS_TIMEOUT: Duration = Duration::from_secs(2);
/// A private endpoint in a reachable network answers within milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The network, as clients see it. Proofs ask nothing else of the world but ARM.
#[async_trait]
pub trait Network: Debug + Send + Sync {
    /// Asks for the records of one type that a name leads to, through its aliases. Nothing may be cached: what a proof sees
    /// must be what is there now.
    async fn look_up(&self, fqdn: &str, record_type: RecordType) -> Resolution;

    /// Tries to connect by TCP.
    async fn connect(&self, address: IpAddr, port: u16) -> Answer;
}

/// The network that this process is in.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNetwork {
    /// The DNS server; the system's own where this is `None`.
    pub dns_server: Option<SocketAddr>,
}

#[async_trait]
impl Network for SystemNetwork {
    async fn look_up(&self, fqdn: &str, record_type: RecordType) -> Resolution {
        let resolver = match self.resolver() {
            Ok(resolver) => resolver,
            Err(why) => return Resolution::Failed(why),
        };
        let wanted = match record_type {
            RecordType::A => hickory_resolver::proto::rr::RecordType::A,
            RecordType::Aaaa => hickory_resolver::proto::rr::RecordType::AAAA,
        };
        // A trailing dot: the name is whole, and no search domain is to be tried.
        match resolver.lookup(format!("{fqdn}."), wanted).await {
            Ok(lookup) => from_records(lookup.answers().iter().map(|record| &record.data)),
            Err(error) if error.is_nx_domain() || error.is_no_records_found() => Resolution::NoSuchName,
            Err(error) => Resolution::Failed(chain(&error)),
        }
    }

    async fn connect(&self, address: IpAddr, port: u16) -> Answer {
        match TcpStream::connect((address, port)).await {
            Ok(_) => Answer::Accepted,
            Err(error) => Answer::Failed(error.to_string()),
        }
    }
}

impl SystemNetwork {
    fn resolver(self) -> Result<TokioResolver, String> {
        let builder = match self.dns_server {
            Some(server) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                let server = NameServerConfig::new(server.ip(), true, connections.into());
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()))
            }
            None => TokioResolver::builder_tokio(),
        };
        let mut builder = builder.map_err(|error| format!("the system's DNS settings: {}", chain(&error)))?;
        let options = builder.options_mut();
        options.cache_size = 0;
        options.timeout = DNS_TIMEOUT;
        options.attempts = 1;
        options.preserve_intermediates = true;
        builder.build().map_err(|error| chain(&error))
    }
}

/// Asks for a name's addresses, those of both families: a client takes either. A server that fails for a family of which
/// none are expected is as good as one that has none.
pub(crate) async fn resolve(network: &dyn Network, clock: &dyn Clock, fqdn: &str, expected: &[IpAddr]) -> Resolution {
    let look_up = async |record_type| {
        let answer = within(clock, DNS_TIMEOUT * 2, network.look_up(fqdn, record_type)).await;
        answer.unwrap_or_else(|| Resolution::Failed("the DNS server did not answer in time".to_owned()))
    };
    let (v4, v6) = futures::join!(look_up(RecordType::A), look_up(RecordType::Aaaa));
    match v6 {
        Resolution::Failed(_) if !expected.iter().any(IpAddr::is_ipv6) => v4,
        v6 => together(v4, v6),
    }
}

/// Tries to connect, for as long as a client would.
pub(crate) async fn connect(network: &dyn Network, clock: &dyn Clock, address: IpAddr, port: u16) -> Answer {
    let answer = within(clock, CONNECT_TIMEOUT, network.connect(address, port)).await;
    answer.unwrap_or_else(|| Answer::Failed(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs())))
}

/// What both families come to. A server that fails for one has not answered the question.
fn together(v4: Resolution, v6: Resolution) -> Resolution {
    match (v4, v6) {
        (Resolution::Addresses { aliases, mut addresses }, Resolution::Addresses { addresses: more, .. }) => {
            addresses.extend(more);
            Resolution::Addresses { aliases, addresses }
        }
        (Resolution::Failed(why), _) | (_, Resolution::Failed(why)) => Resolution::Failed(why),
        (Resolution::NoSuchName, other) | (other, Resolution::NoSuchName) => other,
    }
}

fn from_records<'a>(records: impl Iterator<Item = &'a RData>) -> Resolution {
    let (mut aliases, mut addresses) = (Vec::new(), Vec::new());
    for data in records {
        match data {
            RData::CNAME(alias) => aliases.push(dns_name(&alias.0.to_utf8())),
            RData::A(address) => addresses.push(IpAddr::V4(address.0)),
            RData::AAAA(address) => addresses.push(IpAddr::V6(address.0)),
            _ => {}
        }
    }
    if addresses.is_empty() { Resolution::NoSuchName } else { Resolution::Addresses { aliases, addresses } }
}
