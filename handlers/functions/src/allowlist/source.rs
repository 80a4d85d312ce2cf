//! Where an allowlist comes from: looked at again and again, with the last good version kept beside it.

use std::fmt;

use async_trait::async_trait;
use time::OffsetDateTime;

/// What stands behind the allowlist's own name where its last good version is kept.
pub(super) const LAST_GOOD_SUFFIX: &str = ".last-good";

/// A place that an allowlist comes from. It reads and writes, and judges nothing.
#[async_trait]
pub(super) trait Source: Send + Sync {
    /// The path or URL, as the log and every decision name it.
    fn name(&self) -> String;

    /// Looks whether there is another content than the one that was `seen` last.
    async fn look(&self, seen: Option<&Tag>) -> Result<Look, Unreadable>;

    /// The last good version, or `None` where none is kept.
    async fn last_good(&self) -> Result<Option<LastGood>, Unreadable>;

    /// Keeps this as the last good version, unless it is kept already. A failure is said in words for the log.
    async fn keep(&self, text: &str) -> Result<(), String>;
}

/// What changes whenever a content does: a blob's etag, a file's time and length.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Tag(pub String);

/// What a look found.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Look {
    /// The content that was seen last.
    Same,
    /// Somebody is writing it at this moment.
    BeingWritten,
    /// Another one.
    Other {
        /// Tells it from others.
        tag: Tag,
        /// Its bytes, or `None` where there are more than an allowlist has.
        content: Option<Vec<u8>>,
    },
}

/// A version that was in force once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct LastGood {
    /// Its text.
    pub text: String,
    /// When it was kept, which is when it was put in force.
    pub kept_at: Option<OffsetDateTime>,
}

/// Why a place could not be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Unreadable {
    /// What came of it, and what a person can do.
    pub why: String,
    /// Whether it stays so until a person does something.
    pub is_lasting: bool,
}

/// The text of a last good version. One that is none was not written by us, and what was in force is then unknown.
pub(super) fn text_of(content: Option<Vec<u8>>, shown: &str) -> Result<String, Unreadable> {
    content.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| Unreadable {
        why: format!("{shown} is damaged; compare the allowlist with your repository, and delete the damaged copy"),
        is_lasting: true,
    })
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.why)
    }
}
