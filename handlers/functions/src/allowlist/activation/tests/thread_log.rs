//! The log of one test, which runs on one thread.
//!
//! There is one subscriber for all tests, which writes to the thread that a record comes from. A subscriber for each
//! thread would lose records: whether anybody wants the records of one place in the code is asked when the first thread
//! comes there, and if that one has no subscriber the answer is no, for all threads.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;

use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThisThread;

impl Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts logging, once for all tests. Every test comes by here before it causes a record.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(|| ThisThread);
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::set_global_default(subscriber).expect("no other test sets one");
    });
}

/// What this thread has logged since it was asked last.
pub(super) struct Log;

impl Log {
    /// Begins with nothing: a thread may have run another test before.
    pub fn start() -> Self {
        install();
        LINES.take();
        Self
    }

    /// The records since the last call, as level and message.
    pub fn news(&self) -> Vec<String> {
        let shown =
            |record: &Value| format!("{} {}", record["level"].as_str().unwrap(), record["message"].as_str().unwrap());
        self.records().iter().map(shown).collect()
    }

    /// The records since the last call.
    #[expect(clippy::unused_self, reason = "a log that was not started holds what came before")]
    pub fn records(&self) -> Vec<Value> {
        let lines = String::from_utf8(LINES.take()).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
