//! `portreeve catalogue`: what is known of Private Link, as the app uses it. Nothing here asks Azure.

mod coverage;
mod json;
mod list;
mod show;
mod type_argument;
mod words;
mod zones;

use crate::command_line::CatalogueCommand;
use crate::outcome::{Exit, Outcome};

/// Answers one question.
pub fn run(command: &CatalogueCommand) -> Outcome {
    match command {
        CatalogueCommand::List(arguments) => list::run(arguments),
        CatalogueCommand::Show(arguments) => show::run(arguments),
        CatalogueCommand::Zones(arguments) => zones::run(arguments),
        CatalogueCommand::Coverage(arguments) => coverage::run(arguments),
    }
}

fn good(printed: String) -> Outcome {
    Outcome { printed, complaints: Vec::new(), exit: Exit::Good }
}

fn bad(complaint: String) -> Outcome {
    Outcome { printed: String::new(), complaints: vec![complaint], exit: Exit::Bad }
}
