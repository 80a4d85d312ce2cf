//! What the handler writes: one log record for each line.
//! Source: `WorkerProcess` of Azure/azure-functions-host.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    sync::watch,
    task::JoinHandle,
};

use crate::console::Console;

/// The level that the host gives a line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Level {
    /// Standard output.
    Information,
    /// Standard error with "warn" in it.
    Warning,
    /// Other standard error.
    Error,
}

/// One line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutputLine {
    /// The level that the host gives it.
    pub level: Level,
    /// The line without its end.
    pub text: String,
}

/// All lines of all runs of the handler.
#[derive(Debug)]
pub(super) struct HandlerOutput {
    lines: Mutex<Vec<OutputLine>>,
    count: watch::Sender<usize>,
    console: Console,
}

impl HandlerOutput {
    pub fn new(console: Console) -> Self {
        Self { lines: Mutex::default(), count: watch::Sender::new(0), console }
    }

    pub fn lines(&self) -> Vec<OutputLine> {
        self.lock().clone()
    }

    /// Returns once `count` lines match.
    pub async fn reaches(&self, count: usize, matches: impl Fn(&OutputLine) -> bool) {
        let mut total = self.count.subscribe();
        let (mut seen, mut matching) = (0, 0);
        while matching < count {
            total.borrow_and_update();
            {
                let lines = self.lock();
                matching += lines[seen..].iter().filter(|line| matches(line)).count();
                seen = lines.len();
            }
            if matching < count && total.changed().await.is_err() {
                return;
            }
        }
    }

    /// The last lines of standard error, which say why a handler exited.
    pub fn last_errors(&self, count: usize) -> String {
        let lines = self.lock();
        let errors = lines.iter().rev().filter(|line| line.level == Level::Error).take(count);
        errors.map(|line| line.text.as_str()).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("; ")
    }

    /// Reads a pipe of the handler to its end.
    pub fn collect(self: Arc<Self>, pipe: impl AsyncRead + Unpin + Send + 'static, is_stderr: bool) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut pipe = BufReader::new(pipe);
            let mut bytes = Vec::new();
            while pipe.read_until(b'\n', &mut bytes).await.is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
                self.add(OutputLine { level: level(is_stderr, &text), text });
                bytes.clear();
            }
        })
    }

    fn add(&self, line: OutputLine) {
        self.console.say("handler", &line.text);
        self.lock().push(line);
        self.count.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<OutputLine>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn level(is_stderr: bool, text: &str) -> Level {
    match (is_stderr, text.to_lowercase().contains("warn")) {
        (false, _) => Level::Information,
        (true, true) => Level::Warning,
        (true, false) => Level::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_error_is_an_error_unless_it_says_warn() {
        assert_eq!(level(false, "error: warn"), Level::Information);
        assert_eq!(level(true, "WARNING: low"), Level::Warning);
        assert_eq!(level(true, "thread panicked"), Level::Error);
    }
}
