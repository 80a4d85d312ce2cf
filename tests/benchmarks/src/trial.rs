//! Whether the benchmarks are only tried, which must take seconds even when built without optimisation.

/// The most rules that a trial generates.
pub const RULES_MAX: usize = 1_000;

/// Criterion measures only when told `--bench` and not `--test`, as `cargo bench` alone tells it.
#[must_use]
pub fn is_trial() -> bool {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    has("--test") || !has("--bench")
}

/// Those of the sizes that are run.
pub fn sizes<const N: usize>(all: [usize; N]) -> impl Iterator<Item = usize> {
    all.into_iter().filter(|size| !is_trial() || *size <= RULES_MAX)
}
