//! The vocabulary of the whole-system tests and the demo: a platform team's Azure with Portreeve at work in it.
//!
//! It speaks to Azure as people do, over ARM, and sees of Portreeve what people see: the state of the cloud and the log.

mod allowlist;
mod arm_client;
mod command_line;
mod crash;
mod journal;
mod life;
mod lone_handler;
mod managed_endpoints;
mod networks;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use local_azure::delivery_pace::DeliveryPace;
use local_azure::running_cloud::OperationPace;
use local_azure::{Cloud, Handler, LocalAzure, Options};
use serde_json::Value;

pub use allowlist::{APPLICATIONS, CONNECTIVITY, PLATFORM, USUAL_DNS, allowlist, allowlist_with};
pub use arm_client::{ArmAnswer, ArmClient};
pub use command_line::Printed;
pub use crash::{CrashPoint, Lived, live};
pub use journal::{Record, event_about};
pub use lone_handler::LoneHandler;
pub use networks::{NewEndpoint, endpoint_id, network_id, zone_id, zone_id_in};

/// The allowlist's name in a directory of its own.
const ALLOWLIST_FILE: &str = "allowlist.yaml";

/// How old the allowlist is when the handler starts.
const HOUR: Duration = Duration::from_secs(3600);

/// How long a test waits for the platform to come to rest. Only a failure waits that long.
const REST_LIMIT: Duration = Duration::from_secs(120);

/// A running platform. It stops when this is dropped.
pub struct Platform {
    /// The cloud, for what only the test may know: faults, queues, invocations.
    pub azure: LocalAzure,
    /// ARM, as a person with every right.
    pub arm: ArmClient,
    allowlist: tempfile::TempDir,
}

impl Platform {
    /// Starts a cloud with the handler at work by this allowlist.
    pub async fn start(allowlist: &str) -> anyhow::Result<Self> {
        Self::start_with(allowlist, handler_executable()?, OperationPace::brisk()).await
    }

    /// The same in one of Azure's clouds.
    pub async fn start_in(cloud: Cloud, allowlist: &str) -> anyhow::Result<Self> {
        Self::start_with_all(cloud, allowlist, Vec::new(), handler_executable()?, brisk()).await
    }

    /// The same with a handler that is built already, in a cloud of this pace.
    pub async fn start_with(allowlist: &str, executable: PathBuf, pace: OperationPace) -> anyhow::Result<Self> {
        Self::start_with_all(Cloud::Public, allowlist, Vec::new(), executable, (pace, DeliveryPace::default())).await
    }

    /// The same with one invocation after the other, so that each run makes the same requests in the same order.
    pub async fn start_in_turn(allowlist: &str) -> anyhow::Result<Self> {
        let paces = (OperationPace::brisk(), DeliveryPace::in_turn());
        Self::start_with_all(Cloud::Public, allowlist, Vec::new(), handler_executable()?, paces).await
    }

    async fn start_with_all(
        cloud: Cloud,
        allowlist: &str,
        mut settings: Vec<(String, String)>,
        executable: PathBuf,
        paces: (OperationPace, DeliveryPace),
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join(ALLOWLIST_FILE);
        std::fs::write(&file, allowlist)?;
        // One that was edited a moment ago is looked at twice before it is believed.
        std::fs::File::open(&file)?.set_modified(SystemTime::now() - HOUR)?;
        settings.push(("PORTREEVE_ALLOWLIST".to_owned(), file.display().to_string()));
        Self::start_by(cloud, settings, executable, paces, directory).await
    }

    /// Starts one whose handler has these settings, too.
    pub async fn start_with_settings(allowlist: &str, settings: Vec<(String, String)>) -> anyhow::Result<Self> {
        Self::start_with_all(Cloud::Public, allowlist, settings, handler_executable()?, brisk()).await
    }

    /// The same with a handler that finds its allowlist by these settings.
    pub async fn start_by_settings(settings: Vec<(String, String)>) -> anyhow::Result<Self> {
        Self::start_by(Cloud::Public, settings, handler_executable()?, brisk(), tempfile::tempdir()?).await
    }

