//! What loading an allowlist costs, and explaining a hold.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use portreeve_benchmarks::naive::Scan;
use portreeve_benchmarks::ours::{Ours, Question};
use portreeve_benchmarks::{generate, trial, yaml};

const SEED: u64 = 20_261_120;

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    group.sample_size(10);
    for size in trial::sizes([1_000, 10_000, 100_000]) {
        let text = yaml::render(&generate::rules(SEED, size));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter_with_large_drop(|| Ours::parse(&text));
        });
    }
    group.finish();
}

/// A connection that nothing matches, so that every rule could have come near.
fn explain(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("explain");
    for size in trial::sizes([1_000, 10_000, 100_000]) {
        let rules = generate::rules(SEED, size);
        let ours = Ours::parse(&yaml::render(&rules));
        let scan = Scan::new(&rules);
        let connections = generate::connections(SEED, &rules, 100);
        let held = connections.iter().filter(|connection| scan.decide(connection, generate::TODAY).is_none());
        let questions: Vec<Question> = held.map(Question::new).collect();
        let mut next = questions.iter().cycle();
        group.bench_function(BenchmarkId::new("hold", size), |bencher| {
            bencher.iter(|| ours.explain(next.next().expect("a cycle has no end"), generate::TODAY));
        });
    }
    group.finish();
}

criterion_group!(benches, parse, explain);
criterion_main!(benches);
