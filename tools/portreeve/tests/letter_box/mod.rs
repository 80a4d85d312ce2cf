//! A Service Bus namespace with a few dead letters and nothing else, for sessions: it lends, takes back and gives away.
//!
//! Written for what it answers alone. The rules of Service Bus are the local Azure's, and stories keep them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Its letters by queue: number, message id and body.
const LETTERS: [(&str, i64, &str, &str); 4] = [
    (
        "reconcile-jobs",
        17,
        "reconcile-5d1f",
        r#"{"subject":{"endpoint":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe-orders"},"attempt":41,"is_from_sweep":false,"correlation_id":"7f4c1a52-9f0e-4a55-8d61-0c6a0f5b1e11"}"#,
    ),
    ("reconcile-jobs", 23, "m-\u{1b}[2J", "{\"approve\":\"every\u{1b}[2Jthing\"}"),
    (
        "validation-jobs",
        4,
        "validation-77aa-7",
        r#"{"connection":"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-data/providers/Microsoft.KeyVault/vaults/kv-orders/privateEndpointConnections/kv-orders.1","endpoint":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe-orders","attempt":7,"correlation_id":"a stranger's \"id\""}"#,
    ),
    ("validation-jobs", 9, "by-hand", "not even JSON"),
];

/// Who may come in.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Door {
    Open,
    Closed,
}

/// What `portreeve` needs to know of two namespaces: one is open, and `$CLOSED` is one that we may not read. They serve
/// for as long as this process lives.
pub fn environment() -> Vec<(&'static str, String)> {
    let open = start(Door::Open);
    vec![
        ("PORTREEVE_SERVICE_BUS_ENDPOINT", open.clone()),
        ("CLOSED", start(Door::Closed)),
        ("IDENTITY_ENDPOINT", format!("{open}/token")),
        ("IDENTITY_HEADER", "header".to_owned()),
    ]
}

fn start(door: Door) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let letters = Arc::new(Mutex::new(LETTERS.map(|letter| (letter, State::Free)).to_vec()));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let letters = letters.clone();
            std::thread::spawn(move || answer(&stream.unwrap(), door, &letters));
        }
    });
    format!("http://{address}")
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    Free,
    Lent,
    Gone,
}

type Letters = Mutex<Vec<Letter>>;

/// A letter as in `LETTERS`, and where it is.
type Letter = ((&'static str, i64, &'static str, &'static str), State);

/// One request on a connection of its own.
fn answer(mut stream: &TcpStream, door: Door, letters: &Letters) {
    let mut lines = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head).unwrap() == 0 {
            return;
        }
    }
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    lines.read_exact(&mut vec![0; length.unwrap_or(0)]).unwrap();
    let (status, headers, body) = answer_to(head.lines().next().unwrap(), door, &mut letters.lock().unwrap());
    let length = body.len();
    write!(stream, "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
        .unwrap();
}

fn answer_to(request: &str, door: Door, letters: &mut [Letter]) -> (u16, String, String) {
    let (method, path) = request.split_once(' ').unwrap();
    let path = path.split(['?', ' ']).next().unwrap();
    if path == "/token" {
        let token = r#"{"access_token":"t","expires_on":"4102444800","resource":"r","token_type":"Bearer"}"#;
        return (200, "content-type: application/json\r\n".to_owned(), token.to_owned());
    }
    if door == Door::Closed {
        return (401, String::new(), String::new());
    }
    let queue = path.split('/').nth(1).unwrap();
    let of_queue = letters.iter_mut().filter(|((of, ..), _)| *of == queue);
    let numbered = |number: &str| number.parse::<i64>().unwrap();
    let set = |state: State, number: &str| {
        let mut of_queue = of_queue;
        of_queue.find(|((_, other, ..), _)| *other == numbered(number)).unwrap().1 = state;
        (200, String::new(), String::new())
    };
    match (method, path.split('/').skip(2).collect::<Vec<_>>().as_slice()) {
        ("POST", ["messages"]) => (201, String::new(), String::new()),
        ("POST", ["$deadletterqueue", "messages", "head"]) => lend(letters, queue),
        ("PUT", ["$deadletterqueue", "messages", number, _]) => set(State::Free, number),
        ("DELETE", ["$deadletterqueue", "messages", number, _]) => set(State::Gone, number),
        _ => (404, String::new(), String::new()),
    }
}

fn lend(letters: &mut [Letter], queue: &str) -> (u16, String, String) {
    let free = letters.iter_mut().find(|((of, ..), state)| *of == queue && *state == State::Free);
    let Some(((_, number, message_id, body), state)) = free else { return (204, String::new(), String::new()) };
    *state = State::Lent;
    let properties = serde_json::json!({
        "MessageId": message_id, "SequenceNumber": number, "DeliveryCount": 11, "EnqueuedSequenceNumber": 0,
        "EnqueuedTimeUtc": "Sat, 21 Nov 2026 03:05:09 GMT", "State": "Active", "TimeToLive": 922_337_203_685.477_5,
        "LockToken": "t", "LockedUntilUtc": "Sat, 21 Nov 2026 04:00:00 GMT",
    });
    let headers = format!(
        "brokerproperties: {properties}\r\nlocation: http://elsewhere.example/{queue}/$deadletterqueue/messages/{number}/t\r\n\
         deadletterreason: \"MaxDeliveryCountExceeded\"\r\n\
         deadlettererrordescription: \"Message could not be consumed after 10 delivery attempts.\"\r\n"
    );
    (201, headers, (*body).to_owned())
}