    async fn start_by(
        cloud: Cloud,
        mut settings: Vec<(String, String)>,
        executable: PathBuf,
        (pace, delivery_pace): (OperationPace, DeliveryPace),
        allowlist: tempfile::TempDir,
    ) -> anyhow::Result<Self> {
        settings.push(("PORTREEVE_ALLOWLIST_POLL_SECONDS".to_owned(), "1".to_owned()));
        let options = Options {
            app_root: workspace_root(),
            handler: Handler::Executable(executable),
            handler_settings: settings,
            pace,
            delivery_pace,
            cloud,
            echo_logs: false,
        };
        let azure = LocalAzure::start(options).await?;
        let arm = ArmClient::new(&azure)?;
        Ok(Self { azure, arm, allowlist })
    }

    /// Puts another allowlist in the place of the present one, as ops do while the handler runs: whole, in one moment.
    pub fn edit_allowlist(&self, text: &str) -> anyhow::Result<()> {
        let beside = self.allowlist.path().join("edited.yaml");
        std::fs::write(&beside, text)?;
        Ok(std::fs::rename(beside, self.allowlist.path().join(ALLOWLIST_FILE))?)
    }

    /// Puts another allowlist in force by starting the handler anew.
    pub async fn change_allowlist(&self, text: &str) -> anyhow::Result<()> {
        self.edit_allowlist(text)?;
        self.azure.functions_host.restart_handler().await
    }

    /// Returns once nothing is in flight: no event, no message that is due within `horizon`, no invocation; and once
    /// the log of all that has been read.
    pub async fn at_rest(&self, horizon: Duration) {
        self.settled(horizon).await;
        self.read_log_to_here().await;
    }

    async fn settled(&self, horizon: Duration) {
        if let Err(error) = self.azure.settled_until(REST_LIMIT, horizon).await {
            panic!("{error:#}; the log:\n{}", self.azure.functions_host.handler_output().join("\n"));
        }
    }

    /// What the environment file of the local Azure says for a key.
    #[must_use]
    pub fn environment(&self, name: &str) -> String {
        let pairs = self.azure.environment();
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// Calls a Function by the host's administration endpoint, as a person does by hand.
    pub async fn run_function(&self, function: &str, input: &Value) -> anyhow::Result<()> {
        let url = format!("{}/admin/functions/{function}", self.azure.functions_host.url());
        let body = serde_json::json!({ "input": input.to_string() }).to_string();
        let answer = self.arm.http().post(url).header("content-type", "application/json").body(body).send().await?;
        anyhow::ensure!(answer.status() == 202, "the host answered {}", answer.status());
        Ok(())
    }
}

impl Platform {
    /// Puts a message on a queue, as anybody with the right to send could.
    pub async fn send(&self, queue: &str, body: &str) -> anyhow::Result<()> {
        self.send_as(queue, "{}", body).await
    }

    /// The same with broker properties, which are JSON.
    pub async fn send_as(&self, queue: &str, broker_properties: &str, body: &str) -> anyhow::Result<()> {
        let token = self.azure.cloud.tokens.issue("https://servicebus.azure.net", i64::MAX);
        let url = format!("{}/{queue}/messages", self.azure.service_bus.endpoint());
        let request = self.arm.http().post(url).header("authorization", format!("Bearer {token}"));
        let request = request.header("BrokerProperties", broker_properties);
        let answer = request.body(body.to_owned()).send().await?;
        anyhow::ensure!(answer.status() == 201, "Service Bus answered {}", answer.status());
        Ok(())
    }
}

fn brisk() -> (OperationPace, DeliveryPace) {
    (OperationPace::brisk(), DeliveryPace::default())
}

/// The workspace, which is the app's root: `host.json` and `function-definitions/` are there.
#[must_use]
pub fn workspace_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The handler's program, built if it is not.
///
/// # Errors
/// Where it cannot be built.
pub fn handler_executable() -> anyhow::Result<PathBuf> {
    static BUILT: std::sync::OnceLock<Result<PathBuf, String>> = std::sync::OnceLock::new();
    let built = BUILT.get_or_init(|| {
        local_azure::handler_executable::build(&workspace_root(), "dev").map_err(|error| format!("{error:#}"))
    });
    built.clone().map_err(anyhow::Error::msg).context("build the handler")
}
