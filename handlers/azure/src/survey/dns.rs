//! The configured zones with their links and records, as Resource Graph lists them.

use std::collections::{BTreeMap, BTreeSet};

use portreeve_decisions::allowlist::{DnsOptions, ZoneScope};
use portreeve_decisions::dns::Zone;
use portreeve_decisions::listing::Listing;
use portreeve_decisions::resource_id::ResourceId;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::AzureError;
use crate::survey::LeftOut;
use crate::survey::queries::{records, zones};
use crate::survey::rows::{RecordRow, ZoneRow};

const ZONES: &str = "Microsoft.Network/privateDnsZones";

/// What rows tell of one zone.
#[derive(Default)]
struct ZoneFacts {
    linked_networks: Vec<ResourceId>,
    is_new: bool,
}

impl Azure {
    /// Lists zones and records. Where a subscription of theirs is left out, or a group in which zones would be made cannot be
    /// read, no record counts as missing.
    pub(super) async fn list_records(
        &self,
        arm: &Arm,
        subscriptions: &[(String, Option<String>)],
        options: &DnsOptions,
        listing: &mut Listing,
        left_out: &mut LeftOut,
    ) -> Result<(), AzureError> {
        // Zones and links that were made a moment ago woke nobody. What is found now is to be reconciled with them.
        self.zones.forget().await;
        let is_of = |scope: &ZoneScope, id: &str| scope.subscription.eq_ignore_ascii_case(id);
        let wanted: Vec<String> = subscriptions
            .iter()
            .map(|(id, _)| id.clone())
            .filter(|id| options.scopes().any(|scope| is_of(scope, id)))
            .collect();
        for scope in options.scopes().filter(|scope| !wanted.iter().any(|id| is_of(scope, id))) {
            tracing::error!(
                event = "failure",
                correlation_id = arm.client_request_id(),
                subscription = scope.subscription,
                remedy = "correct `dns.zones` in the allowlist, or assign the custom role of infra/ there",
                "the zones of {} cannot be read: their subscription is not ours to see",
                scope.resource_group
            );
        }
        let mut failed = LeftOut::new();
        let found = self.ask::<ZoneRow>(arm, &wanted, &zones(options), &mut failed).await?;
        listing.zones = zones_of(found, options);
        let ours: BTreeSet<&ResourceId> = listing.zones.iter().map(|zone| &zone.id).collect();
        let found = self.ask::<RecordRow>(arm, &wanted, &records(options), &mut failed).await?;
        let found = found.into_iter().filter(|row| ours.contains(&row.record_set.zone));
        listing.records = found.map(|row| (row.record_set, row.record)).collect();
        listing.are_records_whole = failed.is_empty() && self.are_groups_read(arm, options, &listing.zones).await;
        for (subscription, error) in failed {
            left_out.entry(subscription).or_insert(error);
        }
        Ok(())
    }

    /// Whether no group only looks empty. Resource Graph leaves out without a word what is not ours to read, and where missing
    /// zones are made, every endpoint would seem to need one.
    async fn are_groups_read(&self, arm: &Arm, options: &DnsOptions, found: &[Zone]) -> bool {
        if !options.create_missing_zones {
            return true;
        }
        let is_empty = |scope: &&ZoneScope| !found.iter().any(|zone| is_in(scope, &zone.id));
        let mut are_read = true;
        for scope in options.scopes().filter(is_empty) {
            if let Err(error) = arm.zones_in(scope).await {
                tracing::error!(
                    event = "failure",
                    correlation_id = arm.client_request_id(),
                    error = %error,
                    remedy = error.remedy().unwrap_or("correct `dns.zones` in the allowlist, or create the group"),
                    "the zones of {} cannot be read, so no record counts as missing", scope.resource_group
                );
                are_read = false;
            }
        }
        are_read
    }
}

fn is_in(scope: &ZoneScope, zone: &ResourceId) -> bool {
    zone.subscription().eq_ignore_ascii_case(&scope.subscription)
        && zone.resource_group().eq_ignore_ascii_case(&scope.resource_group)
}

/// The zones of the configured groups, in the order of preference.
fn zones_of(rows: Vec<ZoneRow>, options: &DnsOptions) -> Vec<Zone> {
    let mut found: BTreeMap<ResourceId, ZoneFacts> = BTreeMap::new();
    for row in rows {
        let (network, is_zone, is_new) = (row.network(), row.id.is_type(ZONES), row.is_new());
        let Some(zone) = (if is_zone { Some(row.id) } else { row.id.parent() }) else { continue };
        let facts = found.entry(zone).or_default();
        facts.linked_networks.extend(network);
        facts.is_new |= is_zone && is_new;
    }
    let mut zones = Vec::new();
    for scope in options.scopes() {
        for (id, facts) in found.iter().filter(|(id, _)| is_in(scope, id)) {
            let name = id.name().to_ascii_lowercase();
            if options.admits(scope, &name) {
                let ZoneFacts { linked_networks, is_new } = facts;
                zones.push(Zone {
                    id: id.clone(),
                    name,
                    linked_networks: linked_networks.clone(),
                    is_new: *is_new,
                    link: scope.link,
                });
            }
        }
    }
    zones
}
