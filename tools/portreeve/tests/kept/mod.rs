//! Files of this repository that are made from what the program knows.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of this repository.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of this repository.
pub fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What is kept has to be what it would be now. `PORTREEVE_UPDATE_GUIDE=1` writes that.
pub fn check_kept(path: &str, kept: &str, now: &str) {
    if kept == now {
        return;
    }
    if std::env::var_os("PORTREEVE_UPDATE_GUIDE").is_some() {
        fs::write(workspace().join(path), now).unwrap();
        return;
    }
    let mut pairs = kept.lines().zip(now.lines()).enumerate();
    let (line, (kept, now)) = pairs.find(|(_, (kept, now))| kept != now).unwrap_or((0, ("", "")));
    panic!("{path}:{}: says `{kept}`\nand now it is `{now}`\nto write it anew: PORTREEVE_UPDATE_GUIDE=1", line + 1);
}
