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
    /// Distinct zones, by cloud.
    pub zones: Vec<ZoneCount>,
    /// Types in the catalogue whose group ids or zones nobody has published: they are learned at run time.
    pub learned: Vec<String>,
    /// Types whose connections Azure lets nobody approve.
    pub not_approvable: Vec<String>,
    /// What is not in the catalogue.
    pub left_out: Vec<LeftOut>,
}

/// The zones of one cloud.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ZoneCount {
    /// The cloud.
    pub cloud: Cloud,
    /// Those in the catalogue that are published.
    pub known: usize,
    /// Those that are published: the same and those left out.
    pub published: usize,
    /// Those in the catalogue that are published nowhere, but follow from others.
    pub inferred: usize,
}

impl Coverage {
    /// Types that are published: those in the catalogue and those left out.
    #[must_use]
    pub fn published_types(&self) -> usize {
        self.types + self.left_out.iter().filter(|left_out| left_out.what == Published::Type).count()
    }
}

impl Catalogue {
    /// How much of what is published it has.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let left_out: Vec<LeftOut> = rows(include_str!("left_out.csv"));
        let names = |wanted: fn(&super::TargetType) -> bool| {
            self.target_types.iter().filter(|row| wanted(row)).map(|row| row.resource_type.clone()).collect()
        };
        Coverage {
            types: self.target_types.len(),
            zones: Cloud::ALL.map(|cloud| self.zone_count(cloud, &left_out)).to_vec(),
            learned: names(super::TargetType::is_learned),
            not_approvable: names(|row| !row.can_be_approved()),
            left_out,
        }
    }

    fn zone_count(&self, cloud: Cloud, left_out: &[LeftOut]) -> ZoneCount {
        let of_cloud = || self.zones().filter(|zone| zone.cloud == cloud);
        let all: BTreeSet<&str> = of_cloud().map(|zone| zone.private_zone.as_str()).collect();
        // A zone whose row for one type is inferred may be published for another.
        let known: BTreeSet<&str> =
            of_cloud().filter(|zone| !zone.is_inferred()).map(|zone| zone.private_zone.as_str()).collect();
        let left_out = left_out.iter().filter(|left_out| left_out.cloud == Some(cloud));
        let published: BTreeSet<&str> =
            left_out.filter_map(|left_out| left_out.zone.as_deref()).chain(known.iter().copied()).collect();
        ZoneCount { cloud, known: known.len(), published: published.len(), inferred: all.len() - known.len() }
    }
}
