//! The Functions host: it starts processes of the handler, calls them, and starts them again when they have died.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use axum::Router;
use local_azure::chance;
use portreeve_decisions::in_force::InForce;
use portreeve_handler::Handler;
use portreeve_in_memory::{VirtualClock, call, handler};
use serde_json::Value;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};

use crate::exchange::Outside;
use crate::world::World;

/// `functionTimeout` of host.json, at which the host kills the process with everything in flight.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a process is away when it has died.
const RESTART: Duration = Duration::from_secs(2);
/// How far instances may be apart in seeing a new allowlist.
const POLL: Duration = Duration::from_secs(30);
/// No two machines agree about the time: by how many milliseconds one may be ahead.
const CLOCKS: [i64; 7] = [0, 0, 0, 2_500, -2_500, 4_900, -4_900];

tokio::task_local! {
    /// When the call began that an exchange is made for.
    static BEGAN: Instant;
}

/// When the call began that this is done for; now, where it is done for none.
pub(crate) fn call_began() -> Instant {
    BEGAN.try_with(|began| *began).unwrap_or_else(|_| Instant::now())
}

/// What became of a call.
#[derive(Debug)]
pub(crate) enum Called {
    /// It was answered with this status.
    Answered(u16),
    /// The process died.
    Died,
}

/// The instances of the app, each with at most one process.
pub(crate) struct Host {
    world: Arc<World>,
    /// Itself, which each process's way out leads back to.
    own: Weak<Host>,
    instances: Mutex<Vec<Instance>>,
}

#[derive(Default)]
struct Instance {
    /// The running process, if one runs.
    process: Option<Process>,
    /// How many have run.
    generation: u32,
    /// The versions of the allowlist that it has seen, and when.
    versions: Vec<(Instant, usize)>,
    /// The time at which each call that runs began.
    began: BTreeMap<u64, Instant>,
    calls: u64,
}

struct Process {
    router: Router,
    handler: Handler,
    tasks: Vec<AbortHandle>,
}

