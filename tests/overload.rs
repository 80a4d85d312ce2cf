//! `cargo overload [HANDLER]`: two thousand events of 50 KB at once, while ARM is slow, against the release build of the handler.
//!
//! Every event must be done, put off, or refused so that it comes again; the handler must stay below its memory; and once
//! ARM is itself again, every endpoint must be proven.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use local_azure::functions_host::InvocationStatus;
use local_azure::running_cloud::OperationPace;
use platform::{Platform, allowlist_with, event_about, workspace_root};
use serde_json::{Value, json};

const STORAGE: &str = "Microsoft.Storage/storageAccounts";
/// Enough zones for no record to wait for its zone's limit.
const GROUP_IDS: [&str; 4] = ["blob", "file", "queue", "table"];
const DNS: &str = "dns: { zones: [{ subscription: 33333333-3333-3333-3333-333333333333, resource_group: rg-dns }] }";
const ON_CHANGE: &str = "on_change: report";

const EVENTS: usize = 2000;
const EVENT_BYTES: usize = 50_000;
/// Several events tell of one endpoint, as in Azure.
const ENDPOINTS: usize = 200;
/// The host calls the handler for all events of a delivery at once, and the delivery fails with any of them.
const EVENTS_IN_A_DELIVERY: usize = 10;
/// Event Grid's own limit.
const ATTEMPTS_MAX: usize = 30;
/// How long ARM takes for each answer.
const SLOW: Duration = Duration::from_secs(2);
/// How long the rest may take once ARM is itself again. The limits that the handler keeps let it read each endpoint's
/// facts in a minute or two.
const REST_MAX: Duration = Duration::from_secs(600);
/// What the handler may have had resident at any time.
const MEMORY_MAX_KIB: u64 = 64 * 1024;

#[tokio::main]
async fn main() -> ExitCode {
    match overload().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("not as it must be: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn overload() -> anyhow::Result<()> {
    let executable = match std::env::args_os().nth(1) {
        Some(built) => std::path::absolute(built)?,
        None => {
            println!("building the handler's release");
            local_azure::handler_executable::build(&workspace_root(), "release")?
        }
    };
    let nothing = allowlist_with(&[DNS, ON_CHANGE], &[]);
    let platform = Platform::start_with(&nothing, executable.clone(), OperationPace::brisk()).await?;
    let platform = platform.with_surroundings().await?;
    let endpoints = endpoints(&platform).await?;
    // From here on nothing but an event brings an approval.
    let approve = format!("{{ id: blob, effect: approve, target: {{ type: {STORAGE} }} }}");
    platform.change_allowlist(&allowlist_with(&[DNS, ON_CHANGE], &[&approve])).await?;
    platform.at_rest_with_all_that_was_put_off().await?;
    let run = platform.azure.functions_host.handler_run().await?;
    println!("{ENDPOINTS} endpoints wait, the handler has {} KiB resident", memory_kib(&executable, "VmRSS:")?);

    platform.azure.cloud.faults().delay_next(None, "", u32::MAX, SLOW);
    let started = Instant::now();
    let events = events(&endpoints);
    let mut due = deliver(&platform, events.chunks(EVENTS_IN_A_DELIVERY).collect()).await?;
    let refused = refused(&platform.azure.functions_host.invocations())?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{EVENTS} events: {refused} refused for now, the rest done or put off, in {seconds:.1} s");
    below_its_memory(&executable)?;

    platform.azure.cloud.faults().clear();
    for _ in 1..ATTEMPTS_MAX {
        due = deliver(&platform, due).await?;
    }
    anyhow::ensure!(due.is_empty(), "{} deliveries were refused {ATTEMPTS_MAX} times", due.len());
    platform.azure.settled_until(REST_MAX, REST_MAX).await?;
    platform.at_rest(REST_MAX).await;
    anyhow::ensure!(platform.azure.functions_host.handler_run().await? == run, "the handler did not live through it");
    below_its_memory(&executable)?;
    let dead_letters = platform.azure.service_bus.dead_letters().len();
    anyhow::ensure!(dead_letters == 0, "{dead_letters} dead letters");
    let proven = proven(&platform);
    println!("{} of {ENDPOINTS} endpoints proven after {:.1} s", proven.len(), started.elapsed().as_secs_f64());
    anyhow::ensure!(endpoints.iter().all(|endpoint| proven.contains(&endpoint.to_lowercase())), "not all are proven");
    Ok(())
}

/// Endpoints that wait for approval, each to an account of its own.
async fn endpoints(platform: &Platform) -> anyhow::Result<Vec<String>> {
    for group_id in GROUP_IDS {
        platform.zone(&format!("privatelink.{group_id}.core.windows.net")).await?;
    }
    let made = stream::iter(0..ENDPOINTS).map(async |number| {
        let target = platform.target(STORAGE, &format!("stload{number}"), json!({})).await?;
        let group_id = GROUP_IDS[number % GROUP_IDS.len()];
        platform.endpoint(&format!("pe-load-{number}"), &target, &[group_id]).await
    });
    let endpoints = made.buffer_unordered(16).try_collect().await?;
    platform.at_rest_with_all_that_was_put_off().await?;
    Ok(endpoints)
}

/// Events of that size, in a mixed order, each with claims such as a caller's many groups make.
fn events(endpoints: &[String]) -> Vec<Value> {
    let claims: Value =
        (0..EVENT_BYTES / 100).map(|number| (format!("claim-{number:03}"), json!("x".repeat(84)))).collect();
    let event = |number: usize| {
        let mut event = event_about(&endpoints[number % endpoints.len()]);
        event["data"]["claims"] = claims.clone();
        event
    };
    (0..EVENTS).map(event).collect()
}

/// Delivers all at once, as Event Grid does, and returns those that it would deliver again.
async fn deliver<'a>(platform: &Platform, deliveries: Vec<&'a [Value]>) -> anyhow::Result<Vec<&'a [Value]>> {
    let host = platform.azure.functions_host.url();
    let url = format!("{host}/runtime/webhooks/eventgrid?functionName=ConnectionEvent");
    let sent = futures::future::join_all(deliveries.into_iter().map(async |events| {
        let request = platform.arm.http().post(&url).header("aeg-event-type", "Notification");
        let request = request.header("content-type", "application/json").body(json!(events).to_string());
        Ok::<_, reqwest::Error>((events, request.send().await?.status()))
    }));
    let sent: Vec<_> = sent.await.into_iter().collect::<Result<_, _>>().context("the host answers")?;
    Ok(sent.into_iter().filter(|(_, status)| !status.is_success()).map(|(events, _)| events).collect())
}

