//! What a type's own provider tells at run time, where the catalogue knows too little or is too new for a cloud.

use serde::Deserialize;

use super::zone::is_private_mark;
use super::{Approval, Catalogue, Cloud, GroupIds, KnownZone, Listing, Naming, TargetType};

/// One entry of a resource's `privateLinkResources`: a group id with the zones that its names need
/// (Azure's common types for Private Link, version 5).
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase", default)]
pub struct PrivateLinkResource {
    /// The group id.
    pub group_id: Option<String>,
    /// The `privatelink` zones of its names.
    pub required_zone_names: Vec<String>,
}

/// Where learned rows come from.
const SOURCE: &str = "learned from the provider";

impl Catalogue {
    /// What can be said of a type without a row, whose provider offers this api-version: it is treated as most are.
    #[must_use]
    pub fn unknown_type(&self, resource_type: &str, api_version: &str) -> TargetType {
        TargetType {
            resource_type: resource_type.to_owned(),
            service: resource_type.to_owned(),
            api_version: api_version.to_owned(),
            group_ids: GroupIds::Unpublished,
            listing: Listing::List,
            approval: Approval::Put,
            // Waiting for a decision is all that this can mean of a connection that is Pending.
            terminal_states: vec!["Pending".to_owned()],
            writable_fields: Vec::new(),
            read_only_fields: Vec::new(),
            naming: Naming::Azure,
            note: String::new(),
            source: SOURCE.to_owned(),
            zones: self.zones_without_a_row(resource_type),
        }
    }
}

impl TargetType {
    /// Whether the zones of its names are known in no cloud.
    #[must_use]
    pub fn lacks_zones(&self) -> bool {
        self.naming == Naming::Azure && self.zones.is_empty()
    }

    /// Whether the zones of its names in this cloud are still to be asked for.
    #[must_use]
    pub fn lacks_zones_in(&self, cloud: Cloud) -> bool {
        self.naming == Naming::Azure && !self.zones.iter().any(|zone| zone.cloud == cloud)
    }

    /// Whether anything of it is left to be learned at run time: its group ids, or the zones of its names.
    #[must_use]
    pub fn is_learned(&self) -> bool {
        self.group_ids == GroupIds::Unpublished || self.lacks_zones()
    }

    /// The same type by another api-version.
    #[must_use]
    pub fn with_api_version(&self, api_version: &str) -> Self {
        Self { api_version: api_version.to_owned(), source: SOURCE.to_owned(), ..self.clone() }
    }

    /// The same type with what one of its resources in this cloud says of group ids and zones, where that was not known.
    #[must_use]
    pub fn with_private_link_resources(&self, cloud: Cloud, resources: &[PrivateLinkResource]) -> Self {
        let mut learned = self.clone();
        // A `*` would make a group id stand for others.
        let group_id = |resource: &'_ PrivateLinkResource| resource.group_id.clone().filter(|id| !id.contains('*'));
        let told = resources.iter().filter_map(|resource| Some((group_id(resource)?, resource)));
        let ids: Vec<String> = told.clone().map(|(group_id, _)| group_id).collect();
        if self.group_ids == GroupIds::Unpublished && !ids.is_empty() {
            learned.group_ids = GroupIds::Listed(ids);
        }
        if self.lacks_zones_in(cloud) {
            let zones = told.flat_map(|(group_id, resource)| {
                let names = resource.required_zone_names.iter();
                names.filter_map(move |name| KnownZone::learned(cloud, &self.resource_type, &group_id, name))
            });
            learned.zones = self.zones.iter().cloned().chain(zones).collect();
        }
        SOURCE.clone_into(&mut learned.source);
        learned
    }
}

impl Catalogue {
    /// A type that has no row, without the zones that other types' names are in: its provider's word is enough for names of
    /// its own, and not for a record among those of others.
    #[must_use]
    pub fn without_zones_of_others(&self, learned: TargetType) -> TargetType {
        let is_others = |learned: &KnownZone| {
            let mut zones = self.target_types.iter().flat_map(|row| row.zones.iter());
            zones.any(|known| known.private_zone == learned.private_zone)
        };
        let zones = learned.zones.iter().filter(|zone| !is_others(zone)).cloned().collect();
        TargetType { zones, ..learned }
    }
}

impl KnownZone {
    /// The zone that a provider names; `None` where it is no `privatelink` zone, or only a template of one.
    fn learned(cloud: Cloud, resource_type: &str, group_id: &str, zone: &str) -> Option<Self> {
        let private_zone = zone.trim_end_matches('.').to_ascii_lowercase();
        let labels: Vec<&str> = private_zone.split('.').collect();
        let mark = labels.iter().position(|label| is_private_mark(label))?;
        let is_plain =
            |label: &&str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let public: Vec<&str> = [&labels[..mark], &labels[mark + 1..]].concat();
        if public.len() < 2 || !labels.iter().all(is_plain) {
            return None;
        }
        Some(Self {
            cloud,
            resource_type: resource_type.to_owned(),
            group_ids: vec![group_id.to_owned()],
            public_suffix: public.join("."),
            private_zone,
            port: None,
            first_labels: Vec::new(),
            flags: Vec::new(),
            shared_names: Vec::new(),
            source: SOURCE.to_owned(),
        })
    }
}

/// The api-version to use of those that a provider offers: `ours`, which the catalogue was made for; else the newest
/// stable one before it; else the oldest stable one; else the newest preview.
#[must_use]
pub fn best_api_version<'a>(offered: &[&'a str], ours: Option<&str>) -> Option<&'a str> {
    let is_stable = |version: &&&str| !version.contains("preview") && !version.contains("beta");
    let stable = || offered.iter().filter(is_stable);
    let not_newer = stable().filter(|version| ours.is_none_or(|ours| **version <= ours)).max();
    let same = offered.iter().find(|version| ours == Some(**version));
    let any = || same.or(not_newer).or_else(|| stable().min()).or_else(|| offered.iter().max());
    any().copied()
}
