//! What a command ends with: text for standard output, complaints for standard error, and the exit code.

use std::io::{self, Write as _};
use std::process::ExitCode;

/// How a command ended, as scripts see it. clap uses 2 for bad arguments, too.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Exit {
    /// 0: nothing stands in the way.
    Good = 0,
    /// 1: the answer is no: errors were found, tests failed, a file was refused.
    Bad = 1,
    /// 2: there is no answer: something could not be read or written.
    NoAnswer = 2,
}

/// The result of a command. Nothing is printed before the command is finished.
#[derive(Debug)]
pub struct Outcome {
    /// For standard output.
    pub printed: String,
    /// For standard error, one line each.
    pub complaints: Vec<String>,
    /// How it ended.
    pub exit: Exit,
}

impl Outcome {
    /// A command that could not give an answer.
    pub fn no_answer(complaint: impl Into<String>) -> Self {
        Self { printed: String::new(), complaints: vec![complaint.into()], exit: Exit::NoAnswer }
    }

    /// Prints it and gives the process's exit code.
    pub fn print(self) -> ExitCode {
        for complaint in &self.complaints {
            eprintln!("portreeve: {complaint}");
        }
        match io::stdout().write_all(self.printed.as_bytes()).and_then(|()| io::stdout().flush()) {
            // Whoever reads the output (`head`) has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(self.exit as u8),
            Err(error) => {
                eprintln!("portreeve: standard output cannot be written: {error}");
                ExitCode::from(Exit::NoAnswer as u8)
            }
            Ok(()) => ExitCode::from(self.exit as u8),
        }
    }
}
