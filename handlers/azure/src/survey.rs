//! Lists everything for a sweep: endpoints of all subscriptions, zones, and their records.

use std::collections::BTreeSet;

use portreeve_decisions::event::Subject;
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::sweep::{Listing, subjects};
use serde_json::Value;
use time::OffsetDateTime;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::AzureError;
use crate::story::Story;

/// The api-version for subscriptions; the Azure CLI's own.
const SUBSCRIPTIONS_API_VERSION: &str = "2022-12-01";

impl Azure {
    /// Finds what is not as it should be. A subscription that cannot be listed does not stop the others, and nothing
    /// in it counts as missing.
    ///
    /// # Errors
    /// Where the subscriptions or the zones cannot be listed at all.
    pub async fn survey(&self, in_force: &InForce, story: &Story) -> Result<BTreeSet<Subject>, AzureError> {
        let InForce::Allowlist(allowlist) = in_force else { return Ok(BTreeSet::new()) };
        let arm = self.arm(story);
        let mut listing = Listing {
            zones: self.zones(&arm, in_force.zone_scopes(), OffsetDateTime::UNIX_EPOCH).await?,
            ..Listing::default()
        };
        for zone in &listing.zones {
            listing.records.extend(arm.record_sets_in(&zone.id).await?);
        }
        for subscription in arm.subscriptions().await? {
            match arm.private_endpoints_of(&subscription).await {
                Ok(endpoints) => {
                    listing.endpoints.extend(endpoints);
                    listing.subscriptions.insert(subscription.to_ascii_lowercase());
                }
                Err(error) => tracing::warn!(
                    event = "failure",
                    correlation_id = story.correlation_id,
                    subscription,
                    error = %error,
                    remedy = error.remedy(),
                    "a subscription is left out of the sweep"
                ),
            }
        }
        Ok(subjects(&listing, allowlist, self.catalogue, self.cloud, self.now().date()))
    }
}

impl Arm {
    async fn subscriptions(&self) -> Result<Vec<String>, AzureError> {
        let bodies = self.list("/subscriptions", SUBSCRIPTIONS_API_VERSION).await?;
        Ok(bodies
            .iter()
            .filter_map(|body| body.get("subscriptionId").and_then(Value::as_str))
            .map(str::to_owned)
            .collect())
    }
}
