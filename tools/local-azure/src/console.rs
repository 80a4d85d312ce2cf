//! What a person sees while the local Azure runs: one line for each thing that happened.

use std::io::Write as _;

/// Prints lines to standard output, or nothing where it is muted.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    /// False keeps quiet, as tests want it.
    pub echo: bool,
}

impl Console {
    /// Prints one line: which part speaks, and what it says.
    pub fn say(self, part: &str, text: impl AsRef<str>) {
        if self.echo {
            // Whoever closed our output no longer wants to read; that must not stop the cloud.
            let _ = writeln!(std::io::stdout(), "{part:<12} {}", text.as_ref());
        }
    }
}
