//! The command line of local-azure.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use local_azure::{
    Cloud, EnvFile, Handler, LocalAzure, Options, delivery_pace::DeliveryPace, handler_executable,
    interruption::Interruption, running_cloud::OperationPace,
};
use tokio::task::spawn_blocking;

/// A small Azure on this machine, on loopback.
#[derive(Debug, Parser)]
#[command(version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs until it is interrupted.
    Up(Up),
}

#[derive(Debug, Args)]
struct Up {
    /// Written when everything is ready, removed at the end: where everything is, as KEY=VALUE lines
    #[arg(long, value_name = "FILE")]
    env_file: PathBuf,
    /// The allowlist, for the handler's setting PORTREEVE_ALLOWLIST
    #[arg(long, value_name = "FILE")]
    allowlist: Option<PathBuf>,
    /// You start the handler yourself, with the env file's settings
    #[arg(long, conflicts_with = "handler")]
    no_handler: bool,
    /// The handler's program; otherwise cargo builds the one that host.json names
    #[arg(long, value_name = "PATH")]
    handler: Option<PathBuf>,
    /// Which of Azure's clouds it stands for: its names, zones and regions
    #[arg(long, value_enum, default_value = "public")]
    cloud: Cloud,
    /// The folder with host.json and function-definitions
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))]
    app_root: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Up(arguments) = CommandLine::parse().command;
    match up(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("local-azure: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn up(arguments: Up) -> anyhow::Result<()> {
    let mut interruption = Interruption::listen()?;
    let env_file = arguments.env_file.clone();
    let running = async {
        let local_azure = LocalAzure::start(spawn_blocking(|| options(arguments)).await??).await?;
        let env_file = EnvFile::write(&env_file, &local_azure.environment())?;
        anyhow::Ok((local_azure, env_file))
    };
    let (local_azure, env_file) = tokio::select! {
        running = running => running?,
        () = interruption.wait() => return Ok(()),
    };
    interruption.wait().await;
    drop(env_file);
    local_azure.stop().await;
    Ok(())
}

fn options(arguments: Up) -> anyhow::Result<Options> {
    let app_root = arguments.app_root.canonicalize().with_context(|| {
        format!("there is no folder {}; --app-root names the one with host.json", arguments.app_root.display())
    })?;
    let handler = match arguments.handler {
        Some(path) if !path.is_file() => bail!("there is no handler {}; --handler names a program", path.display()),
        Some(path) => Handler::Executable(path),
        None if arguments.no_handler => Handler::External,
        None => Handler::Executable(handler_executable::build(&app_root, "dev")?),
    };
    let handler_settings = arguments.allowlist.map(allowlist_setting).transpose()?.into_iter().collect();
    let cloud = arguments.cloud;
    Ok(Options {
        app_root,
        handler,
        handler_settings,
        pace: OperationPace::default(),
        delivery_pace: DeliveryPace::default(),
        cloud,
        echo_logs: true,
    })
}

fn allowlist_setting(path: PathBuf) -> anyhow::Result<(String, String)> {
    let absolute = path.canonicalize().with_context(|| {
        format!(
            "there is no allowlist {}; --allowlist names a YAML file, and without it everything is held",
            path.display()
        )
    })?;
    Ok(("PORTREEVE_ALLOWLIST".to_owned(), absolute.display().to_string()))
}
