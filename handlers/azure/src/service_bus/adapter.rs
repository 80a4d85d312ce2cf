//! Lets `azure_messaging_servicebus` work with our identity, on the configured namespace, over the shared client.
//!
//! The crate (0.21, the newest on crates.io) knows only shared keys, one host and its own HTTP stack. It hands each
//! finished request to an `HttpClient`, and there, in this one file, the request is put right:
//!
//! - its shared-key signature is dropped for a token of ours (the crate is given no key, so it signs with nothing);
//! - its host becomes the configured namespace, which another cloud or a local Service Bus needs;
//! - a scheduled time's ` +0000` becomes ` GMT`, as Service Bus documents its dates (RFC 2616).
//!
//! Of an answer it is the body: the crate wants text, and fails on a message that is none.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::{Method, Request};
use azure_core_021 as legacy;
use azure_messaging_servicebus::service_bus::QueueClient;
use futures::stream;
use legacy::error::{Error, ErrorKind};
use url::Url;

use crate::endpoints::SERVICE_BUS_SCOPE;
use crate::identity::Identity;
use crate::transport::Transport;

/// The `HttpClient` that is handed to the Service Bus crate.
#[derive(Debug)]
pub(super) struct ServiceBusHttpClient {
    transport: Arc<Transport>,
    identity: Arc<Identity>,
    namespace: Url,
}

impl ServiceBusHttpClient {
    pub fn new(transport: Arc<Transport>, identity: Arc<Identity>, namespace: Url) -> Self {
        Self { transport, identity, namespace }
    }

    pub fn queue(self: &Arc<Self>, name: &str) -> QueueClient {
        let no_key = legacy::auth::Secret::new(String::new());
        QueueClient::new(Arc::<Self>::clone(self), "unused", name, "unused", no_key)
            .expect("it only keeps its arguments")
    }

    async fn put_right(&self, request: &legacy::Request) -> legacy::Result<Request> {
        let method = match request.method() {
            legacy::Method::Post => Method::Post,
            legacy::Method::Put => Method::Put,
            legacy::Method::Delete => Method::Delete,
            other => return Err(Error::message(ErrorKind::Other, format!("{other} is no request to Service Bus"))),
        };
        let mut url = self.namespace.clone();
        url.set_path(request.url().path());
        url.set_query(request.url().query());
        let mut corrected = Request::new(url, method);
        for (name, value) in request.headers().iter() {
            let value = match name.as_str() {
                "authorization" | "content-length" => continue,
                "brokerproperties" => value.as_str().replace(" +0000\"", " GMT\""),
                _ => value.as_str().to_owned(),
            };
            corrected.insert_header(name.as_str().to_owned(), value);
        }
        let authorization = self.identity.authorization(SERVICE_BUS_SCOPE).await;
        let authorization = authorization.map_err(|error| Error::message(ErrorKind::Credential, error.to_string()))?;
        corrected.insert_header("authorization", authorization);
        match request.body() {
            legacy::Body::Bytes(bytes) => corrected.set_body(bytes.clone()),
            legacy::Body::SeekableStream(_) => {
                return Err(Error::message(ErrorKind::Other, "the body is not in memory"));
            }
        }
        Ok(corrected)
    }
}

#[async_trait]
impl legacy::HttpClient for ServiceBusHttpClient {
    async fn execute_request(&self, request: &legacy::Request) -> legacy::Result<legacy::Response> {
        let request = self.put_right(request).await?;
        let answer = self.transport.exchange().await.of(&request).await;
        let answer = answer.map_err(|detail| Error::message(ErrorKind::Io, detail))?;
        let status = legacy::StatusCode::try_from(answer.status)
            .map_err(|_| Error::message(ErrorKind::Io, format!("status {} is unknown", answer.status)))?;
        let mut headers = legacy::headers::Headers::new();
        for (name, value) in answer.headers.iter() {
            headers.insert(name.as_str().to_owned(), value.as_str().to_owned());
        }
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let body = stream::once(async { Ok(body.into()) });
        Ok(legacy::Response::new(status, headers, Box::pin(body)))
    }
}
