//! The program that the Functions host starts.

use std::process::ExitCode;

use portreeve_handler::{Settings, logging, run};

fn main() -> ExitCode {
    logging::start();
    let settings = match Settings::read(|name| std::env::var(name).ok()) {
        Ok(settings) => settings,
        Err(errors) => {
            for error in errors {
                tracing::error!(event = "setting", setting = error.name, "{error}");
                // The host shows the last lines of standard error when a handler dies at start.
                eprintln!("{error}");
            }
            return ExitCode::FAILURE;
        }
    };
    match run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(event = "stopped", "{error}");
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
