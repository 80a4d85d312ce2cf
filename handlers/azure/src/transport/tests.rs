use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::*;
use crate::clock::SystemClock;
use crate::scripted::{ScriptedClock, ScriptedHttp};

/// A server on this machine that answers each request with the same bytes, and what it was asked.
async fn server(answer: String) -> (Url, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            kept.lock().unwrap().push(String::from_utf8(head).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

#[tokio::test]
async fn the_real_client_follows_no_redirect() {
    let transport = Transport::new(http_client().unwrap(), Arc::new(SystemClock));
    let (thief, stolen) =
        server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".to_owned()).await;
    for status in [301, 302, 303, 307, 308] {
        let moved =
            format!("HTTP/1.1 {status} Moved\r\nlocation: {thief}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let (gate, asked) = server(moved).await;
        let mut request = Request::new(gate, Method::Get);
        request.insert_header("authorization", "Bearer token-1");
        assert_eq!(transport.exchange().await.of(&request).await.unwrap().status, status);
        assert!(asked.lock().unwrap()[0].contains("Bearer token-1"));
    }
    assert_eq!(*stolen.lock().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn an_answer_beyond_all_measure_is_not_kept() {
    for (bytes, is_read) in [(ANSWER_MAX_BYTES, true), (ANSWER_MAX_BYTES + 1, false)] {
        let http = ScriptedHttp::new(vec![(200, Vec::new(), "x".repeat(bytes))]);
        let transport = Transport::new(http, Arc::new(ScriptedClock::default()));
        let request = Request::new(Url::parse("https://management.azure.com/").unwrap(), Method::Get);
        assert_eq!(transport.exchange().await.of(&request).await.is_ok(), is_read, "{bytes}");
    }
}

/// Environment variables belong to a whole process, so this test runs the other one in a process of its own.
#[tokio::test]
async fn a_proxy_that_the_environment_names_sees_nothing() {
    let (proxy, seen) = server("HTTP/1.1 502 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()).await;
    let mut other = tokio::process::Command::new(std::env::current_exe().unwrap());
    other.args(["--exact", "transport::tests::the_real_client_follows_no_redirect"]).env_clear();
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        other.env(name, proxy.as_str());
    }
    let output = other.output().await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("1 passed"), "{told}");
    assert_eq!(*seen.lock().unwrap(), Vec::<String>::new());
}
