//! ARM as a person uses it: authorised, and patient with long-running operations.

use std::time::Duration;

use anyhow::Context;
use local_azure::arm::faults::UNCOUNTED_HEADER;
use local_azure::{LocalAzure, cloud::target_types::TargetType};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;

/// For everything but targets, whose types have versions of their own.
const API_VERSION: &str = "2024-05-01";

/// What ARM answered.
#[derive(Debug)]
pub struct ArmAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body; null where there is none.
    pub body: Value,
}

/// A client of the local ARM.
#[derive(Clone, Debug)]
pub struct ArmClient {
    http: reqwest::Client,
    endpoint: String,
    authorization: String,
}

impl ArmClient {
    /// A client with every right.
    pub fn new(azure: &LocalAzure) -> anyhow::Result<Self> {
        // The provider may be installed already; then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let token = azure.cloud.tokens.issue("https://management.azure.com", i64::MAX);
        Ok(Self {
            // It speaks to this machine alone; the system's certificates would take a while to read.
            http: reqwest::Client::builder().default_headers(uncounted()).no_proxy().tls_certs_only([]).build()?,
            endpoint: azure.cloud.arm_endpoint.clone(),
            authorization: format!("Bearer {token}"),
        })
    }

    /// The HTTP client underneath.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Reads a resource or a list.
    pub async fn get(&self, id: &str) -> anyhow::Result<ArmAnswer> {
        self.send(Method::GET, &self.url(id), None).await.map(|(answer, _)| answer)
    }

    /// Writes a resource and waits until it is written. Fails where ARM refuses.
    pub async fn put(&self, id: &str, body: Value) -> anyhow::Result<Value> {
        self.write(Method::PUT, id, Some(body)).await
    }

    /// Deletes a resource and waits until it is gone.
    pub async fn delete(&self, id: &str) -> anyhow::Result<()> {
        self.write(Method::DELETE, id, None).await.map(|_| ())
    }

    async fn write(&self, method: Method, id: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let (answer, operation) = self.send(method.clone(), &self.url(id), body).await?;
        anyhow::ensure!(answer.status < 300, "{method} {id}: {} {}", answer.status, answer.body);
        let Some(operation) = operation else { return Ok(answer.body) };
        loop {
            let (state, _) = self.send(Method::GET, &operation, None).await?;
            match state.body["status"].as_str() {
                Some("Succeeded") => return self.get(id).await.map(|answer| answer.body),
                Some("Failed" | "Canceled") => anyhow::bail!("{method} {id}: {}", state.body),
                // A poll interval on this machine; the operation itself takes a fraction of a second.
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn url(&self, id: &str) -> String {
        let separator = if id.contains('?') { '&' } else { '?' };
        let newest = TargetType::of_path(id).and_then(|row| row.api_versions.first());
        let version = newest.map_or(API_VERSION, String::as_str);
        format!("{}{id}{separator}api-version={version}", self.endpoint)
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        body: Option<Value>,
    ) -> anyhow::Result<(ArmAnswer, Option<String>)> {
        let mut request = self.http.request(method, url).header("authorization", &self.authorization);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.with_context(|| format!("ask {url}"))?;
        let status = response.status().as_u16();
        let operation =
            response.headers().get("azure-asyncoperation").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let text = response.text().await?;
        Ok((ArmAnswer { status, body: serde_json::from_str(&text).unwrap_or_default() }, operation))
    }
}

/// What people ask for is no request of the handler's.
fn uncounted() -> HeaderMap {
    HeaderMap::from_iter([(UNCOUNTED_HEADER.parse().expect("a name"), HeaderValue::from_static("people"))])
}
