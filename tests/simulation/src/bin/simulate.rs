//! Lives through the histories of many seeds, or tells that of one.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use portreeve_simulation::{Report, Scenario, run, shrink};

/// How many histories are tried to make a violation's shorter.
const SHRINKING_RUNS: usize = 400;
/// So many seeds that go wrong are told in full.
const TOLD_MAX: usize = 3;

/// Runs the real handler in a simulated cloud, and says which seeds go wrong.
#[derive(Parser)]
struct Arguments {
    /// The seeds, from the first up to but without the last, for example `0..10000`.
    #[arg(long, value_parser = range, default_value = "0..1000", conflicts_with = "seed")]
    seeds: std::ops::Range<u64>,
    /// Tells the history of this seed, and its shortest form where it goes wrong.
    #[arg(long)]
    seed: Option<u64>,
}

fn range(text: &str) -> Result<std::ops::Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("write FROM..TO, for example 0..10000")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("`{text}`: {error}"));
    let range = number(from)?..number(to)?;
    if range.is_empty() { Err(format!("{text} has no seed in it")) } else { Ok(range) }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => tell(seed),
        None => try_all(arguments.seeds),
    }
}

fn tell(seed: u64) -> ExitCode {
    let scenario = Scenario::of(seed);
    let report = run(&scenario);
    println!("{scenario}\n{}", report.history);
    let is_the_same = run(&scenario).history == report.history;
    if report.violations.is_empty() && is_the_same {
        println!("1 seeds, 0 violations");
        return ExitCode::SUCCESS;
    }
    if !is_the_same {
        println!("VIOLATION: a second run of the seed has another history");
    }
    tell_violations(seed, &report);
    println!("1 seeds, {} violations", report.violations.len() + usize::from(!is_the_same));
    ExitCode::FAILURE
}

fn tell_violations(seed: u64, report: &Report) {
    if report.violations.is_empty() {
        return;
    }
    let shortest = shrink(&Scenario::of(seed), SHRINKING_RUNS);
    let shortened = run(&shortest);
    println!("\nthe shortest form found of seed {seed}:\n{shortest}\n{}", shortened.history);
    for violation in &shortened.violations {
        println!("VIOLATION in the shortest form: {violation}");
    }
    for violation in &report.violations {
        println!("VIOLATION in seed {seed}: {violation}");
    }
}

fn try_all(seeds: std::ops::Range<u64>) -> ExitCode {
    let next = AtomicU64::new(seeds.start);
    let wrong: Mutex<Vec<(u64, Report)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let report = run(&Scenario::of(seed));
                    if !report.violations.is_empty() {
                        eprintln!("seed {seed}: {}", report.violations[0]);
                        wrong.lock().expect("no thread panics here").push((seed, report));
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("all threads have ended");
    wrong.sort_by_key(|(seed, _)| *seed);
    for (seed, report) in wrong.iter().take(TOLD_MAX) {
        tell_violations(*seed, report);
    }
    let violations: usize = wrong.iter().map(|(_, report)| report.violations.len()).sum();
    for (seed, report) in &wrong {
        println!("seed {seed}: {}", report.violations.join("; "));
    }
    println!("{} seeds, {violations} violations", seeds.end - seeds.start);
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
