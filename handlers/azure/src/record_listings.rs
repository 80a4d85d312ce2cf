//! Lists zones' records for the removals that are under way, which share what was listed: Azure allows few lists of a zone
//! a minute.
//!
//! A record may be written for an endpoint until it is seen to be gone, so a removal takes a listing only if its reading
//! began after that. Readings are numbered as they begin, and the numbers tell it whatever the clock says. Of many removals
//! that wait for a zone one reads, and all that were under way when it began are served.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use portreeve_decisions::dns::{RecordOwner, RecordSet, RecordSetRef};
use portreeve_decisions::resource_id::ResourceId;

/// The records of one zone that are ours.
pub(crate) type OurRecords = Arc<[(RecordSetRef, RecordSet)]>;

/// The listings of one process. They are forgotten when no removal is under way.
#[derive(Debug, Default)]
pub(crate) struct RecordListings {
    shared: Mutex<Weak<Shared>>,
}

/// The listings that one removal may take.
#[derive(Debug)]
pub(crate) struct FreshListings {
    shared: Arc<Shared>,
    /// Readings up to this one had begun before.
    stale_up_to: u64,
}

/// What all removals that are under way have in common.
#[derive(Debug, Default)]
struct Shared {
    readings: AtomicU64,
    zones: Mutex<BTreeMap<String, Slot>>,
}

/// A zone's last listing, with the number of its reading.
type Slot = Arc<tokio::sync::Mutex<Option<(u64, OurRecords)>>>;

impl RecordListings {
    /// The listings whose reading begins from now on.
    pub fn fresh(&self) -> FreshListings {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let in_use = shared.upgrade().unwrap_or_default();
        *shared = Arc::downgrade(&in_use);
        FreshListings { stale_up_to: in_use.readings.load(Ordering::SeqCst), shared: in_use }
    }
}

impl FreshListings {
    /// Our records in a zone: of a listing that is there, or else of what `read` gives, which is kept. A failure is not.
    pub async fn get_or_read<E>(
        &self,
        zone: &ResourceId,
        read: impl Future<Output = Result<Vec<(RecordSetRef, RecordSet)>, E>>,
    ) -> Result<OurRecords, E> {
        let slot = self.shared.slot(zone);
        // Held while reading, by zone: whoever comes meanwhile waits for the next listing instead of reading, too.
        let mut last = slot.lock().await;
        if let Some((reading, records)) = last.as_ref()
            && *reading > self.stale_up_to
        {
            return Ok(records.clone());
        }
        let reading = self.shared.readings.fetch_add(1, Ordering::SeqCst) + 1;
        let all = read.await?.into_iter();
        let records: OurRecords = all.filter(|(_, record)| matches!(record.owner, RecordOwner::Endpoint(_))).collect();
        *last = Some((reading, records.clone()));
        Ok(records)
    }
}

impl Shared {
    fn slot(&self, zone: &ResourceId) -> Slot {
        let mut zones = self.zones.lock().unwrap_or_else(PoisonError::into_inner);
        zones.entry(zone.key().to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests;
