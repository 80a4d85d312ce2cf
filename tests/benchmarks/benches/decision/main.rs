//! What one decision costs: ours beside a plain scan and two general engines that are given the same rules.
//!
//! Before anything is measured, every engine decides every connection as the scan does, effect and rule, or this panics.

mod cedar;
mod engine;
mod portreeve;
mod rego;
mod scan;

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use portreeve_benchmarks::connection::Connection;
use portreeve_benchmarks::rules::{Rules, Verdict};
use portreeve_benchmarks::{generate, trial};

use crate::engine::Engine;

const SEED: u64 = 20_261_120;
const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];
/// Enough for every kind of connection several times, few enough that the slow engines can be asked about them all.
const CONNECTIONS: usize = 48;
/// The slow engines are tried with no more rules than this.
const TRIAL_RULES_MAX_SLOW: usize = 100;

/// What all engines of one size are asked, with what they must answer.
struct Scene {
    rules: Rules,
    questions: Vec<(Connection, Verdict)>,
}

impl Scene {
    fn new(size: usize) -> Self {
        let rules = generate::rules(SEED, size);
        let scan = scan::NaiveScan::load(&rules);
        let answer = |connection: Connection| {
            let verdict = scan.verdict(&scan.answer(&scan.question(&connection)));
            (connection, verdict)
        };
        let questions = generate::connections(SEED, &rules, CONNECTIONS).into_iter().map(answer).collect();
        Self { rules, questions }
    }
}

fn decision(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decision");
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2)).sample_size(10);
    for size in trial::sizes(SIZES) {
        let scene = Scene::new(size);
        measure::<portreeve::Portreeve>(&mut group, &scene);
        measure::<scan::NaiveScan>(&mut group, &scene);
        measure::<cedar::Cedar>(&mut group, &scene);
        measure::<rego::Rego>(&mut group, &scene);
    }
    group.finish();
}

fn measure<E: Engine>(group: &mut BenchmarkGroup<'_, WallTime>, scene: &Scene) {
    let size = scene.rules.rules.len();
    if trial::is_trial() && size > TRIAL_RULES_MAX_SLOW && !E::IS_QUICK {
        return;
    }
    let engine = E::load(&scene.rules);
    let questions: Vec<E::Question> =
        scene.questions.iter().map(|(connection, _)| engine.question(connection)).collect();
    for (question, (connection, expected)) in questions.iter().zip(&scene.questions) {
        let observed = engine.verdict(&engine.answer(question));
        assert_eq!(&observed, expected, "{} and the scan differ on {connection:?} by {size} rules", E::NAME);
    }
    let mut next = questions.iter().cycle();
    group.bench_function(BenchmarkId::new(E::NAME, size), |bencher| {
        bencher.iter(|| engine.answer(next.next().expect("a cycle has no end")));
    });
}

criterion_group!(benches, decision);
criterion_main!(benches);
