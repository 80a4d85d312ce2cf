//! The configured zones, kept for a while: they change rarely, and there may be dozens.

use std::collections::BTreeMap;
use std::time::Duration;

use portreeve_decisions::allowlist::{DnsOptions, ZoneScope};
use portreeve_decisions::dns::Zone;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::arm::Arm;
use crate::error::AzureError;

/// Zones and their links are read anew after this long, whoever asks.
const KEPT_FOR: Duration = Duration::from_secs(300);
/// Zones that were missed are not looked for again sooner: a burst of endpoints without a zone must not use up ARM's
/// patience. The work is put off instead.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What is kept for each configured resource group.
#[derive(Debug, Default)]
pub(crate) struct ZoneCache {
    groups: Mutex<BTreeMap<ZoneScope, KeptZones>>,
}

#[derive(Clone, Debug)]
struct KeptZones {
    read_at: OffsetDateTime,
    zones: Vec<Zone>,
}

impl ZoneCache {
    /// The zones of the configured groups, in their order, read no earlier than `not_before`, or a moment ago.
    pub async fn zones(
        &self,
        arm: &Arm,
        options: &DnsOptions,
        not_before: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Vec<Zone>, AzureError> {
        // Held while reading: of many callers that miss a zone at once, one reads and all are served.
        let mut groups = self.groups.lock().await;
        let fresh_from = not_before.clamp(now - KEPT_FOR, now - READ_AGAIN_AFTER);
        let mut all = Vec::new();
        for scope in options.scopes() {
            if groups.get(scope).is_none_or(|kept| kept.read_at < fresh_from) {
                let zones = read(arm, scope).await?;
                groups.insert(scope.clone(), KeptZones { read_at: now, zones });
            }
            all.extend(groups[scope].zones.iter().filter(|zone| options.admits(scope, &zone.name)).cloned());
        }
        Ok(all)
    }

    /// Forgets all, so that the next look reads.
    pub async fn forget(&self) {
        self.groups.lock().await.clear();
    }
}

/// A group that is not there or not ours to read has no zones: it must not keep the others' records from being written.
async fn read(arm: &Arm, scope: &ZoneScope) -> Result<Vec<Zone>, AzureError> {
    match arm.zones_in(scope).await {
        Err(error) if error.is_out_of_reach() => {
            tracing::error!(
                event = "failure",
                correlation_id = arm.client_request_id(),
                error = %error,
                remedy = error.remedy().unwrap_or("correct `dns.zones` in the allowlist, or create the group"),
                "the zones of {} cannot be read, so no record is written there", scope.resource_group
            );
            Ok(Vec::new())
        }
        zones => zones,
    }
}
