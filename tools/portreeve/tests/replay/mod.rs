//! Plays terminal sessions: a line that begins with `$ ` is a command for `sh`, and below it stands everything that it
//! printed, standard error last, and its exit code where that is not 0.

use std::path::Path;
use std::process::Command;

/// Variables for commands, beside the search path.
pub type Environment<'a> = &'a [(&'a str, String)];

/// The session with each command's output as it is now, run in `place`. What stands in front of the first command stays.
pub fn play(session: &str, place: &Path, environment: Environment<'_>) -> String {
    let heading = session.lines().take_while(|line| !line.starts_with("$ "));
    let mut played: String = heading.map(|line| format!("{line}\n")).collect();
    let commands: Vec<&str> = session.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    for (index, command) in commands.iter().enumerate() {
        let separator = if index == 0 { "" } else { "\n" };
        played.push_str(&format!("{separator}$ {command}\n{}", run(command, place, environment)));
    }
    played
}

/// What one command prints.
pub fn run(command: &str, place: &Path, environment: Environment<'_>) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_portreeve"));
    let system_path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(place)
        .env_clear()
        .env("PATH", format!("{}:{system_path}", program.parent().unwrap().display()))
        .envs(environment.iter().map(|(name, value)| (*name, value)))
        .output()
        .unwrap();
    let mut printed = String::from_utf8(output.stdout).unwrap();
    printed.push_str(&String::from_utf8(output.stderr).unwrap());
    let code = output.status.code().unwrap();
    if code != 0 {
        printed.push_str(&format!("[exit {code}]\n"));
    }
    printed
}
