//! Lets one reconcile at a time work on a target.
//!
//! One new endpoint causes several events at once, and providers such as Cosmos DB and Storage refuse a second operation
//! on an account while one runs. Taking turns makes the later ones see what the first one did. Instances of the app
//! share nothing: between them conditional writes and Azure's own refusals keep the order of records. For approvals there
//! is no such condition, so a rule's limit is kept within one instance only.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use portreeve_decisions::resource_id::ResourceId;
use tokio::sync::OwnedMutexGuard;

/// Above this many, locks that nobody holds are forgotten.
const LOCKS_KEPT_MAX: usize = 1000;

/// The locks of one process.
#[derive(Debug, Default)]
pub(crate) struct TargetLocks {
    locks: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// The turn on one target, until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Whether somebody else had a turn first, so that what was read before may be out of date.
    pub waited: bool,
    _guard: OwnedMutexGuard<()>,
}

impl TargetLocks {
    /// Waits for the turn on a target. Whoever is dropped while waiting or working gives it up.
    pub async fn turn(&self, target: &ResourceId) -> Turn {
        let lock = self.lock_of(target);
        match lock.clone().try_lock_owned() {
            Ok(guard) => Turn { waited: false, _guard: guard },
            Err(_) => Turn { waited: true, _guard: lock.lock_owned().await },
        }
    }

    fn lock_of(&self, target: &ResourceId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if locks.len() > LOCKS_KEPT_MAX {
            locks.retain(|_, lock| Arc::strong_count(lock) > 1);
        }
        locks.entry(target.key().to_owned()).or_default().clone()
    }
}