/// How many were refused, where each was refused with a status.
fn refused(invocations: &[local_azure::functions_host::Invocation]) -> anyhow::Result<usize> {
    let mut count = 0;
    for invocation in invocations.iter().filter(|invocation| invocation.function == "ConnectionEvent") {
        if let InvocationStatus::Failed(why) = &invocation.status {
            anyhow::ensure!(why.contains("500") || why.contains("503"), "a call ended otherwise: {why}");
            count += 1;
        }
    }
    Ok(count)
}

/// The endpoints whose proof passed, in lower case.
fn proven(platform: &Platform) -> BTreeSet<String> {
    let records = platform.journal().into_iter();
    let passed = records.filter(|record| record.text("event") == "validation" && record.text("verdict") == "passed");
    passed.map(|record| record.text("endpoint").to_lowercase()).collect()
}

/// Fails if the handler ever had too much memory resident.
fn below_its_memory(executable: &Path) -> anyhow::Result<()> {
    let memory_kib = memory_kib(executable, "VmHWM:")?;
    println!("the handler had at most {memory_kib} KiB resident");
    anyhow::ensure!(memory_kib < MEMORY_MAX_KIB, "that is {MEMORY_MAX_KIB} KiB or more");
    Ok(())
}

/// What the kernel says of the process that runs this program, in KiB.
fn memory_kib(executable: &Path, key: &str) -> anyhow::Result<u64> {
    let own = std::process::id().to_string();
    for process in std::fs::read_dir("/proc")?.flatten() {
        let is_it = std::fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == executable);
        let status = std::fs::read_to_string(process.path().join("status")).unwrap_or_default();
        let value = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
        if is_it && value("PPid:") == Some(&own) {
            let text = value(key).context("a process has memory")?;
            return Ok(text.trim_end_matches(" kB").parse()?);
        }
    }
    anyhow::bail!("{} does not run", executable.display())
}
