//! An allowlist in a file, with the last good version in a file beside it.
//!
//! A file has no etag, and whoever copies one over it is not done in one moment. It is taken once two looks a second
//! apart agree about its time and length, so that no copy under way is read as if it were whole.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portreeve_azure::Clock;
use portreeve_decisions::allowlist::Allowlist;
use time::OffsetDateTime;

use super::source::{LAST_GOOD_SUFFIX, LastGood, Look, Source, Tag, Unreadable, text_of};

/// How far apart the two looks at a changed file are.
const LOOKS_APART: Duration = Duration::from_secs(1);
/// A file that was not written for this long is at rest, and needs no second look: most starts need not wait for one.
/// Clocks of file servers are apart by less.
const AT_REST_AFTER: Duration = Duration::from_secs(60);

pub(super) struct FileSource {
    path: PathBuf,
    clock: Arc<dyn Clock>,
}

impl FileSource {
    pub fn new(path: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { path, clock }
    }

    fn last_good_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(LAST_GOOD_SUFFIX);
        PathBuf::from(name)
    }
}

#[async_trait]
impl Source for FileSource {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    async fn look(&self, seen: Option<&Tag>) -> Result<Look, Unreadable> {
        let first = self.traits_of_file().await?;
        if seen == Some(&first.tag) {
            return Ok(Look::Same);
        }
        if first.modified_at.is_none_or(|at| self.clock.now() - at < AT_REST_AFTER) {
            self.clock.sleep(LOOKS_APART).await;
            if self.traits_of_file().await?.tag != first.tag {
                return Ok(Look::BeingWritten);
            }
        }
        let path = self.path.clone();
        let content = off_thread(move || read_bounded(&path)).await.map_err(|error| self.unreadable(&error))?;
        // Somebody may have begun to write while it was read.
        match self.traits_of_file().await? {
            now if now.tag == first.tag => Ok(Look::Other { tag: now.tag, content }),
            _ => Ok(Look::BeingWritten),
        }
    }

    async fn last_good(&self) -> Result<Option<LastGood>, Unreadable> {
        let path = self.last_good_path();
        let shown = path.display().to_string();
        let read = off_thread(move || Ok((modified_at(&std::fs::metadata(&path)?), read_bounded(&path)?))).await;
        match read {
            Ok((kept_at, content)) => Ok(Some(LastGood { text: text_of(content, &shown)?, kept_at })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Unreadable { why: format!("{shown}: {error}; let the app read it"), is_lasting: true }),
        }
    }

    async fn keep(&self, text: &str) -> Result<(), String> {
        let path = self.last_good_path();
        let shown = path.display().to_string();
        let text = text.to_owned();
        let kept = off_thread(move || match std::fs::read(&path) {
            Ok(bytes) if bytes == text.as_bytes() => Ok(()),
            _ => replace(&path, text.as_bytes()),
        });
        kept.await.map_err(|error| format!("{shown}: {error}"))
    }
}

/// What a look sees of a file without reading it.
struct Traits {
    tag: Tag,
    modified_at: Option<OffsetDateTime>,
}

impl FileSource {
    async fn traits_of_file(&self) -> Result<Traits, Unreadable> {
        let path = self.path.clone();
        let metadata = off_thread(move || std::fs::metadata(path)).await.map_err(|error| self.unreadable(&error))?;
        if !metadata.is_file() {
            // A named pipe would keep its reader waiting for ever.
            let why = format!("{} is not a file; name the allowlist itself", self.path.display());
            return Err(Unreadable { why, is_lasting: true });
        }
        let modified_at = modified_at(&metadata);
        let nanoseconds = modified_at.map_or(0, OffsetDateTime::unix_timestamp_nanos);
        // Archives restore the time, and another file may be as long: which file it is, and when it came, tell it apart.
        let (file, changed) = (metadata.ino(), (metadata.ctime(), metadata.ctime_nsec()));
        Ok(Traits { tag: Tag(format!("{nanoseconds}/{}/{file}/{changed:?}", metadata.len())), modified_at })
    }

    fn unreadable(&self, error: &io::Error) -> Unreadable {
        let why = format!("{}: {error}; put the allowlist there and let the app read it", self.path.display());
        Unreadable { why, is_lasting: true }
    }
}

/// Files are read and written on threads that may wait: no event waits for a slow share.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(io::Error::other(error)),
    }
}

fn modified_at(metadata: &Metadata) -> Option<OffsetDateTime> {
    metadata.modified().ok().map(OffsetDateTime::from)
}

/// The file's bytes, or `None` where there are more than an allowlist has.
fn read_bounded(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    // One more than may be, which tells a file of just this size from a larger one.
    File::open(path)?.take(Allowlist::FILE_MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= Allowlist::FILE_MAX_BYTES).then_some(bytes))
}

/// Puts a file in the place of another, whole or not at all, whatever happens to this process or the machine.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", uuid::Uuid::new_v4().simple()));
    let beside = PathBuf::from(beside);
    let written = write_through(&beside, content).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // It may not even be there.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn write_through(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
