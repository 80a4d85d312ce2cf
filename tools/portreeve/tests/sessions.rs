//! What an operator sees: each file of `sessions/` is a terminal session, played again and compared.
//!
//! Each is run in a fresh copy of `files/`. `PORTREEVE_UPDATE_SESSIONS=1 cargo test -p portreeve --test sessions` writes
//! what is printed now; read the difference before you keep it.

mod letter_box;
mod replay;

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn sessions_print_what_they_say() {
    let sessions = folder("sessions");
    let mut paths: Vec<PathBuf> = fs::read_dir(&sessions).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let mut differing = Vec::new();
    for path in paths {
        let expected = fs::read_to_string(&path).unwrap();
        let played = played_beside_the_files(&expected);
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

fn played_beside_the_files(session: &str) -> String {
    let place = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder("files")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), place.path().join(entry.file_name())).unwrap();
    }
    replay::play(session, place.path(), &letter_box::environment())
}
