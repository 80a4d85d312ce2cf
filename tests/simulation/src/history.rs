//! The history as it is told: a line for each thing that happens, and one number for all of them.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The lines of one history.
#[derive(Debug)]
pub(crate) struct History {
    began: Instant,
    lines: Mutex<String>,
}

impl History {
    /// Begins now.
    pub fn begin() -> Self {
        Self { began: Instant::now(), lines: Mutex::default() }
    }

    /// How long it has lasted.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Tells one thing about one actor.
    pub fn tell(&self, actor: &str, what: impl std::fmt::Display) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(lines, "{:10.3}  {actor:<12} {what}", self.elapsed().as_secs_f64());
    }

    /// Everything told so far.
    pub fn text(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
