use std::fs;
use std::sync::Mutex;

use tempfile::TempDir;

use super::*;

/// A clock by which files written now were written long ago, or a moment ago; whoever sleeps on it gives the test its
/// turn.
struct Turns {
    ahead: Duration,
    in_sleep: Mutex<Box<dyn FnMut() + Send>>,
}

impl std::fmt::Debug for Turns {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Turns")
    }
}

#[async_trait]
impl Clock for Turns {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + self.ahead
    }

    async fn sleep(&self, duration: Duration) {
        assert_eq!(duration, LOOKS_APART);
        (self.in_sleep.lock().unwrap())();
    }
}

/// When the tests' files were written, whatever the machine's clock says.
const WRITTEN_AT: Duration = Duration::from_secs(1_000_000);

fn write(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    written_at(path, WRITTEN_AT);
}

fn written_at(path: &Path, at: Duration) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH + at).unwrap();
}

/// A source of one file, and the number of second looks that it took.
fn source(
    age: Duration,
    mut in_sleep: impl FnMut(&Path) + Send + 'static,
) -> (TempDir, PathBuf, FileSource, Arc<Mutex<u32>>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("allowlist.yaml");
    let sleeps = Arc::new(Mutex::new(0));
    let (counted, slept_at) = (sleeps.clone(), path.clone());
    let in_sleep: Box<dyn FnMut() + Send> = Box::new(move || {
        *counted.lock().unwrap() += 1;
        in_sleep(&slept_at);
    });
    let clock = Turns { ahead: WRITTEN_AT + age, in_sleep: Mutex::new(in_sleep) };
    (directory, path.clone(), FileSource::new(path, Arc::new(clock)), sleeps)
}

const YOUNG: Duration = Duration::from_secs(2);
const OLD: Duration = Duration::from_secs(3600);

async fn content(source: &FileSource) -> (Tag, Vec<u8>) {
    match source.look(None).await {
        Ok(Look::Other { tag, content: Some(content) }) => (tag, content),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_file_is_taken_once_it_is_at_rest() {
    for (age, second_looks) in [(YOUNG, 1), (OLD, 0)] {
        let (_directory, path, source, sleeps) = source(age, |_| {});
        write(&path, b"version: 1");
        let (tag, bytes) = content(&source).await;
        assert_eq!((bytes.as_slice(), *sleeps.lock().unwrap()), (b"version: 1".as_slice(), second_looks));
        assert_eq!(source.look(Some(&tag)).await, Ok(Look::Same));
        assert_eq!(*sleeps.lock().unwrap(), second_looks, "what was seen needs no second look");
    }
}

#[tokio::test]
async fn a_copy_under_way_is_not_taken() {
    let mut parts = vec![b"version: 1\nrules: []\n".to_vec(), b"version: 1\n".to_vec()];
    let (_directory, path, source, _) = source(YOUNG, move |path| {
        if let Some(more) = parts.pop() {
            write(path, &more);
        }
    });
    write(&path, b"vers");
    assert_eq!(source.look(None).await, Ok(Look::BeingWritten));
    assert_eq!(source.look(None).await, Ok(Look::BeingWritten));
    assert_eq!(content(&source).await.1, b"version: 1\nrules: []\n");
}

#[tokio::test]
async fn an_edit_is_seen_by_its_time_or_its_length() {
    let (_directory, path, source, _) = source(OLD, |_| {});
    write(&path, b"a");
    let (tag, _) = content(&source).await;
    written_at(&path, WRITTEN_AT + Duration::from_nanos(1));
    assert_ne!(source.look(Some(&tag)).await, Ok(Look::Same));
    write(&path, b"ab");
    assert_ne!(source.look(Some(&tag)).await, Ok(Look::Same));
}

#[tokio::test]
async fn what_is_no_file_is_not_read() {
    let (directory, path, source, _) = source(OLD, |_| {});
    let error = source.look(None).await.unwrap_err();
    assert!(error.is_lasting && error.why.contains("put the allowlist there"), "{error}");
    fs::create_dir(&path).unwrap();
    assert!(source.look(None).await.unwrap_err().why.contains("is not a file"));
    drop(directory);
    assert!(source.look(None).await.is_err());
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_kept_in_memory() {
    let (_directory, path, source, _) = source(OLD, |_| {});
    // Sparse: it takes no room.
    File::create(&path).unwrap().set_len(Allowlist::FILE_MAX_BYTES as u64 + 1).unwrap();
    written_at(&path, WRITTEN_AT);
    assert!(matches!(source.look(None).await, Ok(Look::Other { content: None, .. })));
}

#[tokio::test]
async fn the_last_good_version_is_kept_beside_it_whole() {
    let (directory, path, source, _) = source(OLD, |_| {});
    assert_eq!(source.last_good().await, Ok(None));
    for text in ["one", "two", "two"] {
        source.keep(text).await.unwrap();
        let kept = source.last_good().await.unwrap().unwrap();
        assert!(kept.text == text && kept.kept_at.is_some());
    }
    let names: Vec<_> = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["allowlist.yaml.last-good"], "and nothing else is left there");
    assert!(!path.exists());
    fs::write(source.last_good_path(), [0xff, 0xfe]).unwrap();
    assert!(source.last_good().await.unwrap_err().why.contains("damaged"));
}

#[tokio::test]
async fn a_place_that_cannot_be_written_to_says_so() {
    let (directory, _, source, _) = source(OLD, |_| {});
    drop(directory);
    assert!(source.keep("one").await.unwrap_err().contains("allowlist.yaml.last-good: "));
}
