//! Asks nothing of Azure that Azure would refuse: one limiter for all that this process sends to ARM.
//!
//! Each request asks for its turn, and each answer is told. What has to wait for longer than a moment books a turn: the
//! job that goes on with it is due just then. See [`bucket`] for how a turn is found, [`counted`] for Azure's limits.

mod bucket;
mod counted;
mod line;
mod tokens;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use portreeve_decisions::catalogue::Cloud;
use time::OffsetDateTime;

use self::bucket::Bucket;
pub(crate) use self::counted::Counted;
use self::counted::{Limit, Operation};

/// Above this many, buckets that are full are forgotten.
const BUCKETS_KEPT_MAX: usize = 1000;
/// How long a limit counts as closed after a refusal that does not say: what private DNS zones ask for
/// (<https://github.com/kubernetes-sigs/external-dns/issues/4839>).
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(10);

/// A turn that was booked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BookedTurn {
    /// The limit that is waited for.
    pub limit: String,
    /// When the turn comes; asking earlier is of no use.
    pub due: OffsetDateTime,
}

/// What a request is told that asks for its turn.
#[derive(Debug, PartialEq)]
pub(crate) enum Turn {
    /// It may go after this wait, often none. Its token is taken.
    After(Duration),
    /// It has to come back.
    Booked(BookedTurn),
}

/// How a piece of work stands in the lines.
#[derive(Debug, Default)]
pub(crate) struct Place {
    awaited: Option<String>,
    /// Whether its reads go before those of work that has not begun: what was read already would be read again.
    has_begun: AtomicBool,
    /// How long each of its reads may wait once it has begun. Longer than those who would begin wait, so that where many
    /// compete for a limit those who began can finish: put off, they would read all again.
    pub patience: Duration,
}

/// What an answer says about limits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    /// How many requests are left of ARM's limit.
    pub remaining: Option<u32>,
    /// That the request was refused for a limit.
    pub refused: Option<Refused>,
}

/// A refusal for a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    /// How long to wait, where it says so.
    pub retry_after: Option<Duration>,
    /// Whether the limit is ARM's own; else it is the provider's.
    pub is_arms: bool,
}

/// The limits that this process has met so far.
#[derive(Debug)]
pub(crate) struct Limits {
    buckets: Mutex<BTreeMap<String, Bucket>>,
    cloud: Cloud,
}

impl Place {
    /// Of work that comes back from this limit's line, or of new work.
    pub fn of(awaited: Option<&str>, patience: Duration) -> Self {
        Self { awaited: awaited.map(str::to_owned), has_begun: AtomicBool::new(awaited.is_some()), patience }
    }

    /// Whether the work has had a turn, or comes back for one.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    fn precedes(&self, limit: &Limit, operation: Operation) -> bool {
        let is_awaited = self.awaited.as_ref() == Some(&limit.name);
        is_awaited || (operation == Operation::Read && self.has_begun())
    }
}

impl Limits {
    /// The limits of a cloud, all unused.
    pub fn new(cloud: Cloud) -> Self {
        Self { buckets: Mutex::default(), cloud }
    }

    /// Which cloud's they are.
    pub fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// A turn for a request: within `patience`, or booked.
    pub fn turn(&self, counted: &Counted, place: &Place, patience: Duration, now: OffsetDateTime) -> Turn {
        self.with(|buckets| {
            let waits = counted.limits().map(|limit| {
                let has_precedence = place.precedes(limit, counted.operation);
                (bucket_of(buckets, limit, now).wait(&counted.request, has_precedence, now), limit)
            });
            let [arm, provider] = waits;
            let (wait, limit) = if arm.0 > provider.0 { arm } else { provider };
            if wait > patience {
                let due = bucket_of(buckets, limit, now).book(&counted.request, now);
                return Turn::Booked(BookedTurn { limit: limit.name.clone(), due });
            }
            for limit in counted.limits() {
                bucket_of(buckets, limit, now).take(&counted.request, now);
            }
            place.has_begun.store(true, Ordering::Relaxed);
            Turn::After(wait)
        })
    }

    /// Whether a limit was closed since the request's turn was given.
    pub fn is_closed(&self, counted: &Counted, now: OffsetDateTime) -> bool {
        let is_closed = |bucket: &Bucket| !bucket.closed_for(now).is_zero();
        self.with(|buckets| counted.limits().iter().any(|limit| buckets.get(&limit.name).is_some_and(is_closed)))
    }

    /// Whether work that comes back for a limit has to wait on, so that it need not begin: the turn that it has then.
    pub fn still_awaited(&self, limit: &str, who: &str, patience: Duration, now: OffsetDateTime) -> Option<BookedTurn> {
        self.with(|buckets| {
            let bucket = buckets.get_mut(limit)?;
            if bucket.wait(who, true, now) <= patience {
                return None;
            }
            Some(BookedTurn { limit: limit.to_owned(), due: bucket.book(who, now) })
        })
    }

    /// Keeps what an answer said.
    pub fn told(&self, counted: &Counted, told: Told, now: OffsetDateTime) {
        self.with(|buckets| {
            if let Some(requests) = told.remaining {
                bucket_of(buckets, &counted.arm, now).remaining(requests, now);
            }
            match told.refused {
                Some(Refused { retry_after, is_arms }) => {
                    let limit = if is_arms { &counted.arm } else { &counted.provider };
                    bucket_of(buckets, limit, now).refused(retry_after.unwrap_or(RETRY_AFTER_DEFAULT), now);
                }
                None => counted.limits().iter().for_each(|limit| bucket_of(buckets, limit, now).let_through(now)),
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Bucket>) -> T) -> T {
        work(&mut self.buckets.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn bucket_of<'a>(buckets: &'a mut BTreeMap<String, Bucket>, limit: &Limit, now: OffsetDateTime) -> &'a mut Bucket {
    if buckets.len() > BUCKETS_KEPT_MAX && !buckets.contains_key(&limit.name) {
        buckets.retain(|_, bucket| !bucket.is_at_rest(now));
    }
    buckets.entry(limit.name.clone()).or_insert_with(|| Bucket::new(limit.size, now))
}

#[cfg(test)]
mod tests;
