//! A running Functions host: its parts wired together.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use super::{
    function_app::FunctionApp,
    function_json::{FunctionDefinition, Trigger},
    handler_output::{HandlerOutput, Level, OutputLine},
    handler_process::Program,
    handler_supervisor::{HandlerState, KillOrder, Supervisor},
    host_json::HostJson,
    invoker::{Invocation, Invoker},
    service_bus_listener, timer_listener,
    web::{Endpoints, router},
};
use crate::{activity::Activity, console::Console, service_bus::ServiceBus};

/// A running host. Clones are the same one.
#[derive(Clone, Debug)]
pub struct FunctionsHost {
    url: String,
    event_grid_functions: Vec<String>,
    invoker: Arc<Invoker>,
    output: Arc<HandlerOutput>,
}

impl FunctionsHost {
    /// Starts the host for `app` on `listener`; its parts run as some of `tasks`. It does not wait for the handler.
    ///
    /// # Errors
    /// Where the listener has no address.
    pub fn start(
        app: FunctionApp,
        program: Program,
        listener: TcpListener,
        bus: ServiceBus,
        activity: Activity,
        console: Console,
        tasks: &mut JoinSet<()>,
    ) -> anyhow::Result<Self> {
        let url = format!("http://{}", listener.local_addr()?);
        let is_idle = matches!(program, Program::None);
        let output = Arc::new(HandlerOutput::new(console));
        let (orders, orders_receiver) = mpsc::unbounded_channel();
        let (state, state_receiver) = watch::channel(HandlerState::Starting);
        let invoker = Arc::new(Invoker {
            state: state_receiver,
            orders,
            bus,
            function_timeout: app.host.function_timeout,
            activity,
            console,
            invocations: std::sync::Mutex::default(),
        });
        let initialization_timeout = app.host.custom_handler.initialization_timeout;
        let supervisor = Supervisor {
            program,
            initialization_timeout,
            state,
            orders: orders_receiver,
            output: output.clone(),
            console,
        };
        tasks.spawn(supervisor.run());
        let functions: Vec<_> = app.functions.into_iter().map(Arc::new).collect();
        if !is_idle {
            listen(&functions, &app.host, &invoker, tasks);
        }
        let event_grid = functions.iter().filter(|function| is_event_grid(function) && !is_idle);
        let event_grid_functions = event_grid.map(|function| function.name.clone()).collect();
        let router = router(Endpoints { url: url.clone(), functions, invoker: invoker.clone() });
        tasks.spawn(async move {
            // `axum::serve` answers errors of single connections itself and does not return.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, event_grid_functions, invoker, output })
    }

    /// The base URL, with `/runtime/webhooks/eventgrid` and `/admin/functions` below.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The functions with an Event Grid trigger, and the webhook of each. None where there is no handler.
    pub fn event_grid_webhooks(&self) -> impl Iterator<Item = (String, String)> {
        let webhook = |name: &String| format!("{}/runtime/webhooks/eventgrid?functionName={name}", self.url);
        self.event_grid_functions.iter().map(move |name| (name.clone(), webhook(name)))
    }

    /// Waits until the handler has answered for the first time.
    ///
    /// # Errors
    /// Where it cannot start, or keeps crashing.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let mut state = self.invoker.state.clone();
        let state = state.wait_for(|state| !matches!(state, HandlerState::Starting)).await;
        match &*state.context("the host is stopping")? {
            HandlerState::GaveUp(reason) => bail!("the handler does not run: {reason}"),
            HandlerState::Ready(_) | HandlerState::Starting => Ok(()),
        }
    }

    /// Every line that the handler has written to standard output.
    #[must_use]
    pub fn handler_output(&self) -> Vec<String> {
        let lines = self.output.lines().into_iter();
        lines.filter(|line| line.level == Level::Information).map(|line| line.text).collect()
    }

    /// Every line that the handler has written, with the level that the host gives it.
    #[must_use]
    pub fn handler_lines(&self) -> Vec<OutputLine> {
        self.output.lines()
    }

    /// The first line of the handler that contains `text`, as soon as there is one; `None` after `limit`.
    pub async fn handler_line(&self, text: &str, limit: Duration) -> Option<String> {
        let line = self.output.line(|line| line.text.contains(text));
        timeout(limit, line).await.ok().map(|line| line.text)
    }

    /// All invocations that have ended, in that order.
    #[must_use]
    pub fn invocations(&self) -> Vec<Invocation> {
        self.invoker.invocations()
    }

    /// Kills the handler as the host does at a function timeout (SIGKILL, not counted), and waits until the next one
    /// answers.
    ///
    /// # Errors
    /// Where the next one does not start.
    pub async fn restart_handler(&self) -> anyhow::Result<()> {
        self.kill(false).await;
        self.ready().await
    }

    /// Kills the handler as the kernel would (SIGKILL; the host counts an error and starts it again), and waits until
    /// it is dead.
    pub async fn kill_handler(&self) {
        self.kill(true).await;
    }

    async fn kill(&self, as_crash: bool) {
        let HandlerState::Ready(channel) = self.invoker.state.borrow().clone() else { return };
        // Without a receiver the host is stopping, and the handler is killed with it.
        let _ = self.invoker.orders.send(KillOrder { run: channel.run, as_crash });
        let is_over = |state: &HandlerState| !matches!(state, HandlerState::Ready(now) if now.run == channel.run);
        let _ = self.invoker.state.clone().wait_for(is_over).await;
    }
}

fn listen(functions: &[Arc<FunctionDefinition>], host: &HostJson, invoker: &Arc<Invoker>, tasks: &mut JoinSet<()>) {
    for function in functions.iter().cloned() {
        match &function.trigger.trigger {
            Trigger::ServiceBus { .. } => {
                tasks.spawn(service_bus_listener::listen(invoker.clone(), function, host.service_bus));
            }
            Trigger::Timer { .. } => {
                tasks.spawn(timer_listener::listen(invoker.clone(), function));
            }
            // The webhook listens.
            Trigger::EventGrid { .. } => {}
        }
    }
}

fn is_event_grid(function: &FunctionDefinition) -> bool {
    matches!(function.trigger.trigger, Trigger::EventGrid { .. })
}
