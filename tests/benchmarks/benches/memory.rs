//! How much memory an allowlist keeps, and takes while it is read; the text of the file is not counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use portreeve_benchmarks::ours::Ours;
use portreeve_benchmarks::{generate, trial, yaml};

const SEED: u64 = 20_261_120;
const MIB: f64 = 1024.0 * 1024.0;
/// From the design: what 10,000 rules may keep.
const BUDGET_RULES: usize = 10_000;
const BUDGET_MIB: f64 = 10.0;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static COUNTING: Counting = Counting;

/// The system's allocator, with the bytes that were asked for counted.
struct Counting;

#[expect(unsafe_code, reason = "the trait is unsafe; each call goes on to the system as it came")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn main() {
    println!("{:>8} {:>10} {:>10} {:>10} {:>10}", "rules", "file MiB", "kept MiB", "B/rule", "peak MiB");
    let mut over_budget = false;
    for size in trial::sizes([100, 1_000, BUDGET_RULES, 100_000]) {
        let text = yaml::render(&generate::rules(SEED, size));
        let before = LIVE.load(Relaxed);
        PEAK.store(before, Relaxed);
        let allowlist = Ours::parse(&text);
        let kept = LIVE.load(Relaxed) - before;
        let peak = PEAK.load(Relaxed) - before;
        let mib = |bytes: usize| bytes as f64 / MIB;
        let per_rule = kept / size;
        println!("{size:>8} {:>10.2} {:>10.2} {per_rule:>10} {:>10.2}", mib(text.len()), mib(kept), mib(peak));
        drop(allowlist);
        over_budget |= size == BUDGET_RULES && mib(kept) > BUDGET_MIB;
    }
    if over_budget {
        eprintln!("{BUDGET_RULES} rules keep more than {BUDGET_MIB} MiB");
        std::process::exit(1);
    }
}
