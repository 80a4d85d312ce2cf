//! One blob: read where it has become another, and written where it is as it was read.
//!
//! The client is Azure's own, on our HTTP client and with its retries off: it would wait on the machine's clock, and all
//! waiting here is on ours. Tokens come from our [`Identity`], which keeps one until it has really expired. A read is one
//! request with a range that ends behind the size limit, so that no more than that is ever sent to us, and so that the
//! client, which would read a large blob in parts by tasks of its own, has no reason to.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{ClientOptions, Context, Etag, HttpClient, Request, RetryOptions, StatusCode, Transport};
use azure_storage_blob::models::{BlobClientDownloadOptions, BlobClientUploadOptions};
use azure_storage_blob::{BlobClient, BlobClientOptions};
use bytes::Bytes;
use futures::StreamExt;
use time::OffsetDateTime;
use url::Url;

use crate::azure::Azure;
use crate::clock::{Clock, within};
use crate::error::{AzureError, ErrorKind};
use crate::identity::Identity;
use crate::transport::chain;

/// The scope of tokens for storage, the same in every cloud
/// (<https://learn.microsoft.com/azure/storage/blobs/authorize-access-azure-active-directory>).
const STORAGE_SCOPE: &str = "https://storage.azure.com/.default";
/// One read or write with its retries. The largest allowlist is 32 MiB.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// How often one request is tried; whoever reads regularly tries again anyway.
const TRIES: u32 = 3;

/// One blob, with the identity to read and write it. Cheap to clone.
#[derive(Clone)]
pub struct Blob {
    client: Arc<BlobClient>,
    url: Url,
    clock: Arc<dyn Clock>,
}

/// A blob's content as it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BlobContent {
    /// The bytes, or `None` where there are more than were asked for.
    pub bytes: Option<Vec<u8>>,
    /// What changes whenever the content does.
    pub etag: String,
    /// When it was last written.
    pub last_modified: Option<OffsetDateTime>,
}

/// What a blob's write is conditional on.
#[derive(Clone, Copy, Debug)]
pub enum BlobCondition<'a> {
    /// There is no such blob.
    Absent,
    /// The blob still has this etag.
    Unchanged(&'a str),
}

impl Azure {
    /// The blob at this URL. Nothing is asked of it yet.
    ///
    /// # Errors
    /// Where the URL could not be one of a blob.
    pub fn blob(&self, url: &Url) -> Result<Blob, AzureError> {
        Blob::new(url, self.http.clone(), self.identity.clone(), self.clock.clone())
    }
}

