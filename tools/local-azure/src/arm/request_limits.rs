//! How many requests ARM takes: by subscription, principal and kind of operation, and by zone for record sets.
//!
//! Off until a test or simulation asks for it. Each limit is a bucket of tokens
//! (<https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>); those of record
//! sets are published by the minute (<https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits#azure-dns-limits>).
//! Assumed: they are buckets that hold a minute's worth, a refusal names the wait for the next token in whole seconds, and
//! a request that comes before that is over begins the wait anew.

mod token_bucket;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::Method;
use tokio::time::Instant;

use super::path::{InSubscription, Route};
use crate::cloud::{arm_error::ArmError, precondition::Precondition, resource_id::ResourceId};
use token_bucket::{Refusal, TokenBucket};

/// A request that was on its way when the wait was told could not know of it.
const UNDER_WAY: Duration = Duration::from_millis(500);

/// How much one limit allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimit {
    /// Requests at once.
    pub burst: u32,
    /// Requests a second after that.
    pub per_second: f64,
}

/// The limits of a cloud.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateLimits {
    /// Reads in one subscription (or the tenant) by one principal.
    pub reads: RateLimit,
    /// Writes, likewise.
    pub writes: RateLimit,
    /// Deletes, likewise.
    pub deletes: RateLimit,
    /// Creates, updates and deletes of record sets in one zone, each, by everybody together.
    pub record_set_writes: RateLimit,
    /// Gets of record sets in one zone.
    pub record_set_gets: RateLimit,
    /// Lists of record sets in one zone.
    pub record_set_lists: RateLimit,
}

impl RateLimits {
    /// The public cloud's own.
    pub const PUBLIC: Self = Self {
        reads: RateLimit { burst: 250, per_second: 25.0 },
        writes: RateLimit { burst: 200, per_second: 10.0 },
        deletes: RateLimit { burst: 200, per_second: 10.0 },
        record_set_writes: RateLimit { burst: 60, per_second: 1.0 },
        record_set_gets: RateLimit { burst: 200, per_second: 200.0 / 60.0 },
        record_set_lists: RateLimit { burst: 100, per_second: 100.0 / 60.0 },
    };
}

/// The limits of one running cloud, and what is left of them. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct RequestLimits {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    limits: Option<RateLimits>,
    buckets: HashMap<String, TokenBucket>,
    early: usize,
}

/// A header that tells how many requests are left.
pub type Remaining = (&'static str, u32);

impl RequestLimits {
    /// From here on these limits hold, and nothing of them is used up.
    pub fn set(&self, limits: RateLimits) {
        *self.lock() = Kept { limits: Some(limits), ..Kept::default() };
    }

    /// How many requests came before the time that a refusal had named, though it was told before they were sent.
    #[must_use]
    pub fn early_requests(&self) -> usize {
        self.lock().early
    }

    /// Counts a request. Returns what is left, or refuses it.
    pub(super) fn count(
        &self,
        principal: &str,
        method: &Method,
        route: &Route,
        precondition: &Precondition,
        now: Instant,
    ) -> Result<Option<Remaining>, ArmError> {
        let mut kept = self.lock();
        let Some(limits) = kept.limits.filter(|_| *route != Route::ResourceGraph) else { return Ok(None) };
        let (limit, word, in_subscription, in_tenant) = match *method {
            Method::GET | Method::HEAD => (
                limits.reads,
                "reads",
                "x-ms-ratelimit-remaining-subscription-reads",
                "x-ms-ratelimit-remaining-tenant-reads",
            ),
            Method::DELETE => (
                limits.deletes,
                "deletes",
                "x-ms-ratelimit-remaining-subscription-deletes",
                "x-ms-ratelimit-remaining-tenant-deletes",
            ),
            _ => (
                limits.writes,
                "writes",
                "x-ms-ratelimit-remaining-subscription-writes",
                "x-ms-ratelimit-remaining-tenant-writes",
            ),
        };
        let (whose, header, code) = match route {
            Route::In { subscription, .. } => {
                (subscription.to_ascii_lowercase(), in_subscription, "SubscriptionRequestsThrottled")
            }
            Route::MetadataEndpoints
            | Route::Subscriptions
            | Route::Providers
            | Route::Provider(_)
            | Route::ResourceGraph => (String::new(), in_tenant, "TenantRequestsThrottled"),
        };
        let left = kept.take(format!("{principal} {whose} {word}"), limit, now);
        let left = left.map_err(|seconds| refusal(code, word, seconds))?;
        if let Some((key, limit)) = of_record_sets(&limits, method, route, precondition) {
            kept.take(key, limit, now)
                .map_err(|seconds| refusal("ResourceRequestsThrottled", "record set", seconds))?;
        }
        Ok(Some((header, left)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn take(&mut self, key: String, limit: RateLimit, now: Instant) -> Result<u32, u64> {
        let bucket = self.buckets.entry(key).or_insert_with(|| TokenBucket::full(limit, now));
        bucket.take(now).map_err(|Refusal { wait_seconds, told_before }| {
            self.early += usize::from(told_before.is_some_and(|before| before > UNDER_WAY));
            wait_seconds
        })
    }
}

/// The limit of a zone's record sets that a request counts against, too.
fn of_record_sets(
    limits: &RateLimits,
    method: &Method,
    route: &Route,
    precondition: &Precondition,
) -> Option<(String, RateLimit)> {
    let Route::In { what, .. } = route else { return None };
    let (zone, is_list) = match what {
        InSubscription::Resource(id) => (id.parent()?, false),
        InSubscription::Children { parent, kind } if !kind.eq_ignore_ascii_case("virtualNetworkLinks") => {
            (parent.clone(), true)
        }
        _ => return None,
    };
    let is_link = matches!(what, InSubscription::Resource(id) if is_of(id, "virtualNetworkLinks"));
    if !is_of(&zone, "privateDnsZones") || is_link {
        return None;
    }
    let (word, limit) = match *method {
        Method::GET | Method::HEAD if is_list => ("lists", limits.record_set_lists),
        Method::GET | Method::HEAD => ("gets", limits.record_set_gets),
        Method::DELETE => ("deletes", limits.record_set_writes),
        _ if precondition.if_match.is_some() => ("updates", limits.record_set_writes),
        _ => ("creates", limits.record_set_writes),
    };
    Some((format!("{} {word}", zone.key()), limit))
}

fn is_of(id: &ResourceId, kind: &str) -> bool {
    id.resource_type().to_ascii_lowercase().ends_with(&format!("/{}", kind.to_ascii_lowercase()))
}

fn refusal(code: &str, what: &str, seconds: u64) -> ArmError {
    let message = format!("Number of {what} requests exceeded. Please try again after '{seconds}' seconds.");
    ArmError { retry_after_seconds: Some(seconds), ..ArmError::new(429, code, message) }
}

#[cfg(test)]
mod tests;
