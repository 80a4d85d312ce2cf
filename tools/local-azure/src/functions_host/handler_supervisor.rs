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

use futures::future::join_all;
use tokio::{
    process::Child,
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Instant, timeout},
};

use super::{
    handler_output::HandlerOutput,
    handler_process::{Program, answers, spawn, unused_port},
};
use crate::{console::Console, loopback_client::loopback_client};

/// Errors after which the host stops the app.
const ERROR_EVENTS_THRESHOLD: usize = 3;

/// Errors further apart than this do not add up. The real host waits 30 minutes; a run at a desk is shorter than that.
const ERROR_WINDOW: Duration = Duration::from_secs(30);

/// Lines of standard error that the report of an exit repeats, as the host does.
const REPORTED_ERROR_LINES: usize = 3;

/// How long the end of a dead process's output is waited for.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// What the handler is doing.
#[derive(Clone, Debug)]
pub(super) enum HandlerState {
    Starting,
    Ready(HandlerChannel),
    GaveUp(String),
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

/// One run of the process.
struct Run {
    child: Child,
    /// Read standard output and error to their ends.
    pipes: Vec<JoinHandle<()>>,
}

impl Run {
    /// Waits for the exit and for what was written before it.
    async fn exited(&mut self) -> std::io::Result<ExitStatus> {
        let status = self.child.wait().await;
        // A grandchild may hold the pipes open.
        let _ = timeout(LAST_WORDS, join_all(self.pipes.drain(..))).await;
        status
    }

    /// The host never asks: it is SIGKILL, and everything in flight is lost.
    async fn kill(&mut self, as_crash: bool) -> End {
        let _ = self.child.kill().await;
        if as_crash { End::Error("the handler was killed".to_owned()) } else { End::Restart }
    }
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
        let ready = timeout(self.initialization_timeout, answers(&channel.client, channel.port));
        tokio::select! {
            status = process.exited() => return match self.ended(status) {
                // The real host notices only when the time is over; at a desk nobody should have to wait for that.
                End::ExitedForGood => End::Error("the handler exited with code 0 before it answered".to_owned()),
                end => end,
            },
            as_crash = killed(&mut self.orders, run) => return process.kill(as_crash).await,
            ready = ready => if ready.is_err() {
                process.kill(true).await;
                return End::Error(format!("the handler did not answer GET / in {:?}", self.initialization_timeout));
            },
        }
        self.console.say("host", format!("the handler answers on port {}", channel.port));
        self.state.send_replace(HandlerState::Ready(channel));
        tokio::select! {
            status = process.exited() => self.ended(status),
            as_crash = killed(&mut self.orders, run) => process.kill(as_crash).await,
        }
    }

    fn start(&self, run: u64) -> Result<(Run, HandlerChannel), String> {
        let port = unused_port().map_err(|error| format!("there is no free port: {error}"))?;
        let client = loopback_client().map_err(|error| format!("{error:#}"))?;
        let child = spawn(&self.program, port)
            .map_err(|error| format!("cannot start the handler {}: {error}", self.program))?;
        let mut child = child.ok_or("there is no handler to start")?;
        let collect = self.output.clone();
        let stdout = child.stdout.take().map(|pipe| collect.clone().collect(pipe, false));
        let stderr = child.stderr.take().map(|pipe| collect.collect(pipe, true));
        let pipes = [stdout, stderr].into_iter().flatten().collect();
        Ok((Run { child, pipes }, HandlerChannel { run, port, is_external: false, client }))
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
