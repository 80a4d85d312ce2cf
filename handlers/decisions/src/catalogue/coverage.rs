//! How much of what is published about Private Link the catalogue has, and what it leaves out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Catalogue, Cloud, rows};

/// A type or zone that is published somewhere and is not in the catalogue.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LeftOut {
    /// Which of the two it is.
    pub what: Published,
    /// The zone's cloud; none for types.
    pub cloud: Option<Cloud>,
    /// The type, or the one that the zone is for.
    pub resource_type: String,
    /// The zone as it is published; none for types, and where none is.
    #[serde(rename(deserialize = "name"))]
    pub zone: Option<String>,
    /// Why it is left out.
    pub why: String,
    /// Where it is published.
    pub source: String,
}

/// What can be published.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Published {
    /// A type of private-link resource.
    Type,
    /// A zone.
    Zone,
}

/// The count.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Types in the catalogue.
    pub types: usize,
    /// Distinct zones in the catalogue, by cloud.
    pub zones: Vec<(Cloud, usize)>,
    /// Types in the catalogue whose group ids or zones nobody has published: they are learned at run time.
    pub learned: Vec<String>,
    /// Types whose connections Azure lets nobody approve.
    pub not_approvable: Vec<String>,
    /// What is not in the catalogue.
    pub left_out: Vec<LeftOut>,
}

impl Coverage {
    /// Types that are published: those in the catalogue and those left out.
    #[must_use]
    pub fn published_types(&self) -> usize {
        self.types + self.left_out.iter().filter(|left_out| left_out.what == Published::Type).count()
    }

    /// Zones that are published for a cloud: those in the catalogue and those left out.
    #[must_use]
    pub fn published_zones(&self, cloud: Cloud) -> usize {
        let covered = self.zones.iter().find(|(of, _)| *of == cloud).map_or(0, |(_, count)| *count);
        let is_left_out = |left_out: &&LeftOut| left_out.cloud == Some(cloud) && left_out.zone.is_some();
        covered + self.left_out.iter().filter(is_left_out).count()
    }
}

impl Catalogue {
    /// How much of what is published it has.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let zones_of = |cloud: Cloud| {
            let zones = self.zones().filter(|zone| zone.cloud == cloud).map(|zone| zone.private_zone.as_str());
            (cloud, zones.collect::<BTreeSet<_>>().len())
        };
        let names = |wanted: fn(&super::TargetType) -> bool| {
            self.target_types.iter().filter(|row| wanted(row)).map(|row| row.resource_type.clone()).collect()
        };
        Coverage {
            types: self.target_types.len(),
            zones: Cloud::ALL.map(zones_of).to_vec(),
            learned: names(super::TargetType::is_learned),
            not_approvable: names(|row| !row.can_be_approved()),
            left_out: rows(include_str!("left_out.csv")),
        }
    }
}
