//! What is known of a target's type: the catalogue's row, or what its own provider tells where that is not enough.
//!
//! | lacking | asked | failing that |
//! |---|---|---|
//! | the type itself | the provider's api-versions, then the target's `privateLinkResources` | its connections are held |
//! | a version that this cloud offers | the provider's api-versions | as the first answer said |
//! | the zones of its names | the target's `privateLinkResources` | it is approved, and its names are reported |
//!
//! What was learned is kept for an hour and logged as `learned` when it is fresh. Where zones could not be learned, that is
//! logged and kept for ten minutes. Types of `Microsoft.CustomProviders` are never learned: anybody can make one, and its
//! answers are its maker's.

use std::sync::Arc;
use std::time::Duration;

use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::catalogue::learned::best_api_version;
use portreeve_decisions::resource_id::ResourceId;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};
use crate::kept::Kept;
use crate::story::Story;

/// What was learned is learned anew after this long.
const KEPT_FOR: Duration = Duration::from_secs(3600);
/// A provider that did not tell is asked again after this long.
const NOT_TOLD_KEPT_FOR: Duration = Duration::from_secs(600);
/// The namespace of resources whose answers come from servers of their owners:
/// <https://learn.microsoft.com/azure/azure-resource-manager/custom-providers/overview>.
const CUSTOM_PROVIDERS: &str = "microsoft.customproviders/";

/// What was learned lately.
#[derive(Debug, Default)]
pub(crate) struct LearnedTypes {
    /// Api-versions, by subscription and type in lower case.
    versions: Kept<String>,
    /// Types with group ids and zones, by target.
    of_targets: Kept<Arc<TargetType>>,
}

/// What can be known of a target's type.
pub(crate) enum TypeSight {
    /// Enough.
    Known(Arc<TargetType>),
    /// Too little, and why.
    Unknown(AzureError),
}

impl Azure {
    /// What is known of a target's type, from the catalogue or learned.
    ///
    /// # Errors
    /// Only where asking later may help.
    pub(crate) async fn target_type(
        &self,
        arm: &Arm,
        story: &Story,
        target: &ResourceId,
    ) -> Result<TypeSight, AzureError> {
        let known = self.catalogue.target_type(target);
        let learned_version = self.learned_version(target.subscription(), &target.resource_type()).await;
        let row = match (known, learned_version) {
            (Some(row), None) => row.clone(),
            (Some(row), Some(version)) => Arc::new(row.with_api_version(&version)),
            (None, Some(version)) => Arc::new(self.catalogue.unknown_type(&target.resource_type(), &version)),
            (None, None) => match self.learn_version(arm, story, target, None).await {
                Ok(version) => Arc::new(self.catalogue.unknown_type(&target.resource_type(), &version)),
                Err(error) if is_final(&error) => return Ok(TypeSight::Unknown(error)),
                Err(error) => return Err(error),
            },
        };
        if known.is_some() && !row.lacks_zones_in(self.cloud) {
            return Ok(TypeSight::Known(row));
        }
        match self.learn_names(arm, story, target, row, known.is_some()).await {
            Ok(learned) => Ok(TypeSight::Known(learned)),
            Err(error) if is_final(&error) => Ok(TypeSight::Unknown(error)),
            Err(error) => Err(error),
        }
    }

    /// The version that was learned lately for a type in a subscription.
    async fn learned_version(&self, subscription: &str, resource_type: &str) -> Option<String> {
        self.learned.versions.get(&version_key(subscription, resource_type), self.now()).await
    }

    /// Learns a version that the provider offers, and uses it for the type from now on. `ours` is the one that it refused.
    pub(crate) async fn learn_version(
        &self,
        arm: &Arm,
        story: &Story,
        target: &ResourceId,
        ours: Option<&str>,
    ) -> Result<String, AzureError> {
        let (subscription, resource_type) = (target.subscription(), &target.resource_type());
        let attempted = || format!("learn type {resource_type}");
        let key = version_key(subscription, resource_type);
        if resource_type.to_ascii_lowercase().starts_with(CUSTOM_PROVIDERS) {
            let detail = "it is a custom provider's, whose answers are its owner's own";
            return Err(AzureError::new(ErrorKind::Refused, attempted(), detail));
        }
        if ours.is_some() && self.learned.versions.get(&key, self.now()).await.as_deref() == ours {
            self.learned.versions.forget(&key);
        }
        let read = async {
            let offered = arm.api_versions_for(subscription, resource_type).await?;
            let offered: Vec<&str> =
                offered.iter().map(String::as_str).filter(|version| Some(*version) != ours).collect();
            let version = best_api_version(&offered, ours).ok_or_else(|| {
                AzureError::new(ErrorKind::NotFound, attempted(), "its provider offers no api-version for it")
            })?;
            story.learned_version(subscription, resource_type, version);
            Ok((version.to_owned(), KEPT_FOR))
        };
        self.learned.versions.get_or_read(&key, self.now(), read).await
    }

    async fn learn_names(
        &self,
        arm: &Arm,
        story: &Story,
        target: &ResourceId,
        row: Arc<TargetType>,
        is_known: bool,
    ) -> Result<Arc<TargetType>, AzureError> {
        let read = async {
            let resources = match arm.private_link_resources(target, &row.api_version).await {
                // Approving needs no zones; that its names have none is reported with them.
                // Of both of these, the list of connections tells more.
                Err(error) if is_known && (error.is_gone() || error.is_about_the_version()) => {
                    return Ok((row, Duration::ZERO));
                }
                Err(error) if is_known && is_final(&error) => {
                    story.learned_no_names(target, &error);
                    return Ok((row, NOT_TOLD_KEPT_FOR));
                }
                resources => resources?,
            };
            let mut learned = row.with_private_link_resources(self.cloud, &resources);
            if !is_known {
                learned = self.catalogue.without_zones_of_others(learned);
            }
            story.learned_names(target, &learned);
            Ok((Arc::new(learned), KEPT_FOR))
        };
        self.learned.of_targets.get_or_read(target.key(), self.now(), read).await
    }
}

fn version_key(subscription: &str, resource_type: &str) -> String {
    format!("{subscription}/{resource_type}").to_ascii_lowercase()
}

/// Whether asking again would give the same.
fn is_final(error: &AzureError) -> bool {
    error.is_out_of_reach() || error.kind == ErrorKind::Refused
}

#[cfg(test)]
mod tests;
