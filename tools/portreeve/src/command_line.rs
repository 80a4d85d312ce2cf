//! The commands and their arguments.

mod catalogue;
mod dead_letters;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use portreeve_decisions::resource_id::ResourceId;
use time::Date;

pub use self::catalogue::{
    CatalogueCommand, CoverageArguments, ListArguments, ResultFormat, ShowArguments, ZonesArguments,
};
pub use self::dead_letters::{DeadLettersCommand, ListLettersArguments, ResubmitArguments, ShowLetterArguments};
use crate::day;
use crate::diagnostic::checks;

/// Checks, tests, compares and explains the allowlists of Portreeve, says what it knows of Private Link, and shows and
/// resubmits its dead letters. Changes nothing else in Azure.
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
    /// Says what is known of Private Link: types, group ids and zones
    Catalogue {
        /// What is asked of it.
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Shows and resubmits dead letters: work that Portreeve could not finish
    DeadLetters {
        /// What to do with them.
        #[command(subcommand)]
        command: DeadLettersCommand,
    },
    /// Says what becomes of one connection, and why: the rule, the rules that it beat, and for a hold those that came near
    ///
    /// Ends with 0, with 1 if the allowlist is refused, and with 2 if something cannot be read.
    Explain(ExplainArguments),
}

/// What can be done with allowlist files.
#[derive(Debug, Subcommand)]
pub enum AllowlistCommand {
    /// Says what is wrong or doubtful in allowlist files, where, and what to do about it
    ///
    /// Ends with 0 if there are no errors, with 1 if there are, and with 2 if a file cannot be read.
    #[command(after_long_help = list_of_checks())]
    Check(CheckArguments),
    /// Runs the tests that allowlist files carry, and says of each failure what was decided and why
    ///
    /// Ends with 0 if all pass, with 1 if one fails or a file is refused, and with 2 if a file cannot be read.
    Test(TestArguments),
    /// Says which connections another version of an allowlist decides otherwise, what becomes more permissive first
    ///
    /// Ends with 0, with 1 if a file is refused, and with 2 if something cannot be read.
    Diff(DiffArguments),
    /// Prints the JSON Schema of allowlist files, for editors
    Schema,
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

/// The arguments of `allowlist test`.
#[derive(Args, Debug)]
pub struct TestArguments {
    /// Allowlist files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// For whom the result is
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub at: At,
}

/// The arguments of `allowlist diff`.
#[derive(Args, Debug)]
pub struct DiffArguments {
    /// The allowlist as it is
    pub old: PathBuf,
    /// The allowlist as it would be
    pub new: PathBuf,
    /// A list of connections (YAML or JSON, each with the keys of `connection:` in a test); `live` reads Azure
    #[arg(long, value_name = "FILE|live")]
    pub connections: PathBuf,
    /// For whom the result is
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub at: At,
}

/// The arguments of `explain`.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("what").required(true).args(["connection", "id"])))]
pub struct ExplainArguments {
    /// The allowlist
    #[arg(long, value_name = "FILE")]
    pub allowlist: PathBuf,
    /// A connection in a file (YAML or JSON, with the keys of `connection:` in a test)
    #[arg(long, value_name = "FILE")]
    pub connection: Option<PathBuf>,
    /// The resource id of a connection or of a private endpoint, which is read from Azure
    #[arg(value_parser = resource_id)]
    pub id: Option<ResourceId>,
    /// For whom the result is
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
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

/// The checks, for `--help`.
fn list_of_checks() -> String {
    let width = checks().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let lines = checks().map(|(name, severity, about)| format!("\n  {name:width$}  {severity}: {about}"));
    format!("Checks, with the most that a finding matters:{}", lines.collect::<String>())
}

fn resource_id(text: &str) -> Result<ResourceId, String> {
    ResourceId::parse(text).map_err(|error| error.to_string())
}

/// For whom a result is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Format {
    /// People
    Text,
    /// Programs
    Json,
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
