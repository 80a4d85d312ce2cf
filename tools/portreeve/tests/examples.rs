//! The allowlists of this repository are what the commands would have them be.

use std::path::Path;
use std::process::Command;

const ALLOWLISTS: [&str; 3] =
    ["infra/allowlists/example.yaml", "tests/azure-cli/allowlist.yaml", "tests/demo/allowlist.yaml"];

fn check(command: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_portreeve"))
        .arg("allowlist")
        .args(command)
        .args(ALLOWLISTS)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn they_have_no_errors() {
    check(&["check"]);
}

#[test]
fn they_pass_their_own_tests() {
    check(&["test"]);
}

#[test]
fn they_are_laid_out_as_all_are() {
    check(&["fmt", "--check"]);
}
