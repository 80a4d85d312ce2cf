//! `portreeve allowlist fmt`: one canonical layout, with comments and meaning kept.

mod layout;
mod replace_file;

use std::path::Path;

use crate::command_line::FmtArguments;
use crate::input;
use crate::outcome::{Exit, Outcome};
use crate::report::counted;

/// What became of one file.
enum Laid {
    /// It was as it should be.
    AsItWas,
    /// It was not, and (unless only checked) is now.
    Anew,
    /// It cannot be laid out.
    Refused,
    /// It could not be read or written.
    Failed,
}

/// Lays the files out anew, or says which are laid out otherwise.
pub fn run(arguments: &FmtArguments) -> Outcome {
    let mut outcome = Outcome { printed: String::new(), complaints: Vec::new(), exit: Exit::Good };
    let (mut anew, mut as_they_were) = (0, 0);
    for path in &arguments.files {
        let exit = match lay_out(path, arguments.check, &mut outcome) {
            Laid::AsItWas => {
                as_they_were += 1;
                Exit::Good
            }
            Laid::Anew => {
                anew += 1;
                if arguments.check { Exit::Bad } else { Exit::Good }
            }
            Laid::Refused => Exit::Bad,
            Laid::Failed => Exit::NoAnswer,
        };
        outcome.exit = outcome.exit.max(exit);
    }
    // Standard output may be the formatted text itself.
    if arguments.check || !arguments.files.iter().any(|path| input::is_standard_input(path)) {
        let verb = if arguments.check { "to be laid out anew" } else { "laid out anew" };
        outcome.printed.push_str(&format!("{} {verb}, {as_they_were} as it should be\n", counted(anew, "file")));
    }
    outcome
}

fn lay_out(path: &Path, only_check: bool, outcome: &mut Outcome) -> Laid {
    let name = input::shown(path);
    let text = match input::read_text(path) {
        Ok(text) => text,
        Err(why) => {
            outcome.complaints.push(why);
            return Laid::Failed;
        }
    };
    let laid_out = match layout::laid_out(&text) {
        Ok(laid_out) => laid_out,
        Err(why) => {
            outcome.complaints.push(format!("{name}: {why}"));
            return Laid::Refused;
        }
    };
    if only_check {
        return if laid_out == text {
            Laid::AsItWas
        } else {
            outcome.printed.push_str(&format!("{name}: is laid out otherwise\n"));
            Laid::Anew
        };
    }
    if input::is_standard_input(path) {
        outcome.printed.push_str(&laid_out);
        return Laid::Anew;
    }
    if laid_out == text {
        return Laid::AsItWas;
    }
    if let Err(error) = replace_file::replace(path, &laid_out) {
        outcome.complaints.push(format!("{name}: it cannot be written: {error}"));
        return Laid::Failed;
    }
    outcome.printed.push_str(&format!("{name}: laid out anew\n"));
    Laid::Anew
}
