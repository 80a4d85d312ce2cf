//! A burst small enough to run with the other tests: eighty connections at once, for whose records one zone takes sixty
//! creates and then one a second. `cargo burst` is the whole.

use portreeve_burst::Burst;

#[test]
fn a_burst_drains_at_the_limits_own_pace_and_nothing_is_refused_or_lost() {
    let burst = Burst {
        connections: 80,
        zones: 1,
        instances: 1,
        each_function: false,
        subscriptions: 20,
        zone_subscriptions: 1,
    };
    let report = burst.run().expect("a simulated cloud");
    assert_eq!((report.lost, report.unproven, report.dead_letters), (0, 0, 0), "{report}");
    assert_eq!((report.refused, report.early), ([0; 4], 0), "{report}");
    // Virtual time, so it is the same on every machine. The first and last jobs cost their seconds, however few there are.
    let most = report.bound.0 + std::time::Duration::from_secs(15);
    assert!(report.bound.0.as_secs() >= 20 && report.drained_in <= most, "{report}");
}
