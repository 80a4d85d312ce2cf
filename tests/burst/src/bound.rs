//! The time that Azure's limits themselves need for a burst, whoever does the work and however well.
//!
//! A bucket of tokens with `burst` at once and `per_second` after that lets `n` requests through in
//! `(n - burst) / per_second` seconds. Each connection needs at least:
//!
//! | request | counts in |
//! |---|---|
//! | read the endpoint, to decide, and once more for its names, which it tells when it is approved | the endpoint's subscription, reads |
//! | list the target's connections | the target's subscription, reads |
//! | approve | the target's subscription, writes |
//! | create a record | the zone, creates; the zone's subscription, writes |
//!
//! Endpoint and target are in the same subscription here. The slowest bucket is the bound.

use std::time::Duration;

use local_azure::arm::request_limits::{RateLimit, RateLimits};

use crate::Burst;

/// The bound, and which limit sets it.
pub(crate) fn of(burst: &Burst) -> (Duration, &'static str) {
    let RateLimits { reads, writes, record_set_writes, .. } = RateLimits::PUBLIC;
    let by_subscription = burst.connections.div_ceil(burst.subscriptions);
    let by_zone = burst.connections.div_ceil(burst.zones);
    let zones_by_subscription = burst.zones.div_ceil(burst.zone_subscriptions);
    let bounds = [
        (time(3 * by_subscription, reads), "reads of a subscription"),
        (time(by_subscription, writes), "approvals in a subscription"),
        (time(by_zone, record_set_writes), "record sets of a zone"),
        (time(by_zone * zones_by_subscription, writes), "writes in a zone's subscription"),
    ];
    bounds.into_iter().max().unwrap_or_default()
}

fn time(requests: usize, limit: RateLimit) -> Duration {
    let beyond_the_burst = u32::try_from(requests).unwrap_or(u32::MAX).saturating_sub(limit.burst);
    Duration::from_secs_f64(f64::from(beyond_the_burst) / limit.per_second).max(Duration::from_secs(1))
}
