//! An allowlist in a blob, with the last good version in a blob beside it.

use std::sync::Arc;

use async_trait::async_trait;
use portreeve_azure::{AzureError, Blob, BlobCondition, ErrorKind};
use portreeve_decisions::allowlist::Allowlist;
use url::Url;

use super::source::{LAST_GOOD_SUFFIX, LastGood, Look, Source, Tag, Unreadable, text_of};
use crate::app::App;

pub(super) struct BlobSource {
    url: Url,
    app: Arc<App>,
}

impl BlobSource {
    pub fn new(url: Url, app: Arc<App>) -> Self {
        Self { url, app }
    }

    fn last_good_url(&self) -> Url {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{LAST_GOOD_SUFFIX}", self.url.path()));
        url
    }

    async fn blob(&self, url: &Url) -> Result<Blob, Unreadable> {
        let azure = self.app.azure().await.map_err(|why| Unreadable { why, is_lasting: true })?;
        azure.blob(url).map_err(|error| unreadable(&error))
    }
}

#[async_trait]
impl Source for BlobSource {
    fn name(&self) -> String {
        self.url.to_string()
    }

    async fn look(&self, seen: Option<&Tag>) -> Result<Look, Unreadable> {
        let blob = self.blob(&self.url).await?;
        let read = blob.read(seen.map(|tag| tag.0.as_str()), Allowlist::FILE_MAX_BYTES).await;
        match read.map_err(|error| unreadable(&error))? {
            None => Ok(Look::Same),
            Some(content) => Ok(Look::Other { tag: Tag(content.etag), content: content.bytes }),
        }
    }

    async fn last_good(&self) -> Result<Option<LastGood>, Unreadable> {
        let url = self.last_good_url();
        match self.blob(&url).await?.read(None, Allowlist::FILE_MAX_BYTES).await {
            Ok(content) => {
                let kept_at = content.as_ref().and_then(|content| content.last_modified);
                let text = text_of(content.and_then(|content| content.bytes), url.as_str())?;
                Ok(Some(LastGood { text, kept_at }))
            }
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&error)),
        }
    }

    async fn keep(&self, text: &str) -> Result<(), String> {
        let url = self.last_good_url();
        let blob = self.blob(&url).await.map_err(|unreadable| unreadable.why)?;
        let kept = match blob.read(None, Allowlist::FILE_MAX_BYTES).await {
            Ok(content) => content,
            Err(error) if error.kind == ErrorKind::NotFound => None,
            Err(error) => return Err(said(&error)),
        };
        let condition = match &kept {
            Some(kept) if kept.bytes.as_deref() == Some(text.as_bytes()) => return Ok(()),
            Some(kept) => BlobCondition::Unchanged(&kept.etag),
            None => BlobCondition::Absent,
        };
        match blob.write(text.as_bytes(), condition).await {
            // Another instance was there first, with this version or a later one.
            Err(error) if error.kind == ErrorKind::PreconditionFailed => Ok(()),
            result => result.map_err(|error| said(&error)),
        }
    }
}

fn unreadable(error: &AzureError) -> Unreadable {
    Unreadable { why: said(error), is_lasting: !matches!(error.kind, ErrorKind::Transient | ErrorKind::Throttled) }
}

/// The error, with what a person can do about it.
fn said(error: &AzureError) -> String {
    let remedy = match error.kind {
        ErrorKind::NotFound => Some("put the allowlist there"),
        ErrorKind::Forbidden => Some(
            "give the app's identity Storage Blob Data Reader on the container and a way through the account's firewall; \
             see infra/modules/allowlist-access.bicep",
        ),
        ErrorKind::NoToken => error.remedy(),
        _ => None,
    };
    match remedy {
        Some(remedy) => format!("{error}; {remedy}"),
        None => error.to_string(),
    }
}
