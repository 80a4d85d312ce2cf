//! A request of the handler's, answered by a router.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{self, HeaderMap};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body as AzureBody, Request, StatusCode};
use tower::ServiceExt as _;

/// An answer of the cloud.
#[derive(Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer to a request that axum knows.
    pub(crate) async fn of(router: &Router, request: http::Request<Body>) -> Self {
        let Ok(response) = router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map(|bytes| bytes.to_vec()).unwrap_or_default();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

impl From<Answer> for AsyncRawResponse {
    fn from(Answer { status, headers, body }: Answer) -> Self {
        let mut answered = Headers::new();
        for (name, value) in &headers {
            answered.insert(name.to_string(), value.to_str().unwrap_or_default().to_owned());
        }
        Self::from_bytes(StatusCode::from(status), answered, body)
    }
}

/// Has a router answer a request of the handler's.
///
/// # Panics
/// Where the request's address or a header is none.
pub async fn answer(router: &Router, request: &Request) -> Answer {
    let mut asked = http::Request::builder().method(request.method().as_ref()).uri(request.url().as_str());
    asked = asked.header("host", request.url().host_str().unwrap_or_default());
    for (name, value) in request.headers().iter() {
        asked = asked.header(name.as_str(), value.as_str());
    }
    let asked = asked.body(Body::from(body_of(request))).expect("a request of the handler's is one");
    Answer::of(router, asked).await
}

/// The body of a request of the handler's.
#[must_use]
pub fn body_of(request: &Request) -> Vec<u8> {
    match request.body() {
        AzureBody::Bytes(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    }
}
