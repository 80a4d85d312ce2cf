//! One history from its scenario: what people do, until it has come to rest, and what the oracle says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use local_azure::chance;
use local_azure::service_bus::NewMessage;
use portreeve_in_memory::QUEUES;
use time::macros::datetime;
use tokio::task::JoinSet;

use crate::allowlists::{Version, Word};
use crate::delivery;
use crate::forgery;
use crate::host::Host;
use crate::scenario::{BUSY_FOR, Deed, Scenario, Step};
use crate::weather::Disturbances;
use crate::world::World;

/// When every history begins.
const BEGINNING: time::OffsetDateTime = datetime!(2026-01-05 08:00 UTC);
/// Work that is due later than this is not waited for, as long as there is none sooner.
const HORIZON: Duration = Duration::from_secs(1200);
/// A history that has not come to rest in so long never will.
const LONGEST: Duration = Duration::from_secs(12 * 3600);
/// Within a day the sweeps come to each connection once and have it proven anew.
const DAY_OF_SWEEPS: Duration = Duration::from_secs(26 * 3600);
/// How often is looked whether a history has come to rest.
const LOOK: Duration = Duration::from_secs(10);

/// What a history came to.
pub struct Report {
    /// The whole history, to read.
    pub history: String,
    /// What must not be and was seen.
    pub violations: Vec<String>,
    pub(crate) met: Disturbances,
}

/// Lives through a scenario.
#[must_use]
pub fn run(scenario: &Scenario) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without input and output");
    runtime.block_on(async {
        chance::repeat(scenario.seed, BEGINNING);
        live(scenario.clone()).await
    })
}

async fn live(scenario: Scenario) -> Report {
    let (world, told) = World::new(scenario);
    let mut background = JoinSet::new();
    if let Err(error) = world.furnish().await {
        world.oracle().violated(format!("the simulation itself is broken: {error:#}"));
    }
    let host = Host::new(world.clone());
    for instance in 0..world.scenario.instances {
        host.start(instance);
        host.put_in_force(instance, 0);
    }
    background.spawn(delivery::events(world.clone(), host.clone(), told));
    for queue in QUEUES {
        background.spawn(delivery::messages(world.clone(), host.clone(), queue));
    }
    if world.scenario.has_sweeps {
        background.spawn(delivery::sweeps(host.clone()));
        background.spawn(world.clone().keep_past());
    }
    let version = people(&world, &host, &mut background).await;
    rest(&world, &host).await;
    let last = &world.scenario.versions[version];
    world.oracle().judge_end(&world, last);
    while world.scenario.has_sweeps && !world.oracle().is_all_proven() && world.history.elapsed() < DAY_OF_SWEEPS {
        tokio::time::sleep(LOOK).await;
    }
    world.oracle().judge_proofs();
    ask_again(&world, &host, last).await;
    rest(&world, &host).await;
    background.abort_all();
    host.stop();
    let (violations, met) = (world.oracle().violations(), world.scenario.weather.met());
    Report { history: world.history.text(), violations, met }
}

/// Does what people do, each thing at its time. Returns the version of the allowlist that they leave in force.
async fn people(world: &Arc<World>, host: &Arc<Host>, background: &mut JoinSet<()>) -> usize {
    let newest = Arc::new(AtomicUsize::new(0));
    for Step { at, deed } in world.scenario.steps.clone() {
        tokio::time::sleep(at.saturating_sub(world.history.elapsed())).await;
        world.history.tell("people", format!("{deed:?}"));
        match deed {
            // Only a sweep finds what these leave behind: no event tells of them, or nobody is there to be told.
            Deed::DeleteRecord { .. } | Deed::ChangeAllowlist { .. } if !world.scenario.has_sweeps => {}
            Deed::ChangeAllowlist { version: next } => {
                newest.store(next, Ordering::Relaxed);
                for instance in 0..world.scenario.instances {
                    let later = world.dice.time(&format!("instance {instance} sees {next} from {at:?}"), 0..30_000);
                    let (host, newest) = (host.clone(), newest.clone());
                    background.spawn(async move {
                        tokio::time::sleep(later).await;
                        // Whoever looks sees what is there then.
                        host.put_in_force(instance, newest.load(Ordering::Relaxed));
                    });
                }
            }
            Deed::Kill { instance } => host.kill(instance),
            Deed::ForgeEvent { kind, team, number, target } => {
                let event = forgery::event(kind, team, number, target);
                let what = format!("forged event {kind}");
                tokio::spawn(delivery::deliver(world.clone(), host.clone(), event, what, Duration::ZERO));
            }
            Deed::ForgeMessage { kind, team, number, target } => {
                let (queue, body) = forgery::message(kind, team, number, target);
                world.azure.bus.send(queue, NewMessage { body: body.into(), ..NewMessage::default() });
            }
            deed => {
                if let Err(error) = world.act(&deed).await {
                    world.oracle().violated(format!("the simulation itself is broken: {error:#}"));
                }
            }
        }
    }
    newest.load(Ordering::Relaxed)
}

/// Returns once the weather is fair, two sweeps have passed, and nothing is under way or due soon.
async fn rest(world: &Arc<World>, host: &Arc<Host>) {
    let settled = BUSY_FOR + Duration::from_secs(2100);
    tokio::time::sleep(settled.saturating_sub(world.history.elapsed())).await;
    let since = world.history.elapsed();
    while world.oracle().busy() + host.running() > 0 || world.azure.bus.is_busy(HORIZON) {
        if world.history.elapsed() - since > LONGEST {
            return world.oracle().violated("the history never came to rest".to_owned());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Everything is as it should be, so that whoever wakes the handler once more causes reads and nothing else. What is to be
/// rejected is left out: sweeps reject nobody, and an event does.
async fn ask_again(world: &Arc<World>, host: &Arc<Host>, version: &Version) {
    let endpoints: Vec<String> = world.azure.cloud.read(|state| {
        let ids = state.endpoints.values().map(|endpoint| &endpoint.id);
        let ids = ids.filter(|id| version.word(id.subscription(), id.resource_group()) != Word::ApproveAndReject);
        ids.map(ToString::to_string).collect()
    });
    if !world.oracle().violations().is_empty() {
        return;
    }
    world.oracle().is_closed = true;
    for endpoint in endpoints {
        let event = forgery::event_about(&endpoint);
        delivery::deliver(world.clone(), host.clone(), event, "everything once more".to_owned(), Duration::ZERO).await;
    }
}
