//! One type of private-link resource: how its connections are read and approved, and which group ids it has.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Cloud, KnownZone, Placement, list, zone};
use crate::resource_id::ResourceId;

/// One type of private-link resource. The file that it comes from tells what each column means.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TargetType {
    /// For example `Microsoft.KeyVault/vaults`.
    pub resource_type: String,
    /// The service's name, for people.
    pub service: String,
    /// The api-version for the type and its connections.
    pub api_version: String,
    /// Its group ids.
    #[serde(deserialize_with = "group_ids")]
    pub group_ids: GroupIds,
    /// How its connections are listed.
    pub listing: Listing,
    /// How one is approved.
    pub approval: Approval,
    /// The provisioning states of a connection at rest, the one of success first; none where connections have no such state.
    #[serde(deserialize_with = "list")]
    pub terminal_states: Vec<String>,
    /// Fields that its connections have beside the common ones and that a write may carry, in its own spelling.
    #[serde(deserialize_with = "list")]
    pub writable_fields: Vec<String>,
    /// Fields that a write must not carry.
    #[serde(deserialize_with = "list")]
    pub read_only_fields: Vec<String>,
    /// Whose names its endpoints have.
    #[serde(rename(deserialize = "names"))]
    pub naming: Naming,
    /// What else there is to know, for people.
    pub note: String,
    /// Where the row comes from.
    pub source: String,
    /// The zones of its names, in all clouds; none where they are not known.
    #[serde(skip)]
    pub zones: Arc<[KnownZone]>,
}

/// The group ids of a type.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupIds {
    /// It has none: private link services.
    None,
    /// These; a `*` at the end stands for the rest of a name.
    Listed(Vec<String>),
    /// The resource's owner chooses them, as for the frontends of an application gateway.
    ChosenByOwner,
    /// It has some, and nobody has published which.
    Unpublished,
}

impl GroupIds {
    /// Those that are known, which may be patterns.
    #[must_use]
    pub fn listed(&self) -> &[String] {
        match self {
            Self::Listed(ids) => ids,
            Self::None | Self::ChosenByOwner | Self::Unpublished => &[],
        }
    }

    /// Whether a connection to the type could ask for this one.
    #[must_use]
    pub fn may_have(&self, group_id: &str) -> bool {
        match self {
            Self::None => false,
            Self::Listed(ids) => matches_any(ids, group_id),
            Self::ChosenByOwner | Self::Unpublished => true,
        }
    }
}

/// How the connections to a resource are listed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Listing {
    /// By the list call.
    List,
    /// By the list call, which answers a bare array.
    BareList,
    /// There is no list call: the resource itself shows them.
    Resource,
}

/// How a connection is approved.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// PUT of the new state and the endpoint's id.
    Put,
    /// PUT of the new state and the connection's own id, without the endpoint.
    PutWithId,
    /// PUT of the new state, the endpoint's id, and the connection's own id and name.
    PutWithIdAndName,
    /// PUT of the new status and the endpoint's id: the description is read-only.
    PutWithoutDescription,
    /// PATCH of the new state.
    Patch,
    /// Azure has no call for it.
    None,
}

/// Whose names endpoints of a type have.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naming {
    /// Azure's, in its `privatelink` zones.
    Azure,
    /// Those that the resource's owner chose, if any.
    Owner,
}

/// Words for a write that is under way. They are those of all types' REST definitions; whatever else a provider says is
/// an end, because taking an end for work under way would wait for ever.
const UNDER_WAY: [&str; 16] = [
    "accepted",
    "approving",
    "creating",
    "deleting",
    "deletingbyproxy",
    "dropping",
    "inprogress",
    "moving",
    "pending",
    "provisioning",
    "rejecting",
    "restoring",
    "running",
    "updating",
    "updatingbyproxy",
    "waiting",
];

