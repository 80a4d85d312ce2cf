use azure_core::http::headers::HeaderName;

use super::*;
use crate::scripted::{ScriptedAnswer, ScriptedClock, ScriptedCredential, ScriptedHttp};

const BLOB: &str = "https://contoso.blob.core.windows.net/allowlists/allowlist.yaml";
const MODIFIED: &str = "Sat, 21 Nov 2026 10:15:42 GMT";

fn blob(answers: Vec<ScriptedAnswer>) -> (Blob, Arc<ScriptedHttp>, Arc<ScriptedClock>) {
    let (http, clock) = (ScriptedHttp::new(answers), Arc::new(ScriptedClock::default()));
    let identity = Arc::new(Identity::new(ScriptedCredential::new(clock.clone()), clock.clone()));
    (Blob::new(&Url::parse(BLOB).unwrap(), http.clone(), identity, clock.clone()).unwrap(), http, clock)
}

fn content(text: &str) -> ScriptedAnswer {
    (200, vec![("etag", "\"e1\""), ("last-modified", MODIFIED)], text.to_owned())
}

fn error(status: u16, code: &'static str) -> ScriptedAnswer {
    (status, vec![("x-ms-error-code", code)], String::new())
}

fn header(request: &Request, name: &'static str) -> Option<String> {
    request.headers().get_optional_str(&HeaderName::from_static(name)).map(str::to_owned)
}

#[tokio::test]
async fn an_unchanged_blob_costs_one_conditional_request() {
    let (blob, http, _) = blob(vec![content("version: 1"), (304, Vec::new(), String::new())]);
    let read = blob.read(None, 100).await.unwrap().unwrap();
    assert_eq!(read.bytes.as_deref(), Some(b"version: 1".as_slice()));
    assert_eq!(read.last_modified.map(OffsetDateTime::unix_timestamp), Some(1_795_256_142));
    assert_eq!(blob.read(Some(&read.etag), 100).await.unwrap(), None);

    let requests = http.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].url().as_str(), BLOB);
    assert_eq!(header(&requests[0], "authorization").as_deref(), Some("Bearer token-1"));
    assert_eq!(header(&requests[0], "if-none-match"), None);
    assert_eq!(header(&requests[1], "if-none-match").as_deref(), Some("\"e1\""));
}

#[tokio::test]
async fn no_more_is_asked_for_or_kept_than_may_be_read() {
    for (text, is_kept) in [("123456789", true), ("1234567890", true), ("12345678901", false)] {
        let (blob, http, _) = blob(vec![content(text)]);
        let read = blob.read(None, 10).await.unwrap().unwrap();
        assert_eq!(read.bytes.is_some(), is_kept, "{text}");
        let requests = http.requests();
        let range = header(&requests[0], "range").or_else(|| header(&requests[0], "x-ms-range"));
        assert_eq!((requests.len(), range.as_deref()), (1, Some("bytes=0-10")));
    }
}

#[tokio::test]
async fn each_refusal_has_its_kind() {
    let cases = [
        (404, "BlobNotFound", ErrorKind::NotFound),
        (404, "ContainerNotFound", ErrorKind::NotFound),
        (403, "AuthorizationPermissionMismatch", ErrorKind::Forbidden),
        (401, "InvalidAuthenticationInfo", ErrorKind::NoToken),
        (400, "InvalidHeaderValue", ErrorKind::Refused),
    ];
    for (status, code, kind) in cases {
        let (blob, http, clock) = blob(vec![error(status, code)]);
        let failure = blob.read(Some("\"e1\""), 100).await.unwrap_err();
        assert_eq!((failure.kind, http.requests().len(), clock.slept().len()), (kind, 1, 0), "{status} {code}");
        assert!(failure.to_string().contains(code), "{failure}");
    }
}

#[tokio::test]
async fn a_broken_exchange_is_tried_three_times_on_our_clock() {
    let broken = || (0, Vec::new(), String::new());
    let (client, _, clock) = blob(vec![broken(), error(503, "ServerBusy"), content("x")]);
    assert!(client.read(None, 100).await.unwrap().is_some());
    assert_eq!(clock.slept(), [Duration::from_millis(400), Duration::from_millis(800)]);
    let (client, http, _) = blob(vec![broken(), broken(), broken()]);
    assert_eq!(client.read(None, 100).await.unwrap_err().kind, ErrorKind::Transient);
    assert_eq!(http.requests().len(), 3);
}

#[tokio::test]
async fn a_write_is_one_conditional_request() {
    for (condition, name, value) in
        [(BlobCondition::Absent, "if-none-match", "*"), (BlobCondition::Unchanged("\"e1\""), "if-match", "\"e1\"")]
    {
        let large = vec![b' '; 20 * 1024 * 1024];
        let (blob, http, _) = blob(vec![(201, vec![("etag", "\"e2\"")], String::new())]);
        blob.write(&large, condition).await.unwrap();
        let requests = http.requests();
        assert_eq!((requests.len(), header(&requests[0], name).as_deref()), (1, Some(value)));
        assert_eq!(header(&requests[0], "x-ms-blob-type").as_deref(), Some("BlockBlob"));
    }
    for (status, code) in [(412, "ConditionNotMet"), (409, "BlobAlreadyExists")] {
        let (blob, _, _) = blob(vec![error(status, code)]);
        let failure = blob.write(b"x", BlobCondition::Absent).await.unwrap_err();
        assert_eq!(failure.kind, ErrorKind::PreconditionFailed);
    }
}