impl Blob {
    pub(crate) fn new(
        url: &Url,
        http: Arc<dyn HttpClient>,
        identity: Arc<Identity>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AzureError> {
        let client_options = ClientOptions {
            retry: RetryOptions::none(),
            transport: Some(Transport::new(http)),
            per_try_policies: vec![Arc::new(Authorization(identity))],
            ..ClientOptions::default()
        };
        let options = BlobClientOptions { client_options, ..BlobClientOptions::default() };
        let client = BlobClient::new(url.clone(), None, Some(options));
        let client = client.map_err(|error| error_of(&error, format!("use {url}")))?;
        Ok(Self { client: Arc::new(client), url: url.clone(), clock })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Reads it, unless its etag is still the one given; then there is `None`.
    ///
    /// # Errors
    /// Where it cannot be read; [`ErrorKind::NotFound`] where there is none.
    pub async fn read(&self, unless_etag: Option<&str>, max_bytes: usize) -> Result<Option<BlobContent>, AzureError> {
        let attempted = format!("GET {}", self.url);
        let read = self.tried(&attempted, || self.read_once(unless_etag, max_bytes));
        match read.await {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.code.as_deref() == Some(NOT_MODIFIED) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes it, on a condition.
    ///
    /// # Errors
    /// Where it was not written; [`ErrorKind::PreconditionFailed`] where it is not as the condition has it.
    pub async fn write(&self, content: &[u8], condition: BlobCondition<'_>) -> Result<(), AzureError> {
        let attempted = format!("PUT {}", self.url);
        let result = self.tried(&attempted, || self.write_once(content, condition)).await;
        result.map_err(|error| match error.kind {
            // What a create is answered where there is a blob already.
            ErrorKind::Conflict => AzureError { kind: ErrorKind::PreconditionFailed, ..error },
            _ => error,
        })
    }

    async fn read_once(&self, unless_etag: Option<&str>, max_bytes: usize) -> azure_core::Result<BlobContent> {
        // One byte more, which tells a blob of just this size from a larger one.
        let window = max_bytes.saturating_add(1);
        let options = BlobClientDownloadOptions {
            if_none_match: unless_etag.map(Etag::from),
            parallel: Some(NonZero::<usize>::MIN),
            partition_size: NonZero::new(window),
            range: Some((0..window as u64).into()),
            ..BlobClientDownloadOptions::default()
        };
        let mut answer = self.client.download(Some(options)).await?;
        let (etag, last_modified) = (answer.properties.etag.map(String::from), answer.properties.last_modified);
        let mut bytes = Some(Vec::new());
        while let Some(chunk) = answer.body.next().await {
            let chunk = chunk?;
            bytes = bytes.filter(|bytes| bytes.len() + chunk.len() <= max_bytes);
            match &mut bytes {
                Some(bytes) => bytes.extend_from_slice(&chunk),
                None => break,
            }
        }
        Ok(BlobContent { bytes, etag: etag.unwrap_or_default(), last_modified })
    }

    async fn write_once(&self, content: &[u8], condition: BlobCondition<'_>) -> azure_core::Result<()> {
        let length = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let mut options = BlobClientUploadOptions {
            blob_content_type: Some("application/yaml".to_owned()),
            // In one request: a content in parts would be there only after the last of them.
            partition_size: NonZero::new(length.saturating_add(1)),
            ..BlobClientUploadOptions::default()
        };
        match condition {
            BlobCondition::Absent => options.if_none_match = Some(Etag::from("*")),
            BlobCondition::Unchanged(etag) => options.if_match = Some(Etag::from(etag)),
        }
        self.client.upload(Bytes::copy_from_slice(content).into(), Some(options)).await.map(|_| ())
    }

    /// Tries until there is an answer worth having, within the time limit.
    async fn tried<T, F>(&self, attempted: &str, request: impl Fn() -> F + Sync + Send) -> Result<T, AzureError>
    where
        T: Send,
        F: Future<Output = azure_core::Result<T>> + Send,
    {
        let work = async {
            let mut tries = 1;
            loop {
                let error = match request().await {
                    Ok(value) => return Ok(value),
                    Err(error) => error_of(&error, attempted),
                };
                if error.kind != ErrorKind::Transient || tries == TRIES {
                    return Err(error);
                }
                self.clock.sleep(Duration::from_millis(200 << tries)).await;
                tries += 1;
            }
        };
        let late = || {
            let detail = format!("no answer within {} s", TIME_LIMIT.as_secs());
            Err(AzureError::new(ErrorKind::Transient, attempted, detail))
        };
        within(self.clock.as_ref(), TIME_LIMIT, work).await.unwrap_or_else(late)
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Blob").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// Puts our token on each request.
#[derive(Debug)]
struct Authorization(Arc<Identity>);

#[async_trait]
impl Policy for Authorization {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let authorization = self.0.authorization(STORAGE_SCOPE).await;
        let authorization = authorization.map_err(|error| {
            azure_core::Error::with_error(azure_core::error::ErrorKind::Credential, error, "no token for storage")
        })?;
        request.insert_header("authorization", authorization);
        next[0].send(context, request, &next[1..]).await
    }
}

/// The code of an answer that says that nothing has changed; Azure gives it none of its own.
const NOT_MODIFIED: &str = "NotModified";

fn error_of(error: &azure_core::Error, attempted: impl Into<String>) -> AzureError {
    use azure_core::error::ErrorKind as Kind;
    match error.kind() {
        Kind::HttpResponse { status: StatusCode::NotModified, .. } => {
            AzureError::new(ErrorKind::Refused, attempted, "not modified").with_code(Some(NOT_MODIFIED.to_owned()))
        }
        Kind::HttpResponse { status, error_code, .. } => {
            let detail = format!("{} {}", u16::from(*status), error_code.as_deref().unwrap_or_default());
            AzureError::new(kind_of(u16::from(*status)), attempted, detail.trim()).with_code(error_code.clone())
        }
        Kind::Credential => AzureError::new(ErrorKind::NoToken, attempted, chain(error)),
        _ => AzureError::new(ErrorKind::Transient, attempted, chain(error)),
    }
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::NoToken,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        412 => ErrorKind::PreconditionFailed,
        408 | 429 | 500..=599 => ErrorKind::Transient,
        _ => ErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests;
