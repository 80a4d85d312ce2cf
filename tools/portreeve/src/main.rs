//! The operators' command line: it checks, tests, compares and explains allowlists, says what is known of Private Link, and
//! shows and resubmits dead letters. Nothing else does it change in Azure.

mod allowlist;
mod catalogue;
mod command_line;
mod connections;
mod day;
mod dead_letters;
mod diagnostic;
mod explain;
mod explanation;
mod input;
mod json;
mod live;
mod loaded;
mod outcome;
mod printable;
mod report;
mod table;

use std::process::ExitCode;

use clap::Parser as _;

use crate::command_line::{AllowlistCommand, Command, CommandLine};
use crate::outcome::Outcome;

fn main() -> ExitCode {
    run(CommandLine::parse().command).print()
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Allowlist { command } => match command {
            AllowlistCommand::Check(arguments) => allowlist::check::run(&arguments),
            AllowlistCommand::Test(arguments) => allowlist::test::run(&arguments),
            AllowlistCommand::Diff(arguments) => allowlist::diff::run(&arguments),
            AllowlistCommand::Schema => allowlist::schema::run(),
            AllowlistCommand::Fmt(arguments) => allowlist::fmt::run(&arguments),
        },
        Command::Catalogue { command } => catalogue::run(&command),
        Command::DeadLetters { command } => dead_letters::run(&command),
        Command::Explain(arguments) => explain::run(&arguments),
    }
}
