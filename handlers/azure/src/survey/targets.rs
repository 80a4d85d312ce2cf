//! Lists the targets of each subscription for a sweep, with the connections that their bodies repeat. It keeps no more than
//! a sweep needs: a subscription may have any number of resources that are nobody's target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::facts::Endpoint;
use portreeve_decisions::listing::Listing;
use portreeve_decisions::resource_id::ResourceId;
use serde_json::Value;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};
use crate::location::location_name;
use crate::private_endpoint_connection::connections_in;
use crate::story::Story;

/// The api-version for the list of all resources: <https://learn.microsoft.com/rest/api/resources/resources/list>.
const RESOURCES_API_VERSION: &str = "2021-04-01";
/// What helps where that list is refused.
const RESOURCES_REMEDY: &str =
    "deploy the role of infra/ anew: it lets the app read Microsoft.Resources/subscriptions/resources";

/// The types of targets in a subscription, in lower case; `None` where nobody tells.
type PresentTypes = Option<BTreeSet<String>>;

/// Lists targets, one subscription after another.
pub(super) struct TargetLister<'a> {
    azure: &'a Azure,
    arm: &'a Arm,
    story: &'a Story,
    /// The targets that endpoints name, of whatever type.
    named: BTreeSet<ResourceId>,
    /// The types that could not be listed everywhere.
    unlisted: BTreeMap<&'a str, Unlisted>,
}

/// Where targets of a type could not be listed.
struct Unlisted {
    /// Why not in the first such subscription.
    error: AzureError,
    first_subscription: String,
    subscription_count: usize,
}

impl<'a> TargetLister<'a> {
    pub fn new<'e>(
        azure: &'a Azure,
        arm: &'a Arm,
        story: &'a Story,
        endpoints: impl Iterator<Item = &'e Endpoint>,
    ) -> Self {
        let requests = endpoints.flat_map(|endpoint| &endpoint.requests);
        let named = requests.filter_map(|request| request.target.clone()).collect();
        Self { azure, arm, story, named, unlisted: BTreeMap::new() }
    }

    /// Lists the targets of a subscription.
    ///
    /// | a type's list is refused | what is done |
    /// |---|---|
    /// | for its version | it is asked for once more, in one that its provider offers |
    /// | because the provider is not registered there | nothing, there can be none |
    /// | as not there or not ours, and nobody says that there are any | nothing |
    /// | otherwise, and for good | it is told once, and the other types are listed |
    /// | otherwise, and time may cure it | the subscription is left out |
    pub async fn list(&mut self, subscription: &str, listing: &mut Listing) -> Result<(), AzureError> {
        let present = self.present_types(subscription, listing).await?;
        for row in self.azure.catalogue.target_types().iter().filter(|row| is_listed_by_subscription(row)) {
            if present.as_ref().is_some_and(|present| !present.contains(&row.resource_type.to_ascii_lowercase())) {
                continue;
            }
            match self.list_type(subscription, row, listing).await {
                Ok(()) => {}
                Err(error) if error.is_about_the_registration() => {}
                Err(error) if error.is_out_of_reach() && present.is_none() => {}
                Err(error) if error.is_out_of_reach() || error.kind == ErrorKind::Refused => {
                    self.note_unlisted(row, subscription, error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Records each type that could not be listed everywhere.
    pub fn tell_unlisted(&self) {
        for (target_type, Unlisted { error, first_subscription, subscription_count }) in &self.unlisted {
            tracing::warn!(
                event = "failure",
                correlation_id = self.story.correlation_id,
                target_type,
                subscription = first_subscription,
                subscription_count,
                error = %error,
                remedy = error.remedy(),
                "targets of type {target_type} could not be listed, so the sweep does not see their connections: {error}"
            );
        }
    }

    /// The types of targets in a subscription; notes where each target is. There are a hundred types, and asking for each
    /// of them costs more than one list of everything.
    async fn present_types(&self, subscription: &str, listing: &mut Listing) -> Result<PresentTypes, AzureError> {
        let mut present = BTreeSet::new();
        let path = format!("/subscriptions/{subscription}/resources");
        let visited = self.arm.visit(&path, RESOURCES_API_VERSION, |page| {
            for body in page {
                let Some(id) = id_of(&body) else { continue };
                if self.azure.catalogue.target_type(&id).is_some() {
                    present.insert(id.resource_type().to_ascii_lowercase());
                } else if !self.named.contains(&id) {
                    continue;
                }
                note_location(id, &body, listing);
            }
        });
        match visited.await {
            Ok(()) => Ok(Some(present)),
            Err(error) if error.kind == ErrorKind::Forbidden => {
                tracing::warn!(
                    event = "failure",
                    correlation_id = self.story.correlation_id,
                    subscription,
                    error = %error,
                    remedy = RESOURCES_REMEDY,
                    "the subscription's resources cannot be listed, so the sweep asks for every type of target"
                );
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Lists the targets of a type, if need be in a version that its provider offers.
    async fn list_type(
        &self,
        subscription: &str,
        row: &Arc<TargetType>,
        listing: &mut Listing,
    ) -> Result<(), AzureError> {
        let row = match self.azure.learned_version(subscription, &row.resource_type).await {
            Some(version) => Arc::new(row.with_api_version(&version)),
            None => row.clone(),
        };
        let refusal = match self.visit_type(subscription, &row, listing).await {
            Err(error) if error.is_about_the_version() => error,
            listed_or_failed => return listed_or_failed,
        };
        tracing::debug!(event = "retry", error = %refusal, "listing targets in another api-version");
        let (story, ours) = (self.story, Some(row.api_version.as_str()));
        let version = self.azure.learn_version_of(self.arm, story, subscription, &row.resource_type, ours).await?;
        self.visit_type(subscription, &row.with_api_version(&version), listing).await
    }

    async fn visit_type(&self, subscription: &str, row: &TargetType, listing: &mut Listing) -> Result<(), AzureError> {
        let path = format!("/subscriptions/{subscription}/providers/{}", row.resource_type);
        let visit = |page: Vec<Value>| {
            for target in page {
                if let Some(id) = id_of(&target) {
                    note_location(id, &target, listing);
                }
                listing.connections.extend(connections_in(target, row));
            }
        };
        self.arm.visit(&path, &row.api_version, visit).await
    }

    fn note_unlisted(&mut self, row: &'a TargetType, subscription: &str, error: AzureError) {
        let first = || Unlisted { error, first_subscription: subscription.to_owned(), subscription_count: 0 };
        self.unlisted.entry(&row.resource_type).or_insert_with(first).subscription_count += 1;
    }
}

/// Whether ARM has a list of the type over a subscription. What lies below a resource is listed below that resource only:
/// of `Microsoft.Web/sites/slots` there is one for each site.
fn is_listed_by_subscription(row: &TargetType) -> bool {
    row.resource_type.matches('/').count() == 1
}

fn id_of(body: &Value) -> Option<ResourceId> {
    ResourceId::parse(body.get("id")?.as_str()?).ok()
}

fn note_location(id: ResourceId, body: &Value, listing: &mut Listing) {
    if let Some(location) = body.get("location").and_then(Value::as_str).and_then(location_name) {
        listing.target_locations.insert(id, location);
    }
}

#[cfg(test)]
mod tests;
