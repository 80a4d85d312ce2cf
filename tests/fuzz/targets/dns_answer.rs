//! Any bytes as a DNS server's answer: asking ends soon, and what comes of it stood in the answer.
//!
//! The first byte says whether the answer begins with the question's own head, as an answer has to, and whether it is cut
//! so that it is asked for by TCP. A plain refusal follows each, so that nobody waits who does not believe the first.

#![no_main]

use std::cell::RefCell;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::LazyLock;
use std::sync::Mutex;

use libfuzzer_sys::fuzz_target;
use portreeve_azure::{Network, SystemNetwork};
use portreeve_decisions::dns::RecordType;
use portreeve_decisions::validation::Resolution;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::runtime::{Builder, Runtime};

const FQDN: &str = "kv.vault.azure.net";
/// A question's id and flags, and all of its head.
const FLAGS_END: usize = 4;
const HEAD: usize = 12;

static RUNTIME: LazyLock<Mutex<Runtime>> =
    LazyLock::new(|| Mutex::new(Builder::new_current_thread().enable_all().build().expect("a runtime")));

fuzz_target!(|input: &[u8]| {
    let Some((shape, bytes)) = input.split_first() else { return };
    RUNTIME.lock().expect("one at a time").block_on(ask(*shape, bytes));
});

async fn ask(shape: u8, bytes: &[u8]) {
    let udp = UdpSocket::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = udp.local_addr().expect("it is bound");
    // Somebody else may have the port for TCP; then the cut answers of this run lead nowhere.
    let tcp = TcpListener::bind(address).await.ok();
    let network = SystemNetwork { dns_server: Some(address) };
    let record_type = if shape & 4 == 0 { RecordType::A } else { RecordType::Aaaa };
    let sent = Rc::new(RefCell::new(Vec::new()));
    let resolution = tokio::select! {
        resolution = network.look_up(FQDN, record_type) => resolution,
        () = answer_by_udp(&udp, shape, bytes, &sent) => unreachable!("a server never ends"),
        () = answer_by_tcp(tcp, shape, bytes, &sent) => unreachable!("a server never ends"),
    };
    check(&resolution, &sent.borrow());
}

fn check(resolution: &Resolution, sent: &[u8]) {
    let Resolution::Addresses { aliases, addresses } = resolution else { return };
    assert!(!addresses.is_empty());
    for address in addresses {
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        assert!(sent.windows(octets.len()).any(|window| window == octets), "{address} stood in no answer");
    }
    for alias in aliases {
        assert!(!alias.chars().any(char::is_control), "{alias:?}");
    }
}

async fn answer_by_udp(socket: &UdpSocket, shape: u8, bytes: &[u8], sent: &RefCell<Vec<u8>>) {
    let mut question = [0; 512];
    loop {
        let (length, client) = socket.recv_from(&mut question).await.expect("loopback works");
        let mut answer = shaped(&question[..length], shape, bytes);
        if shape & 2 != 0 && answer.len() > 2 {
            answer[2] |= 0b10;
        }
        sent.borrow_mut().extend(&answer);
        // What is too long for a packet is not sent; the refusal is.
        let _ = socket.send_to(&answer, client).await;
        let _ = socket.send_to(&refusal(&question[..length]), client).await;
    }
}

async fn answer_by_tcp(listener: Option<TcpListener>, shape: u8, bytes: &[u8], sent: &RefCell<Vec<u8>>) {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        let Ok((mut client, _)) = listener.accept().await else { continue };
        let Ok(length) = client.read_u16().await else { continue };
        let mut question = vec![0; usize::from(length)];
        if client.read_exact(&mut question).await.is_err() {
            continue;
        }
        let answer = shaped(&question, shape, bytes);
        sent.borrow_mut().extend(&answer);
        for message in [answer, refusal(&question)] {
            let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
            let _ = client.write_u16(length).await;
            let _ = client.write_all(&message).await;
        }
    }
}

/// The bytes as they are, or behind what makes them an answer to the question: its id, a positive answer's flags, and the
/// question itself behind counts that are the fuzzer's.
fn shaped(question: &[u8], shape: u8, bytes: &[u8]) -> Vec<u8> {
    if shape & 1 != 0 || question.len() < HEAD || bytes.len() < HEAD - FLAGS_END - 2 {
        return bytes.to_vec();
    }
    let (counts, records) = bytes.split_at(HEAD - FLAGS_END - 2);
    let question_end = HEAD + FQDN.len() + 2 + 4;
    let mut answer = question[..2].to_vec();
    answer.extend([0x81, 0x80, 0, 1]);
    answer.extend(counts);
    answer.extend(&question[HEAD..question_end.min(question.len())]);
    answer.extend(records);
    answer
}

/// SERVFAIL.
fn refusal(question: &[u8]) -> Vec<u8> {
    let mut answer = question.to_vec();
    if answer.len() >= FLAGS_END {
        (answer[2], answer[3]) = (0x81, 0x82);
    }
    answer
}
