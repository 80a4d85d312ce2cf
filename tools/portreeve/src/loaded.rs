//! An allowlist file that was read whole, or why not.

use std::collections::HashMap;
use std::path::Path;

use portreeve_decisions::allowlist::{Allowlist, Rule};

use crate::diagnostic::Diagnostic;
use crate::input::{self, Input};
use crate::outcome::{Exit, Outcome};
use crate::report::{CheckedFile, text};

/// An allowlist with the file that it comes from.
#[derive(Debug)]
pub struct Loaded {
    /// What the file is called.
    pub name: String,
    /// What it means.
    pub allowlist: Allowlist,
    positions: HashMap<Box<str>, usize>,
}

/// Reads an allowlist.
///
/// # Errors
/// The file with what is wrong with it.
pub fn load(path: &Path) -> Result<Loaded, Box<CheckedFile>> {
    let name = input::shown(path);
    let refused = |name, text, diagnostics, left_out| {
        Box::new(CheckedFile { name, text, diagnostics, left_out, unreadable: None })
    };
    match input::read(path) {
        Input::Unreadable(why) => Err(Box::new(CheckedFile { name, unreadable: Some(why), ..CheckedFile::default() })),
        Input::NotText(text, problem) => Err(refused(name, text, vec![*problem], 0)),
        Input::Text(text) => match Allowlist::parse(&text) {
            Ok(allowlist) => {
                let positions = allowlist.rules().iter().enumerate().map(|(at, rule)| (rule.id.clone(), at)).collect();
                Ok(Loaded { name, allowlist, positions })
            }
            Err(error) => {
                let diagnostics = error.problems.into_iter().map(Diagnostic::from).collect();
                Err(refused(name, text, diagnostics, error.left_out))
            }
        },
    }
}

impl Loaded {
    /// Where a rule stands, as `file:line:column`.
    pub fn place_of(&self, id: &str) -> Option<String> {
        let rule = self.rule(id)?;
        Some(format!("{}:{}:{}", self.name, rule.place.line, rule.place.column))
    }

    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        Some(&self.allowlist.rules()[*self.positions.get(id)?])
    }
}

/// How a command ends that needs this file.
pub fn without(file: &CheckedFile) -> Outcome {
    match &file.unreadable {
        Some(why) => Outcome::no_answer(why),
        None => Outcome {
            printed: String::new(),
            complaints: vec![format!("{} is refused:\n\n{}", file.name, text::print_file(file, false).trim_end())],
            exit: Exit::Bad,
        },
    }
}
