//! A running Functions host: its parts wired together.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc, watch},
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
use crate::{
    activity::Activity, console::Console, delivery_pace::DeliveryPace, event_grid::Subscription,
    service_bus::ServiceBus,
};

/// A running host. Clones are the same one.
#[derive(Clone, Debug)]
pub struct FunctionsHost {
    url: String,
    subscriptions: Vec<Subscription>,
    invoker: Arc<Invoker>,
    output: Arc<HandlerOutput>,
}

/// What a host runs and what it works with.
#[derive(Debug)]
pub struct HostOptions {
    /// The app's settings and functions.
    pub app: FunctionApp,
    /// Its handler.
    pub program: Program,
    /// The namespace of all its triggers and outputs.
    pub service_bus: ServiceBus,
    /// Where invocations count as in flight.
    pub activity: Activity,
    /// How many invocations run at once.
    pub pace: DeliveryPace,
    /// Where invocations and the handler's lines are shown.
    pub console: Console,
}

impl FunctionsHost {
    /// Starts the host on `listener`; its parts run as some of `tasks`. It does not wait for the handler.
    ///
    /// # Errors
    /// Where the listener has no address.
    pub fn start(options: HostOptions, listener: TcpListener, tasks: &mut JoinSet<()>) -> anyhow::Result<Self> {
        let HostOptions { app, program, service_bus, activity, pace, console } = options;
        let url = format!("http://{}", listener.local_addr()?);
        let is_idle = matches!(program, Program::None);
        let output = Arc::new(HandlerOutput::new(console));
        let (orders, orders_receiver) = mpsc::unbounded_channel();
        let (state, state_receiver) = watch::channel(HandlerState::Starting);
        let invoker = Arc::new(Invoker {
            state: state_receiver,
            orders,
            bus: service_bus,
            function_timeout: app.host.function_timeout,
            turns: Semaphore::new(pace.invocations_at_once),
            activity,
            console,
            invocations: std::sync::Mutex::default(),
        });
        let supervisor = Supervisor {
            program,
            initialization_timeout: app.host.custom_handler.initialization_timeout,
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
        let subscriptions = if is_idle {
            Vec::new()
        } else {
            functions.iter().filter_map(|function| subscription(function, &url)).collect()
        };
        let router = router(Endpoints { url: url.clone(), functions, invoker: invoker.clone() });
        tasks.spawn(async move {
            // `axum::serve` answers errors of single connections itself and does not return.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, subscriptions, invoker, output })
    }

    /// The base URL, with `/runtime/webhooks/eventgrid` and `/admin/functions` below.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the functions with an Event Grid trigger want. Nothing where there is no handler.
    #[must_use]
    pub fn event_grid_subscriptions(&self) -> Vec<Subscription> {
        self.subscriptions.clone()
    }

    /// Waits until the handler has answered for the first time.
    ///
    /// # Errors
    /// Where it cannot start, or keeps crashing.
    pub async fn ready(&self) -> anyhow::Result<()> {
        self.handler_run().await.map(|_| ())
    }

    /// Which run of the handler takes the calls, as soon as one does. They are counted from 1.
    ///
    /// # Errors
    /// Where it cannot start, or keeps crashing.
    pub async fn handler_run(&self) -> anyhow::Result<u64> {
        let mut state = self.invoker.state.clone();
        let state = state.wait_for(HandlerState::is_decided).await;
        match &*state.context("the host is stopping")? {
            HandlerState::GaveUp(reason) => bail!("the handler does not run: {reason}"),
            HandlerState::Ready(channel) => Ok(channel.run),
            HandlerState::Starting | HandlerState::Dying { .. } => unreachable!("it was waited for"),
        }
    }

    /// Waits until the host has noticed that this run of the handler has ended. A call breaks off a moment before that,
    /// and the next one would still go to the dead process.
    pub async fn handler_run_is_over(&self, run: u64) {
        // Without a sender the host is stopping, and every run is over.
        let _ = self.invoker.state.clone().wait_for(|state| !state.is_of(run)).await;
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

    /// The lines of the handler for which `matches` holds, as soon as there are `count` of them; those that there are
    /// after `limit` otherwise. A handler answers right after it has written, so its last lines may still be on their
    /// way when an invocation has ended: wait for them with this.
    pub async fn handler_lines_until(
        &self,
        count: usize,
        limit: Duration,
        matches: impl Fn(&OutputLine) -> bool,
    ) -> Vec<OutputLine> {
        // On a timeout the lines are read once more below.
        let _ = timeout(limit, self.output.reaches(count, &matches)).await;
        self.output.lines().into_iter().filter(matches).collect()
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
        self.handler_run_is_over(channel.run).await;
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

fn subscription(function: &FunctionDefinition, url: &str) -> Option<Subscription> {
    let webhook_url = format!("{url}/runtime/webhooks/eventgrid?functionName={}", function.name);
    let is_event_grid = matches!(function.trigger.trigger, Trigger::EventGrid { .. });
    is_event_grid.then(|| Subscription { function: function.name.clone(), webhook_url })
}
