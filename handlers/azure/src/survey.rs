//! Lists everything for a sweep, and after a change of the allowlist, through Azure Resource Graph: endpoints, the
//! connections that targets tell of, zones, and their records. It costs pages, and not endpoints.
//!
//! Resource Graph lags behind ARM, and leaves out without a word what we may not read. So nothing is done by what is listed
//! here: whatever is found is queued, and the reconcile reads it from ARM.

mod dns;
mod queries;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use portreeve_decisions::change::{DecisionChange, changes};
use portreeve_decisions::event::Subject;
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::listing::Listing;
use portreeve_decisions::sweep::{Findings, find};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};
use crate::story::Story;
use crate::survey::queries::{ENDPOINTS, Which, connections};
use crate::survey::rows::{ConnectionRow, EndpointRow};

/// The api-version for subscriptions; the Azure CLI's own.
const SUBSCRIPTIONS_API_VERSION: &str = "2022-12-01";

/// What follows from a change of the allowlist.
#[derive(Debug)]
pub struct Consequences {
    /// What to reconcile.
    pub queue: BTreeSet<Subject>,
    /// The connections whose decision has become another.
    pub changes: Vec<DecisionChange>,
}

/// The subscriptions that could not be asked over, and why; of several reasons the first.
pub(crate) type LeftOut = BTreeMap<String, AzureError>;

impl Azure {
    /// Finds what is not as it should be. A subscription that cannot be listed does not stop the others, and nothing
    /// in it counts as missing.
    ///
    /// # Errors
    /// Where Azure cannot be asked at all, which time may cure.
    pub async fn survey(&self, in_force: &InForce, story: &Story) -> Result<Findings, AzureError> {
        if in_force.version().is_none() {
            return Ok(Findings::default());
        }
        let listing = self.list(in_force, story, Which::NotSettled).await?;
        Ok(self.findings(&listing, in_force))
    }

    /// Finds what follows from a change of the allowlist: what a sweep finds undone, and each connection whose decision has
    /// become another.
    ///
    /// # Errors
    /// As [`Azure::survey`].
    pub async fn survey_change(
        &self,
        former: &InForce,
        in_force: &InForce,
        story: &Story,
    ) -> Result<Consequences, AzureError> {
        let listing = self.list(in_force, story, Which::All).await?;
        let queue = self.findings(&listing, in_force).undone();
        let changes = changes(&listing, self.catalogue, former, in_force, &queue, self.now().date());
        Ok(Consequences { queue, changes })
    }

    fn findings(&self, listing: &Listing, in_force: &InForce) -> Findings {
        match in_force {
            InForce::Allowlist(active) => find(listing, &active.allowlist, self.catalogue, self.cloud, self.now()),
            InForce::Nothing(_) => Findings::default(),
        }
    }

    async fn list(&self, in_force: &InForce, story: &Story, which: Which) -> Result<Listing, AzureError> {
        let (arm, mut listing) = (self.arm(story), Listing::default());
        let subscriptions = arm.subscriptions().await?;
        let mut left_out = self.list_sides(&arm, &subscriptions, &mut listing, which).await?;
        self.list_records(&arm, &subscriptions, in_force.dns(), &mut listing, &mut left_out).await?;
        for (subscription, error) in &left_out {
            tracing::warn!(
                event = "failure",
                correlation_id = story.correlation_id,
                subscription,
                error = %error,
                remedy = remedy(error),
                "a subscription is left out of the sweep"
            );
        }
        Ok(listing)
    }

    /// Lists endpoints and connections. Returns the subscriptions that could not be listed, and why.
    pub(crate) async fn list_connections(&self, arm: &Arm, listing: &mut Listing) -> Result<LeftOut, AzureError> {
        let subscriptions = arm.subscriptions().await?;
        self.list_sides(arm, &subscriptions, listing, Which::All).await
    }

    /// Lists both sides of all connections.
    async fn list_sides(
        &self,
        arm: &Arm,
        subscriptions: &[(String, Option<String>)],
        listing: &mut Listing,
        which: Which,
    ) -> Result<LeftOut, AzureError> {
        let (mut left_out, all) = (LeftOut::new(), subscriptions.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>());
        for row in self.ask::<EndpointRow>(arm, &all, ENDPOINTS, &mut left_out).await? {
            let target = row.endpoint.requests.iter().find_map(|request| request.target.clone());
            listing.target_locations.extend(target.zip(row.target_location));
            listing.endpoints.push(row.endpoint);
        }
        let listed = subscriptions.iter().filter(|(id, _)| !left_out.contains_key(id));
        listing.subscriptions = listed.map(|(id, tenant)| (id.to_ascii_lowercase(), tenant.clone())).collect();
        for row in self.ask::<ConnectionRow>(arm, &all, &connections(which), &mut left_out).await? {
            match row.read(self.catalogue) {
                Ok((connection, location)) => {
                    listing.target_locations.extend(location.map(|location| (connection.target.clone(), location)));
                    listing.connections.push(connection);
                }
                Err(error) => tracing::debug!(event = "not_understood", error = %error, "a connection was left out"),
            }
        }
        Ok(left_out)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        arm: &Arm,
        subscriptions: &[String],
        query: &str,
        left_out: &mut LeftOut,
    ) -> Result<Vec<T>, AzureError> {
        let found = self.graph.rows(arm, self.clock.as_ref(), subscriptions, query).await?;
        for (subscription, error) in found.left_out {
            left_out.entry(subscription).or_insert(error);
        }
        Ok(found.rows)
    }
}

fn remedy(error: &AzureError) -> Option<&'static str> {
    match error.kind {
        ErrorKind::Forbidden => Some("assign the custom role of infra/ to the app's identity in this subscription"),
        ErrorKind::Refused => Some("Resource Graph does not take the query here; report this record"),
        _ => error.remedy(),
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

#[cfg(test)]
mod tests;
