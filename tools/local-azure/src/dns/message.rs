//! DNS messages: a packet in, a packet out. Nothing that arrives here can do more than fail to be understood.

use std::sync::Arc;

use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME, SOA},
    },
};

use super::resolution::{Answer, Resolution, resolve};
use crate::cloud::Cloud;

/// The most that a UDP answer holds when the client does not say (RFC 1035, 2.3.4).
const UDP_BYTES: usize = 512;

/// Seconds that a missing name is remembered: Azure's zones say 10.
const NEGATIVE_TTL_SECONDS: u32 = 10;

/// How a packet came, which decides how long the answer may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transport {
    /// Answers too long for the client are truncated.
    Udp,
    /// Any length.
    Tcp,
}

/// The answer to a packet; `None` where the packet deserves none.
#[must_use]
pub fn answer(cloud: &Arc<Cloud>, packet: &[u8], transport: Transport) -> Option<Vec<u8>> {
    let Ok(request) = Message::from_vec(packet) else { return format_error(packet) };
    if request.metadata.message_type != MessageType::Query {
        return None;
    }
    let mut response = Message::response(request.metadata.id, request.metadata.op_code);
    response.metadata.recursion_desired = request.metadata.recursion_desired;
    // Azure's resolver recurses for its clients; stub resolvers expect to be told so.
    response.metadata.recursion_available = true;
    match request.queries.as_slice() {
        _ if request.metadata.op_code != OpCode::Query => response.metadata.response_code = ResponseCode::NotImp,
        [query] => fill(&mut response, cloud, query),
        _ => response.metadata.response_code = ResponseCode::FormErr,
    }
    if request.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(request.max_payload());
        response.set_edns(edns);
    }
    let bytes = response.to_vec().ok()?;
    let limit = usize::from(request.max_payload()).max(UDP_BYTES);
    if transport == Transport::Udp && bytes.len() > limit { response.truncate().to_vec().ok() } else { Some(bytes) }
}

/// FORMERR for a packet that has at least an id; silence for less, and for what claims to be an answer.
fn format_error(packet: &[u8]) -> Option<Vec<u8>> {
    let &[high, low, flags, ..] = packet else { return None };
    let is_response = flags & 0x80 != 0;
    if packet.len() < 12 || is_response {
        return None;
    }
    let id = u16::from_be_bytes([high, low]);
    Message::error_msg(id, OpCode::Query, ResponseCode::FormErr).to_vec().ok()
}

fn fill(response: &mut Message, cloud: &Arc<Cloud>, query: &Query) {
    response.add_query(query.clone());
    response.metadata.authoritative = true;
    let name = query.name().to_ascii().to_ascii_lowercase();
    let resolution = cloud.read(|state| resolve(state, name.trim_end_matches('.'), None));
    let answers = resolution.answers.iter().filter_map(|answer| record(answer, query.query_type()));
    response.add_answers(answers);
    let has_address = response.answers.iter().any(|record| record.record_type() == query.query_type());
    if !resolution.exists {
        response.metadata.response_code = ResponseCode::NXDomain;
    }
    if !has_address && let Some(soa) = start_of_authority(&resolution) {
        response.add_authority(soa);
    }
}

/// The record, where it is of the wanted type or an alias on the way to it.
fn record(answer: &Answer, wanted: RecordType) -> Option<Record> {
    let is_wanted = |kind: RecordType| wanted == kind || wanted == RecordType::ANY;
    let (owner, ttl, data) = match answer {
        Answer::Alias(owner, canonical, ttl) => (owner, *ttl, RData::CNAME(CNAME(absolute(canonical)?))),
        Answer::V4(owner, address, ttl) if is_wanted(RecordType::A) => (owner, *ttl, RData::A(A(*address))),
        Answer::V6(owner, address, ttl) if is_wanted(RecordType::AAAA) => (owner, *ttl, RData::AAAA(AAAA(*address))),
        Answer::V4(..) | Answer::V6(..) => return None,
    };
    Some(Record::from_rdata(absolute(owner)?, ttl, data))
}

/// The SOA that tells how long "no" may be remembered.
fn start_of_authority(resolution: &Resolution) -> Option<Record> {
    let zone = absolute(&resolution.zone)?;
    let host = absolute("azureprivatedns.net")?;
    let email = absolute("azureprivatedns-host.microsoft.com")?;
    let soa = SOA::new(host, email, 1, 3600, 300, 2_419_200, NEGATIVE_TTL_SECONDS);
    Some(Record::from_rdata(zone, NEGATIVE_TTL_SECONDS, RData::SOA(soa)))
}

fn absolute(name: &str) -> Option<Name> {
    Name::from_ascii(format!("{name}.")).ok()
}
