//! A slice of the simulation, small enough to run with the other tests. `cargo simulate --seeds 0..10000` is the whole.

use portreeve_simulation::{Scenario, run};

fn holds(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let report = run(&Scenario::of(seed));
        assert_eq!(report.violations, Vec::<String>::new(), "`cargo simulate --seed {seed}` tells the history");
    }
}

// Several tests, because they run at the same time.

#[test]
fn nothing_is_lost_or_stolen_in_the_first_histories() {
    holds(0..8);
}

#[test]
fn nothing_is_lost_or_stolen_in_the_second_histories() {
    holds(8..16);
}

#[test]
fn nothing_is_lost_or_stolen_in_the_third_histories() {
    holds(16..24);
}

#[test]
fn the_same_seed_has_the_same_history() {
    for seed in [3, 34] {
        let histories = [run(&Scenario::of(seed)), run(&Scenario::of(seed))].map(|report| report.history);
        assert!(histories[0].lines().count() > 100, "seed {seed} tells next to nothing");
        assert!(histories[0] == histories[1], "seed {seed} has two histories");
    }
    assert_ne!(run(&Scenario::of(1)).history, run(&Scenario::of(2)).history);
}