impl Host {
    /// A host with no processes yet.
    pub fn new(world: Arc<World>) -> Arc<Self> {
        let count = world.scenario.instances;
        let instances = Mutex::new((0..count).map(|_| Instance::default()).collect());
        Arc::new_cyclic(|own| Self { world, own: own.clone(), instances })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Instance>> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts an instance's process by the version of the allowlist that it saw last.
    pub fn start(&self, number: usize) {
        let Some(host) = self.own.upgrade() else { return };
        let milliseconds = self.world.dice.pick(&format!("clock of instance {number}"), &CLOCKS);
        let clock = VirtualClock { ahead_by: time::Duration::milliseconds(milliseconds) };
        let handler = handler(Arc::new(Outside { world: self.world.clone(), host, instance: number }), clock);
        let in_force = self.version_of(number).map(|version| self.in_force(version));
        let former = in_force.clone().unwrap_or_else(nothing);
        handler.put_in_force(former.clone());
        let following = tokio::spawn(handler.follow(former, POLL));
        let process = Process { router: handler.router(), handler, tasks: vec![following.abort_handle()] };
        let mut instances = self.lock();
        let instance = &mut instances[number];
        instance.generation += 1;
        self.world.history.tell(&format!("instance {number}"), format!("starts, process {}", instance.generation));
        instance.process = Some(process);
    }

    fn in_force(&self, version: usize) -> InForce {
        self.world.scenario.versions[version].in_force(version)
    }

    fn version_of(&self, number: usize) -> Option<usize> {
        self.lock()[number].versions.last().map(|(_, version)| *version)
    }

    /// An instance sees another version of the allowlist.
    pub fn put_in_force(&self, number: usize, version: usize) {
        self.world.history.tell(&format!("instance {number}"), format!("sees allowlist {version}"));
        let in_force = self.in_force(version);
        let mut instances = self.lock();
        instances[number].versions.push((Instant::now(), version));
        if let Some(process) = &instances[number].process {
            process.handler.put_in_force(in_force);
        }
    }

    /// The versions that a call on an instance may decide by, if it began at this time.
    pub fn versions_since(&self, number: usize, began: Instant) -> Vec<usize> {
        let instances = self.lock();
        let versions = &instances[number].versions;
        let first = versions.iter().rposition(|(seen, _)| *seen <= began).unwrap_or_default();
        versions[first..].iter().map(|(_, version)| *version).collect()
    }

    /// Kills an instance's process, with everything that it does at this moment, and starts another one soon.
    pub fn kill(&self, number: usize) {
        let number = number % self.world.scenario.instances;
        let Some(process) = self.lock()[number].process.take() else { return };
        self.world.history.tell(&format!("instance {number}"), "is killed");
        for task in process.tasks {
            task.abort();
        }
        let Some(host) = self.own.upgrade() else { return };
        tokio::spawn(async move {
            tokio::time::sleep(RESTART).await;
            host.start(number);
        });
    }

    /// Calls a Function on some instance, as soon as one runs. `what` names the call in the history.
    pub async fn call(self: &Arc<Self>, function: &str, body: Value, what: &str) -> Called {
        let (number, router) = self.some_process(what).await;
        let history = &self.world.history;
        history.tell("host", format!("calls {function} on instance {number}: {what}"));
        let running = tokio::spawn(BEGAN.scope(Instant::now(), call(router, function, &body)));
        let call = self.begin(number, running.abort_handle());
        let answered = timeout(FUNCTION_TIMEOUT, running).await;
        self.lock()[number].began.remove(&call);
        match answered {
            Ok(Ok((status, body))) => {
                history.tell("host", format!("{function} answered {status}: {what} {}", lines(&body)));
                self.world.oracle().answered(function, status, &body);
                Called::Answered(status)
            }
            Ok(Err(error)) if error.is_panic() => {
                self.world.oracle().violated(format!("the handler panicked in {function}: {what}"));
                Called::Died
            }
            Ok(Err(_)) => Called::Died,
            Err(_) => {
                self.world.oracle().violated(format!("functionTimeout was reached by {function}: {what}"));
                self.kill(number);
                Called::Died
            }
        }
    }

    fn begin(&self, number: usize, task: AbortHandle) -> u64 {
        let mut instances = self.lock();
        let instance = &mut instances[number];
        instance.calls += 1;
        instance.began.insert(instance.calls, Instant::now());
        match &mut instance.process {
            Some(process) => {
                process.tasks.retain(|task| !task.is_finished());
                process.tasks.push(task);
            }
            None => task.abort(),
        }
        instance.calls
    }

    async fn some_process(&self, what: &str) -> (usize, Router) {
        loop {
            let running: Vec<(usize, Router)> = {
                let instances = self.lock();
                let running = instances.iter().enumerate();
                running
                    .filter_map(|(number, instance)| Some((number, instance.process.as_ref()?.router.clone())))
                    .collect()
            };
            if !running.is_empty() {
                let question = format!("instance for {what} {}", chance::now());
                return running[self.world.dice.below(&question, running.len())].clone();
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// How many calls run.
    pub fn running(&self) -> usize {
        self.lock().iter().map(|instance| instance.began.len()).sum()
    }

    /// Ends everything.
    pub fn stop(&self) {
        for instance in self.lock().iter_mut() {
            for task in instance.process.take().into_iter().flat_map(|process| process.tasks) {
                task.abort();
            }
        }
    }
}

fn nothing() -> InForce {
    InForce::Nothing("no version was seen".to_owned())
}

fn lines(body: &Value) -> String {
    let lines = body["Logs"].as_array().map(|lines| lines.iter().filter_map(Value::as_str).collect::<Vec<_>>());
    lines.map_or_else(|| body.to_string(), |lines| format!("{lines:?}"))
}
