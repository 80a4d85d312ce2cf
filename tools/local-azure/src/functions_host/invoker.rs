//! One invocation, from the trigger's value to the outputs.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::{
    sync::{Semaphore, mpsc, watch},
    time::timeout,
};
use uuid::Uuid;

use super::{
    call::Call,
    chunked_body::ChunkedBody,
    function_json::FunctionDefinition,
    handler_answer::{self, HandlerAnswer, HandlerResult},
    handler_supervisor::{HandlerChannel, HandlerState, KillOrder},
    outputs,
};
use crate::{
    activity::Activity,
    chance::{guid, now},
    console::Console,
    service_bus::ServiceBus,
};

/// The version of the host whose sources this one follows.
pub(super) const HOST_VERSION: &str = "4.1037.0";

/// How long an invocation waits for the handler's first answer: four times the default initialization timeout.
const WORKER_WAIT: Duration = Duration::from_mins(2);

/// What became of one invocation.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// `X-Azure-Functions-InvocationId`.
    pub id: Uuid,
    /// The function.
    pub function: String,
    /// How it ended.
    pub status: InvocationStatus,
    /// From the trigger to the end, in milliseconds.
    pub request_ms: f64,
    /// The `Logs` of the answer.
    pub logs: Vec<String>,
}

/// How an invocation ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InvocationStatus {
    /// The handler answered as the host wants it.
    Succeeded,
    /// It did not, and why.
    Failed(String),
}

/// Calls the handler and keeps the record.
#[derive(Debug)]
pub(super) struct Invoker {
    pub state: watch::Receiver<HandlerState>,
    pub orders: mpsc::UnboundedSender<KillOrder>,
    pub bus: ServiceBus,
    pub function_timeout: Option<Duration>,
    /// One for each invocation that may run.
    pub turns: Semaphore,
    pub activity: Activity,
    pub console: Console,
    pub invocations: Mutex<Vec<Invocation>>,
}

impl Invoker {
    /// Runs `function` once; the error says why it failed.
    pub async fn invoke(&self, function: &FunctionDefinition, call: Call) -> Result<(), String> {
        let _in_flight = self.activity.begin();
        let _turn = self.turns.acquire().await.map_err(|_| "the host is stopping")?;
        let started = Instant::now();
        let id = guid();
        let result = self.attempt(function, id, call).await;
        let request_ms = started.elapsed().as_secs_f64() * 1000.0;
        let (status, logs) = match &result {
            Ok(result) => (InvocationStatus::Succeeded, result.logs.clone()),
            Err(reason) => (InvocationStatus::Failed(reason.clone()), Vec::new()),
        };
        self.report(&Invocation { id, function: function.name.clone(), status, request_ms, logs });
        result.map(|result| self.deliver(function, &result))
    }

    pub fn invocations(&self) -> Vec<Invocation> {
        self.invocations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the handler, calls it, and kills it where the call takes too long.
    async fn attempt(&self, function: &FunctionDefinition, id: Uuid, call: Call) -> Result<HandlerResult, String> {
        let channel = self.channel().await?;
        let answer = self.request(&channel, function, id, call);
        let answer = match self.function_timeout {
            Some(limit) => timeout(limit, answer).await.map_err(|_| {
                self.kill(&channel);
                format!("it took longer than functionTimeout ({limit:?}), so the handler was killed")
            })?,
            None => answer.await,
        };
        match answer {
            HandlerAnswer::Succeeded(result) => Ok(result),
            HandlerAnswer::Failed(reason) => Err(reason),
            HandlerAnswer::NeverCompletes => unreachable!("a request without a result is awaited for ever"),
        }
    }

    /// Waits until there is a handler to call; for ever where the host has given it up.
    pub async fn handler_is_ready(&self) {
        let ready = self.state.clone().wait_for(|state| matches!(state, HandlerState::Ready(_))).await.is_ok();
        if !ready {
            std::future::pending().await
        }
    }

    async fn request(
        &self,
        channel: &HandlerChannel,
        function: &FunctionDefinition,
        id: Uuid,
        call: Call,
    ) -> HandlerAnswer {
        match send(channel, function, id, call).await {
            Ok(HandlerAnswer::NeverCompletes) => std::future::pending().await,
            Ok(answer) => answer,
            Err(error) => {
                if channel.is_external {
                    self.kill(channel);
                }
                HandlerAnswer::Failed(format!("the call broke off: {:#}", anyhow::Error::from(error)))
            }
        }
    }

    fn kill(&self, channel: &HandlerChannel) {
        // The channel is closed only when the host stops, and then the handler is killed anyway.
        let _ = self.orders.send(KillOrder { run: channel.run, as_crash: false });
    }

    async fn channel(&self) -> Result<HandlerChannel, String> {
        let mut state = self.state.clone();
        let answered = state.wait_for(HandlerState::is_decided);
        let state = timeout(WORKER_WAIT, answered)
            .await
            .map_err(|_| format!("the handler did not answer GET / in {WORKER_WAIT:?}"))?
            .map_err(|_| "the host is stopping")?;
        match &*state {
            HandlerState::Ready(channel) => Ok(channel.clone()),
            HandlerState::GaveUp(reason) => Err(reason.clone()),
            HandlerState::Starting | HandlerState::Dying { .. } => unreachable!("it was waited for"),
        }
    }

    fn deliver(&self, function: &FunctionDefinition, result: &HandlerResult) {
        for output in &function.outputs {
            let value = match output.name.as_str() {
                "$return" => &result.return_value,
                name => result.outputs.get(name).unwrap_or(&Value::Null),
            };
            for message in outputs::messages(value) {
                self.bus.send(&output.queue_name, message);
            }
        }
    }

    fn report(&self, invocation: &Invocation) {
        let outcome = match &invocation.status {
            InvocationStatus::Succeeded => "succeeded".to_owned(),
            InvocationStatus::Failed(reason) => format!("failed: {reason}"),
        };
        let Invocation { id, function, request_ms, .. } = invocation;
        self.console.say("invocation", format!("{function} {outcome} in {request_ms:.1} ms ({id})"));
        for line in &invocation.logs {
            self.console.say("log", format!("{function}: {line}"));
        }
        self.invocations.lock().unwrap_or_else(PoisonError::into_inner).push(invocation.clone());
    }
}

async fn send(
    channel: &HandlerChannel,
    function: &FunctionDefinition,
    id: Uuid,
    call: Call,
) -> Result<HandlerAnswer, reqwest::Error> {
    let body = call.body(&function.name, now()).to_string();
    // .NET does not know the body's length before it writes it, so the body arrives in chunks.
    let body = ChunkedBody(Some(body.into()));
    let response = channel
        .client
        .post(format!("http://127.0.0.1:{}/{}", channel.port, function.name))
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header("User-Agent", format!("Azure-Functions-Host/{HOST_VERSION}"))
        .header("X-Azure-Functions-HostVersion", HOST_VERSION)
        .header("X-Azure-Functions-InvocationId", id.to_string())
        .body(reqwest::Body::wrap(body))
        .send()
        .await?;
    let status = response.status().as_u16();
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let declared_empty = response.content_length() == Some(0);
    let body = response.bytes().await?;
    Ok(handler_answer::read(status, content_type.as_deref(), declared_empty, &body))
}
