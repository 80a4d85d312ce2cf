//! Keeps the handler running: restarts it when it crashes, kills it when it is told to, and gives up after three errors.
//! Source: `HttpFunctionInvocationDispatcher` and `WorkerProcess` of Azure/azure-functions-host.
//!
//! | The handler | The host |
//! |---|---|
//! | exits with 0 after it has answered | does not start it again; calls are refused |
//! | exits with 200 | starts it again |
//! | exits otherwise, or does not answer in time | counts an error and starts it again |
//! | is killed by the host | is started again |

use std::{collections::VecDeque, process::ExitStatus, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout},
};

use super::{
    handler_output::HandlerOutput,
    handler_process::{HandlerProcess, Program, answers, unused_port},
};
use crate::{console::Console, loopback_client::loopback_client};

/// Errors after which the host stops the app.
const ERROR_EVENTS_THRESHOLD: usize = 3;

/// Errors further apart than this do not add up. The real host waits 30 minutes; a run at a desk is shorter than that.
const ERROR_WINDOW: Duration = Duration::from_secs(30);

/// Lines of standard error that the report of an exit repeats, as the host does.
const REPORTED_ERROR_LINES: usize = 3;

/// What the handler is doing.
#[derive(Clone, Debug)]
pub(super) enum HandlerState {
    Starting,
    Ready(HandlerChannel),
    /// It is being killed. What that breaks off may be delivered again at once, and waits for the next run.
    Dying {
        run: u64,
    },
    GaveUp(String),
}

impl HandlerState {
    /// True where a call need not wait: it can be made, or never will.
    pub fn is_decided(&self) -> bool {
        matches!(self, Self::Ready(_) | Self::GaveUp(_))
    }

    /// True while this run takes calls, or is not dead yet.
    pub fn is_of(&self, run: u64) -> bool {
        match self {
            Self::Ready(channel) => channel.run == run,
            Self::Dying { run: dying } => *dying == run,
            Self::Starting | Self::GaveUp(_) => false,
        }
    }
}

/// The way to a handler that has answered.
#[derive(Clone, Debug)]
pub(super) struct HandlerChannel {
    /// Counts the starts, so that an order for one run does not hit the next.
    pub run: u64,
    pub port: u16,
    /// True where somebody else runs it.
    pub is_external: bool,
    /// Each run has its own connections: those to a killed process are dead.
    pub client: reqwest::Client,
}

/// An order to kill one run of the handler.
#[derive(Debug)]
pub(super) struct KillOrder {
    pub run: u64,
    /// True where it looks to the host as if the handler had crashed.
    pub as_crash: bool,
}

enum End {
    Restart,
    Error(String),
    ExitedForGood,
    CannotStart(String),
}

pub(super) struct Supervisor {
    pub program: Program,
    pub initialization_timeout: Duration,
    pub state: watch::Sender<HandlerState>,
    pub orders: mpsc::UnboundedReceiver<KillOrder>,
    pub output: Arc<HandlerOutput>,
    pub console: Console,
}

impl End {
    fn killed(as_crash: bool) -> Self {
        if as_crash { Self::Error("the handler was killed".to_owned()) } else { Self::Restart }
    }
}

impl Supervisor {
    pub async fn run(mut self) {
        let mut errors = VecDeque::new();
        for run in 1.. {
            self.state.send_replace(HandlerState::Starting);
            let end = match &self.program {
                Program::None => return self.give_up("local-azure was started without a handler".to_owned()),
                Program::External(port) => self.watch_external(run, *port).await,
                Program::Executable { .. } => self.run_process(run).await,
            };
            match end {
                End::Restart => {}
                End::CannotStart(reason) => return self.give_up(reason),
                End::ExitedForGood => {
                    self.console.say("host", "the handler exited with code 0; the host does not start it again");
                    self.killed(run).await;
                }
                End::Error(reason) => {
                    self.console.say("host", format!("error: {reason}"));
                    if is_over_threshold(&mut errors, Instant::now()) {
                        return self.give_up(format!("{ERROR_EVENTS_THRESHOLD} errors in a row, the last: {reason}"));
                    }
                }
            }
        }
    }

