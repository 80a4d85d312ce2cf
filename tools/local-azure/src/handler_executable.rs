//! Builds the handler with cargo and finds the program that came out.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::functions_host::FunctionApp;

/// Builds the program that `host.json` in `app_root` names, a binary of the workspace there, in one of cargo's profiles:
/// `dev` or `release`.
///
/// # Errors
/// Where the app's files are wrong, or cargo cannot build it; cargo has said why on standard error.
pub fn build(app_root: &Path, profile: &str) -> anyhow::Result<PathBuf> {
    let app = FunctionApp::load(app_root)?;
    let binary = Path::new(&app.host.custom_handler.default_executable_path).file_name().unwrap_or_default();
    build_binary(app_root, &binary.to_string_lossy(), profile)
}

/// Builds a binary of the workspace in `root` in one of cargo's profiles.
///
/// # Errors
/// Where cargo cannot build it; cargo has said why on standard error.
pub fn build_binary(root: &Path, binary: &str, profile: &str) -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    // What cargo tells a program about its package is news to the build scripts that watch it: they would run again, now
    // and at the next build from outside.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    let output = command
        .args(["build", "--quiet", "--profile", profile, "--bin", binary, "--message-format=json-render-diagnostics"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}; install Rust, or name the handler with --handler", cargo.display()))?;
    if !output.status.success() {
        bail!("cargo could not build {binary} in {}", root.display());
    }
    executable(&String::from_utf8_lossy(&output.stdout))
        .with_context(|| format!("{binary} was not built as a binary; name the handler with --handler"))
}

/// The last program that cargo's messages name: the binary comes after the build scripts of its dependencies.
fn executable(messages: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages.rev().find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_executable_is_the_handler() {
        let messages = r#"{"reason":"compiler-artifact","executable":null}
{"reason":"compiler-artifact","executable":"/target/debug/portreeve-handler"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/target/debug/portreeve-handler")));
        assert_eq!(executable(""), None);
    }
}