/// Whether a provisioning state, of whatever type, tells of work that goes on.
#[must_use]
pub fn is_under_way(provisioning_state: &str) -> bool {
    UNDER_WAY.contains(&provisioning_state.to_ascii_lowercase().as_str())
}

impl TargetType {
    /// Whether a connection of this type that shows this provisioning state is still being written.
    #[must_use]
    pub fn is_settling(&self, provisioning_state: &str) -> bool {
        let is_end = self.terminal_states.iter().any(|state| state.eq_ignore_ascii_case(provisioning_state));
        !is_end && is_under_way(provisioning_state)
    }

    /// Whether somebody other than Azure itself can approve its connections.
    #[must_use]
    pub fn can_be_approved(&self) -> bool {
        self.approval != Approval::None
    }

    /// Where the record of `fqdn` belongs, for a target of this type connected to by these group ids; `None` where the
    /// name fits no zone of theirs. Without group ids (they are unknown) all zones of the type are considered.
    #[must_use]
    pub fn placement(&self, cloud: Cloud, group_ids: &[String], fqdn: &str) -> Option<Placement> {
        let rows = self.zones.iter().filter(|zone| zone.cloud == cloud && zone.is_for(group_ids));
        zone::placement(rows, fqdn).map(|(placement, _)| placement)
    }

    /// The resources whose lists show the connections that an endpoint asks for by these group ids. An App Service
    /// endpoint names the site, and a deployment slot by its group id, but its connection is below the slot.
    #[must_use]
    pub fn connected_resources(&self, target: &ResourceId, group_ids: &[String]) -> Vec<ResourceId> {
        if !self.resource_type.eq_ignore_ascii_case(SITES) || group_ids.is_empty() {
            return vec![target.clone()];
        }
        let resources = group_ids.iter().map(|group_id| match slot_of(group_id) {
            Some(slot) => target.child("slots", slot).unwrap_or_else(|_| target.clone()),
            None => target.clone(),
        });
        resources.collect()
    }
}

impl TargetType {
    /// The type of the target that endpoints name in the place of one of this type: see [`named_target`].
    #[must_use]
    pub fn counts_as(&self) -> Option<&'static str> {
        self.resource_type.eq_ignore_ascii_case(SLOTS).then_some(SITES)
    }
}

const SITES: &str = "Microsoft.Web/sites";
const SLOTS: &str = "Microsoft.Web/sites/slots";
const SLOT_GROUP_PREFIX: &str = "sites-";

fn slot_of(group_id: &str) -> Option<&str> {
    let (prefix, slot) = group_id.split_at_checked(SLOT_GROUP_PREFIX.len())?;
    // The name becomes part of a path.
    let is_name = !slot.is_empty() && slot.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (prefix.eq_ignore_ascii_case(SLOT_GROUP_PREFIX) && is_name).then_some(slot)
}

/// The target that endpoints name for connections which are listed below this resource, and the group id that says so:
/// for a deployment slot its site, for everything else the resource itself.
#[must_use]
pub fn named_target(listed_below: &ResourceId) -> (ResourceId, Option<String>) {
    match listed_below.parent() {
        Some(site) if listed_below.is_type(SLOTS) => {
            (site, Some(format!("{SLOT_GROUP_PREFIX}{}", listed_below.name())))
        }
        _ => (listed_below.clone(), None),
    }
}

/// Whether one of these, which may end in `*`, is this group id.
pub(super) fn matches_any(patterns: &[String], group_id: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => {
            let start = group_id.get(..prefix.len());
            group_id.len() > prefix.len() && start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        }
        None => pattern.eq_ignore_ascii_case(group_id),
    })
}

fn group_ids<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<GroupIds, D::Error> {
    let ids = list(deserializer)?;
    Ok(match ids.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["-"] => GroupIds::None,
        ["*"] => GroupIds::ChosenByOwner,
        ["?"] => GroupIds::Unpublished,
        [] => return Err(serde::de::Error::custom("write -, * or ? where no group ids are listed")),
        _ => GroupIds::Listed(ids),
    })
}
