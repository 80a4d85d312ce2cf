//! `cargo crash-sweep`: kills the handler before and after each request of a connection's life, one life for each, and
//! compares how the lives went.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Context;
use local_azure::arm::faults::Moment;
use platform::{CrashPoint, Lived, live};

/// Lives at the same time. Each has a handler of its own beside it.
const LIVES_AT_ONCE: usize = 2;

fn main() -> ExitCode {
    match sweep() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the sweep stopped: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns how many lives went differently.
fn sweep() -> anyhow::Result<usize> {
    let started = Instant::now();
    let reference = lived(None).context("the life without a crash")?;
    let points: Vec<_> = (0..reference.requests.len()).flat_map(both_sides).collect();
    let (next, different) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..LIVES_AT_ONCE {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let differences = differences(*point, &reference);
                    different.fetch_add(usize::from(!differences.is_empty()), Ordering::Relaxed);
                    println!("{}", told(*point, &reference, &differences));
                }
            });
        }
    });
    let different = different.into_inner();
    println!("{} crashes, {different} different, in {} s", points.len(), started.elapsed().as_secs());
    Ok(different)
}

fn both_sides(index: usize) -> [CrashPoint; 2] {
    [Moment::BeforeEffect, Moment::BeforeAnswer].map(|moment| CrashPoint { index, moment })
}

/// Lives with this crash, and returns what was different.
fn differences(point: CrashPoint, reference: &Lived) -> Vec<String> {
    match lived(Some(point)) {
        Err(error) => vec![format!("it could not be lived to its end: {error:#}")],
        Ok(life) if !life.has_crashed => vec!["this request was not made".to_owned()],
        Ok(life) => life.differences(reference),
    }
}

/// One line for a life that went as it should, and one more for each difference.
fn told(point: CrashPoint, reference: &Lived, differences: &[String]) -> String {
    let side = match point.moment {
        Moment::BeforeEffect => "before",
        Moment::BeforeAnswer => "after",
    };
    let verdict = if differences.is_empty() { "same" } else { "DIFFERENT" };
    let CrashPoint { index, .. } = point;
    let line = format!("{verdict} when killed {side} request {}, {}", index + 1, reference.requests[index]);
    differences.iter().fold(line, |told, difference| format!("{told}\n    {difference}"))
}

/// One thread for one local Azure, so that it hands out events in the order in which they happen.
fn lived(crash: Option<CrashPoint>) -> anyhow::Result<Lived> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(live(crash))
}
