//! Lists everything for a sweep, and after a change of the allowlist: endpoints and targets of all subscriptions, zones,
//! and their records.

mod targets;

use std::collections::BTreeSet;

use portreeve_decisions::change::{DecisionChange, changes};
use portreeve_decisions::event::Subject;
use portreeve_decisions::facts::ConnectionStatus;
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::listing::Listing;
use portreeve_decisions::plan::Note;
use portreeve_decisions::sweep::subjects;
use serde_json::Value;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};
use crate::story::Story;
use crate::survey::targets::TargetLister;

/// The api-version for subscriptions; the Azure CLI's own.
const SUBSCRIPTIONS_API_VERSION: &str = "2022-12-01";

/// What follows from a change of the allowlist.
#[derive(Debug)]
pub struct Consequences {
    /// What to reconcile.
    pub queue: BTreeSet<Subject>,
    /// The connections whose decision has become another.
    pub changes: Vec<DecisionChange>,
    /// A failure that kept a subscription out and that time can cure: then it is worth doing again.
    pub left_out: Option<AzureError>,
}

impl Azure {
    /// Finds what is not as it should be. A subscription that cannot be listed does not stop the others, and nothing
    /// in it counts as missing.
    ///
    /// # Errors
    /// Where the subscriptions or the zones cannot be listed at all.
    pub async fn survey(&self, in_force: &InForce, story: &Story) -> Result<BTreeSet<Subject>, AzureError> {
        if in_force.version().is_none() {
            return Ok(BTreeSet::new());
        }
        let (listing, _) = self.list(in_force, story).await?;
        Ok(self.unsettled(&listing, in_force))
    }

    /// Finds what follows from a change of the allowlist: as [`Azure::survey`] does, and with each connection whose
    /// decision has become another.
    ///
    /// # Errors
    /// As [`Azure::survey`].
    pub async fn survey_change(
        &self,
        former: &InForce,
        in_force: &InForce,
        story: &Story,
    ) -> Result<Consequences, AzureError> {
        let (listing, left_out) = self.list(in_force, story).await?;
        let queue = self.unsettled(&listing, in_force);
        let changes = changes(&listing, self.catalogue, former, in_force, &queue, self.now().date());
        let may_pass = |error: &AzureError| !error.is_out_of_reach() && error.kind != ErrorKind::Refused;
        let left_out = left_out.into_iter().find(may_pass);
        Ok(Consequences { queue, changes, left_out })
    }

    fn unsettled(&self, listing: &Listing, in_force: &InForce) -> BTreeSet<Subject> {
        match in_force {
            InForce::Allowlist(active) => {
                subjects(listing, &active.allowlist, self.catalogue, self.cloud, self.now().date())
            }
            InForce::Nothing(_) => BTreeSet::new(),
        }
    }

    /// Everything, and the failures that kept subscriptions out.
    async fn list(&self, in_force: &InForce, story: &Story) -> Result<(Listing, Vec<AzureError>), AzureError> {
        let arm = self.arm(story);
        // Zones and links that were made a moment ago woke nobody: this is where they are noticed.
        self.zones.forget().await;
        let mut listing = Listing {
            zones: self.zones.zones(&arm, in_force.dns(), self.now(), self.now()).await?,
            ..Listing::default()
        };
        for zone in &listing.zones {
            listing.records.extend(arm.record_sets_in(&zone.id).await?);
        }
        let left_out = self.list_connections(&arm, story, &mut listing).await?;
        for (subscription, error) in &left_out {
            tracing::warn!(
                event = "failure",
                correlation_id = story.correlation_id,
                subscription,
                error = %error,
                remedy = error.remedy(),
                "a subscription is left out of the sweep"
            );
        }
        for endpoint in &listing.endpoints {
            if endpoint.requests.iter().any(|request| request.status == ConnectionStatus::Disconnected) {
                story.noted(&endpoint.id, &Note::Disconnected, true);
            }
        }
        Ok((listing, left_out.into_iter().map(|(_, error)| error).collect()))
    }

    /// Lists endpoints and connections. Returns the subscriptions that could not be listed, and why.
    pub(crate) async fn list_connections(
        &self,
        arm: &Arm,
        story: &Story,
        listing: &mut Listing,
    ) -> Result<Vec<(String, AzureError)>, AzureError> {
        let (mut within_reach, mut left_out) = (Vec::new(), Vec::new());
        // The endpoints of all subscriptions first: they name targets in each other's.
        for (subscription, tenant) in arm.subscriptions().await? {
            match arm.private_endpoints_of(&subscription).await {
                Ok(endpoints) => within_reach.push((subscription, tenant, endpoints)),
                Err(error) => left_out.push((subscription, error)),
            }
        }
        let all_endpoints = within_reach.iter().flat_map(|(_, _, endpoints)| endpoints);
        let mut targets = TargetLister::new(self, arm, story, all_endpoints);
        for (subscription, tenant, endpoints) in within_reach {
            match targets.list(&subscription, listing).await {
                Ok(()) => {
                    listing.endpoints.extend(endpoints);
                    listing.subscriptions.insert(subscription.to_ascii_lowercase(), tenant);
                }
                Err(error) => left_out.push((subscription, error)),
            }
        }
        targets.tell_unlisted();
        Ok(left_out)
    }
}

impl Arm {
    /// The subscriptions that we may read, each with its tenant.
    async fn subscriptions(&self) -> Result<Vec<(String, Option<String>)>, AzureError> {
        let bodies = self.list("/subscriptions", SUBSCRIPTIONS_API_VERSION).await?;
        let text = |body: &Value, key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(bodies.iter().filter_map(|body| Some((text(body, "subscriptionId")?, text(body, "tenantId")))).collect())
    }
}
