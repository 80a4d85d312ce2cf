//! Asks the local DNS as any resolver does.

#![allow(dead_code, reason = "each test file uses its own part of these words")]

use hickory_proto::{
    op::{Message, MessageType, OpCode, Query},
    rr::{Name, RData, RecordType},
};
use tokio::net::UdpSocket;

use super::arm_client::TestCloud;

pub async fn ask(cloud: &TestCloud, name: &str) -> String {
    shown(&query(cloud, name, RecordType::A).await)
}

pub async fn query(cloud: &TestCloud, name: &str, kind: RecordType) -> Message {
    exchange(cloud, &packet(name, kind)).await
}

pub async fn exchange(cloud: &TestCloud, packet: &[u8]) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    socket.send_to(packet, cloud.cloud.dns_server).await.expect("sent");
    let mut answer = [0; 4096];
    let length = socket.recv(&mut answer).await.expect("an answer");
    Message::from_vec(&answer[..length]).expect("a message")
}

pub fn packet(name: &str, kind: RecordType) -> Vec<u8> {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(format!("{name}.")).expect("a name"), kind));
    message.to_vec().expect("a packet")
}

/// The response code and the answers on one line; which public address it is does not matter.
pub fn shown(message: &Message) -> String {
    let mut text = format!("{:?}", message.metadata.response_code);
    for record in &message.answers {
        text += &match &record.data {
            RData::CNAME(alias) => format!(" CNAME {}", alias.0.to_ascii().trim_end_matches('.')),
            RData::A(address) if address.0.octets()[..3] == [203, 0, 113] => " A 203.0.113.x".to_owned(),
            RData::A(address) => format!(" A {}", address.0),
            RData::AAAA(address) => format!(" AAAA {}", address.0),
            other => format!(" {other:?}"),
        };
    }
    text
}
