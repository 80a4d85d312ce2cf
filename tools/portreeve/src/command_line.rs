//! The commands and their arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use time::Date;

use crate::day;

/// Checks, tests, compares and explains the allowlists of Portreeve. Changes nothing in Azure.
#[derive(Debug, Parser)]
#[command(name = "portreeve", version, max_term_width = 100)]
pub struct CommandLine {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Works on allowlist files
    Allowlist {
        /// What to do with them.
        #[command(subcommand)]
        command: AllowlistCommand,
    },
}

/// What can be done with allowlist files.
#[derive(Debug, Subcommand)]
pub enum AllowlistCommand {
    /// Says what is wrong or doubtful in allowlist files, where, and what to do about it
    ///
    /// Ends with 0 if there are no errors, with 1 if there are, and with 2 if a file cannot be read.
    Check(CheckArguments),
    /// Lays allowlist files out in the one canonical way; comments and meaning stay
    ///
    /// Ends with 0 if all is well, with 1 if a file is no YAML (or, with --check, is laid out otherwise), and with 2 if a
    /// file cannot be read or written. From standard input it writes to standard output.
    Fmt(FmtArguments),
}

/// The arguments of `allowlist check`.
#[derive(Args, Debug)]
pub struct CheckArguments {
    /// Allowlist files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// For whom the result is
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    #[command(flatten)]
    pub at: At,
}

/// The arguments of `allowlist fmt`.
#[derive(Args, Debug)]
pub struct FmtArguments {
    /// Allowlist files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Change nothing, and say which files are laid out otherwise
    #[arg(long)]
    pub check: bool,
}

/// The day that counts as today.
#[derive(Args, Clone, Copy, Debug)]
pub struct At {
    /// The day (UTC) that counts as today, such as 2027-06-30
    #[arg(long = "at", value_name = "DAY", value_parser = day::parse)]
    pub day: Option<Date>,
}

impl At {
    /// The day, or today.
    pub fn day(self) -> Date {
        day::or_today(self.day)
    }
}

/// For whom the result of a check is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum CheckFormat {
    /// People
    Text,
    /// Programs
    Json,
    /// GitHub code scanning and other readers of SARIF 2.1.0
    Sarif,
    /// The annotations of a GitHub Actions run
    Github,
}
