//! The whole local Azure: the cloud, Service Bus, Event Grid and the Functions host, wired together.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet, time::Instant};

use crate::{
    activity::Activity,
    azure_cloud::Cloud,
    console::Console,
    delivery_pace::DeliveryPace,
    environment,
    event_grid::{EventGrid, Inbox},
    functions_host::{FunctionApp, FunctionsHost, HostOptions, Program, unused_port},
    running_cloud::{CloudOptions, OperationPace, RunningCloud},
    service_bus::ServiceBus,
};

/// Who starts the handler.
#[derive(Clone, Debug)]
pub enum Handler {
    /// There is none: nothing is delivered and no message is taken.
    None,
    /// Somebody else; the host calls the port that [`LocalAzure::environment`] names.
    External,
    /// The host starts this program.
    Executable(PathBuf),
}

/// How to start a local Azure.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder with host.json and `function-definitions`.
    pub app_root: PathBuf,
    /// Who starts the handler.
    pub handler: Handler,
    /// App settings beside those of [`LocalAzure::environment`].
    pub handler_settings: Vec<(String, String)>,
    /// How long ARM's operations take.
    pub pace: OperationPace,
    /// How events and messages reach the handler.
    pub delivery_pace: DeliveryPace,
    /// Which of Azure's clouds it stands for.
    pub cloud: Cloud,
    /// Prints what happens to standard output.
    pub echo_logs: bool,
}

/// A running local Azure. Dropping it stops it too, without waiting.
pub struct LocalAzure {
    /// ARM, identity and DNS.
    pub cloud: RunningCloud,
    /// The queues.
    pub service_bus: ServiceBus,
    /// Delivers what ARM tells.
    pub event_grid: EventGrid,
    /// Runs the functions.
    pub functions_host: FunctionsHost,
    environment: Vec<(String, String)>,
    takes_messages: bool,
    activity: Activity,
    tasks: JoinSet<()>,
    _certificate_directory: TempDir,
}

impl LocalAzure {
    /// Starts everything and returns when it is ready; an executable handler has answered by then.
    ///
    /// # Errors
    /// Where the app's files are wrong, a listener cannot be bound, or the handler does not start.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let app = FunctionApp::load(&options.app_root)?;
        let console = Console { echo: options.echo_logs };
        let activity = Activity::default();
        let mut tasks = JoinSet::new();
        let (events, arm_events) = mpsc::unbounded_channel();
        let certificate_directory = tempfile::tempdir().context("cannot make a folder for certificates")?;
        let cloud_options = CloudOptions {
            certificate_directory: certificate_directory.path().to_owned(),
            pace: options.pace,
            cloud: options.cloud,
        };
        let cloud = RunningCloud::start(cloud_options, events).await.context("cannot start the cloud")?;
        let (tokens, cut_off) = (cloud.tokens.clone(), cloud.faults().cut_off.clone());
        let service_bus = ServiceBus::start(app.queue_names(), tokens, cut_off, activity.clone(), &mut tasks).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot bind the Functions host")?;

        let mut environment =
            environment::of_cloud(options.cloud, &cloud, service_bus.endpoint(), listener.local_addr()?);
        environment.extend(environment::of_connections(options.cloud, app.connections()));
        environment.extend(options.handler_settings.iter().cloned());
        let program = program(&options, &app, &environment)?;
        environment.extend(environment::of_handler(&program));
        show(&environment, console);

        let takes_messages = !matches!(program, Program::None);
        let pace = options.delivery_pace;
        let host_options =
            HostOptions { app, program, service_bus: service_bus.clone(), activity: activity.clone(), pace, console };
        let functions_host = FunctionsHost::start(host_options, listener, &mut tasks)?;
        let inbox = Inbox::new(arm_events, activity.clone());
        let event_grid = EventGrid::start(inbox, functions_host.event_grid_subscriptions(), pace, console, &mut tasks)?;
        if let Handler::Executable(_) = options.handler {
            functions_host.ready().await?;
        }
        Ok(Self {
            cloud,
            service_bus,
            event_grid,
            functions_host,
            environment,
            takes_messages,
            activity,
            tasks,
            _certificate_directory: certificate_directory,
        })
    }

    /// The settings that point a program at this cloud, as `KEY=VALUE` pairs. The handler has them as its environment.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        self.environment.clone()
    }

    /// Waits until no event is being delivered, no invocation runs and no message is active or locked.
    ///
    /// # Errors
    /// Where that does not happen within `limit`, with what is still under way.
    pub async fn settled(&self, limit: Duration) -> anyhow::Result<()> {
        self.settled_until(limit, Duration::ZERO).await
    }

    /// As [`LocalAzure::settled`], and waits for messages too that become active within `horizon` from any moment.
    ///
    /// # Errors
    /// As [`LocalAzure::settled`].
    pub async fn settled_until(&self, limit: Duration, horizon: Duration) -> anyhow::Result<()> {
        let is_quiet = || self.event_grid.is_caught_up() && !(self.takes_messages && self.service_bus.is_busy(horizon));
        if self.activity.rest(Instant::now() + limit, is_quiet).await {
            return Ok(());
        }
        let queues = self.service_bus.queue_names().filter_map(|name| {
            let queue = self.service_bus.queue(name)?;
            Some(format!(
                "{name}: {} active, {} locked, {} scheduled",
                queue.active,
                queue.locked,
                queue.scheduled.len()
            ))
        });
        let queues: Vec<String> = queues.collect();
        bail!("not at rest after {limit:?}: {} in flight; {}", self.activity.in_flight(), queues.join("; "))
    }

    /// Stops everything; the handler is killed.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

fn program(options: &Options, app: &FunctionApp, environment: &[(String, String)]) -> anyhow::Result<Program> {
    let absolute = |path: &Path| std::path::absolute(path).with_context(|| format!("bad path {}", path.display()));
    match &options.handler {
        Handler::None => Ok(Program::None),
        Handler::External => Ok(Program::External(unused_port().context("there is no free port")?)),
        Handler::Executable(path) => Ok(Program::Executable {
            path: absolute(path)?,
            arguments: app.host.custom_handler.arguments.clone(),
            app_root: absolute(&options.app_root)?,
            settings: environment.to_vec(),
        }),
    }
}

fn show(environment: &[(String, String)], console: Console) {
    for (name, value) in environment {
        console.say("setting", format!("{name}={value}"));
    }
}