    /// Somebody else's process cannot be killed or restarted; it can only be waited for. One that stops to answer is
    /// taken to be on its way back, so that a restart at a desk does not cost every message its deliveries.
    async fn watch_external(&mut self, run: u64, port: u16) -> End {
        let client = match loopback_client() {
            Ok(client) => client,
            Err(error) => return End::CannotStart(format!("{error:#}")),
        };
        answers(&client, port).await;
        self.console.say("host", format!("the handler answers on port {port}"));
        self.state.send_replace(HandlerState::Ready(HandlerChannel { run, port, is_external: true, client }));
        self.killed(run).await;
        self.console
            .say("host", "the handler is gone or timed out; waiting until it answers (the real host would kill it)");
        End::Restart
    }

    async fn run_process(&mut self, run: u64) -> End {
        let (mut process, channel) = match self.start(run) {
            Ok(started) => started,
            Err(reason) => return End::CannotStart(reason),
        };
        let started = tokio::select! {
            status = process.exited() => Err(self.ended_early(status)),
            as_crash = killed(&mut self.orders, run) => Err(End::killed(as_crash)),
            ready = timeout(self.initialization_timeout, answers(&channel.client, channel.port)) => {
                ready.map_err(|_| End::Error(format!("no answer to GET / in {:?}", self.initialization_timeout)))
            }
        };
        if let Err(end) = started {
            process.kill().await;
            return end;
        }
        self.console.say("host", format!("the handler answers on port {}", channel.port));
        self.state.send_replace(HandlerState::Ready(channel));
        let end = tokio::select! {
            status = process.exited() => self.ended(status),
            as_crash = killed(&mut self.orders, run) => {
                self.state.send_replace(HandlerState::Dying { run });
                End::killed(as_crash)
            }
        };
        process.kill().await;
        end
    }

    fn start(&self, run: u64) -> Result<(HandlerProcess, HandlerChannel), String> {
        let port = unused_port().map_err(|error| format!("there is no free port: {error}"))?;
        let client = loopback_client().map_err(|error| format!("{error:#}"))?;
        let process = HandlerProcess::spawn(&self.program, port, &self.output)
            .map_err(|error| format!("cannot start the handler {}: {error}", self.program))?;
        Ok((process, HandlerChannel { run, port, is_external: false, client }))
    }

    /// The real host notices an exit with 0 only when the time is over; at a desk nobody should have to wait for that.
    fn ended_early(&self, status: std::io::Result<ExitStatus>) -> End {
        match self.ended(status) {
            End::ExitedForGood => End::Error("the handler exited with code 0 before it answered".to_owned()),
            end => end,
        }
    }

    fn ended(&self, status: std::io::Result<ExitStatus>) -> End {
        match status.as_ref().map(ExitStatus::code) {
            Ok(Some(0)) => End::ExitedForGood,
            Ok(Some(200)) => End::Restart,
            _ => {
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                let errors = self.output.last_errors(REPORTED_ERROR_LINES);
                End::Error(format!("the handler ended ({status}) {errors}").trim_end().to_owned())
            }
        }
    }

    async fn killed(&mut self, run: u64) -> bool {
        killed(&mut self.orders, run).await
    }

    fn give_up(&self, reason: String) {
        self.console.say("host", format!("the functions are stopped: {reason}"));
        self.state.send_replace(HandlerState::GaveUp(reason));
    }
}

/// Waits for an order to kill this run; true where it counts as a crash.
async fn killed(orders: &mut mpsc::UnboundedReceiver<KillOrder>, run: u64) -> bool {
    loop {
        match orders.recv().await {
            Some(order) if order.run == run => return order.as_crash,
            Some(_) => {}
            None => std::future::pending().await,
        }
    }
}

fn is_over_threshold(errors: &mut VecDeque<Instant>, now: Instant) -> bool {
    errors.retain(|error| now.duration_since(*error) < ERROR_WINDOW);
    errors.push_back(now);
    errors.len() >= ERROR_EVENTS_THRESHOLD
}
