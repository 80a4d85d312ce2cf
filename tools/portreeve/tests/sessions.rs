//! What an operator sees: each file of `sessions/` is a terminal session, played again and compared.
//!
//! A line that begins with `$ ` is a command for `sh`, run in a fresh copy of `files/`; below it stands everything that
//! it printed, standard error last, and its exit code where that is not 0. `PORTREEVE_UPDATE_SESSIONS=1 cargo test -p
//! portreeve --test sessions` writes what is printed now; read the difference before you keep it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn sessions_print_what_they_say() {
    let sessions = folder("sessions");
    let mut paths: Vec<PathBuf> = fs::read_dir(&sessions).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let mut differing = Vec::new();
    for path in paths {
        let expected = fs::read_to_string(&path).unwrap();
        let played = play(&expected);
        if played == expected {
            continue;
        }
        if std::env::var_os("PORTREEVE_UPDATE_SESSIONS").is_some() {
            fs::write(&path, played).unwrap();
        } else {
            differing.push(format!("--- {} now reads:\n{played}", path.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The session with each command's output as it is now. What stands in front of the first command stays.
fn play(session: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder("files")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), place.path().join(entry.file_name())).unwrap();
    }
    let heading = session.lines().take_while(|line| !line.starts_with("$ "));
    let mut played: String = heading.map(|line| format!("{line}\n")).collect();
    let commands: Vec<&str> = session.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    for (index, command) in commands.iter().enumerate() {
        let separator = if index == 0 { "" } else { "\n" };
        played.push_str(&format!("{separator}$ {command}\n{}", run(command, place.path())));
    }
    played
}

fn run(command: &str, place: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_portreeve"));
    let system_path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(place)
        .env_clear()
        .env("PATH", format!("{}:{system_path}", program.parent().unwrap().display()))
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
