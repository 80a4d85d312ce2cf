//! `portreeve`, as an operator runs it against this Azure.

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::Context;
use tokio::process::Command;

use crate::{Platform, workspace_root};

/// What a command ended with.
#[derive(Clone, Debug)]
pub struct Printed {
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub complaints: String,
    /// The exit code.
    pub code: i32,
}

impl Platform {
    /// Runs `portreeve` with these arguments, separated by spaces, in this Azure's environment.
    pub async fn portreeve(&self, arguments: &str) -> anyhow::Result<Printed> {
        let mut command = Command::new(executable()?);
        command.args(arguments.split_whitespace()).env_clear().envs(self.azure.environment());
        let output = command.output().await?;
        Ok(Printed {
            output: String::from_utf8(output.stdout)?,
            complaints: String::from_utf8(output.stderr)?,
            code: output.status.code().context("it was killed")?,
        })
    }
}

/// The program, built if it is not.
fn executable() -> anyhow::Result<PathBuf> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let build = || local_azure::handler_executable::build_binary(&workspace_root(), "portreeve", "dev");
    let built = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}")));
    built.clone().map_err(anyhow::Error::msg).context("build the command line")
}
