//! The handler by itself, with no host before it and no Azure behind it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use local_azure::functions_host::handler_process::unused_port;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// A handler process on a port of its own.
pub struct LoneHandler {
    process: Child,
    output: JoinHandle<Vec<String>>,
    http: reqwest::Client,
    url: String,
}

impl LoneHandler {
    /// Starts one whose Azure is a port where nobody answers.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_by_settings(&[]).await
    }

    /// The same with more settings.
    pub async fn start_by_settings(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let port = unused_port()?;
        let mut process = Command::new(crate::handler_executable()?)
            .env_clear()
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("PORTREEVE_ARM_ENDPOINT", "http://127.0.0.1:1")
            .env("PORTREEVE_SERVICE_BUS_ENDPOINT", "http://127.0.0.1:1")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = process.stdout.take().context("standard output is piped")?;
        let output = tokio::spawn(async move {
            let mut lines = BufReader::new(stdout).lines();
            let mut all = Vec::new();
            while let Ok(Some(line)) = lines.next_line().await {
                all.push(line);
            }
            all
        });
        let handler = Self { process, output, http: reqwest::Client::new(), url: format!("http://127.0.0.1:{port}") };
        handler.ready().await?;
        Ok(handler)
    }

    /// As the host does it: asks every 25 ms until there is any answer.
    async fn ready(&self) -> anyhow::Result<()> {
        for _ in 0..400 {
            if self.http.get(&self.url).send().await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        anyhow::bail!("the handler did not answer within 10 s")
    }

    /// Calls a Function with this body, and returns the status.
    pub async fn post(&self, function: &str, body: String) -> u16 {
        let request = self.http.post(format!("{}/{function}", self.url)).header("content-type", "application/json");
        request.body(body).send().await.expect("the handler lives").status().as_u16()
    }

    /// What `GET /status` says of the allowlist, once the first look at it has ended.
    pub async fn allowlist_status(&self) -> anyhow::Result<serde_json::Value> {
        for _ in 0..400 {
            let answer = self.http.get(format!("{}/status", self.url)).send().await?.text().await?;
            let status: serde_json::Value = serde_json::from_str(&answer)?;
            if status["allowlist"]["why"] != "it is being read" {
                return Ok(status["allowlist"].clone());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        anyhow::bail!("the handler did not read its allowlist within 10 s")
    }

    /// Returns once the handler has kept the last good version of its allowlist: that comes after it is in force.
    pub async fn keeps(&self, last_good: &Path) -> anyhow::Result<()> {
        for _ in 0..400 {
            if last_good.exists() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        anyhow::bail!("the handler did not keep its allowlist within 10 s")
    }

    /// Kills it, and returns every line that it printed.
    pub async fn stop(mut self) -> anyhow::Result<Vec<String>> {
        self.process.kill().await?;
        Ok(self.output.await?)
    }
}
