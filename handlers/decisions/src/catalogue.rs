//! What is known of Private Link: the target types, their group ids, and the zone that each of their names lives in.
//!
//! The knowledge itself is data: `target_types.csv` has one row for each type and `dns_zones.csv` one for each suffix of
//! its names in one cloud. To support another type, add its rows; what they mean stands at the top of each file. What a
//! type's own provider tells at run time is put beside it by [`learned`].

mod coverage;
pub mod learned;
mod lookup;
mod target_type;
mod zone;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

pub use self::coverage::{Coverage, LeftOut, Published, ZoneCount};
pub use self::lookup::PossibleName;
pub use self::target_type::{Approval, GroupIds, Listing, Naming, TargetType, is_under_way, named_target};
pub use self::zone::{KnownZone, Place, Placement};
use crate::resource_id::ResourceId;

/// Which Azure: it decides the zones.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Azure's global cloud.
    Public,
    /// Azure Government.
    Government,
    /// Azure operated by 21Vianet.
    China,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Public, Self::Government, Self::China];

    /// Reads a cloud's name, whatever its letter case.
    ///
    /// # Errors
    /// What the text is not and what to write, to stand behind "is not".
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        Self::ALL
            .into_iter()
            .find(|cloud| name.eq_ignore_ascii_case(cloud.as_str()))
            .ok_or("a cloud; write public, government or china")
    }

    /// Its name, as settings spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Government => "government",
            Self::China => "china",
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The catalogue. There is one, [`Catalogue::known`]; it is passed around so that deciding stays a function of its arguments.
#[derive(Debug)]
pub struct Catalogue {
    /// In the file's order.
    target_types: Vec<Arc<TargetType>>,
    /// Positions by type in lower case.
    by_name: BTreeMap<String, usize>,
    /// The zones of types that have no row of their own, because no api-version of theirs is published.
    zones_of_others: BTreeMap<String, Arc<[KnownZone]>>,
}

static KNOWN: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::of(rows(include_str!("catalogue/target_types.csv")), rows(include_str!("catalogue/dns_zones.csv")))
});

impl Catalogue {
    /// What this build knows.
    #[must_use]
    pub fn known() -> &'static Self {
        &KNOWN
    }

    fn of(target_types: Vec<TargetType>, zones: Vec<KnownZone>) -> Self {
        let mut by_type: BTreeMap<String, Vec<KnownZone>> = BTreeMap::new();
        for zone in zones {
            by_type.entry(zone.resource_type.to_ascii_lowercase()).or_default().push(zone);
        }
        let mut with_zones = |mut row: TargetType| {
            row.zones = by_type.remove(&row.resource_type.to_ascii_lowercase()).unwrap_or_default().into();
            Arc::new(row)
        };
        let target_types: Vec<Arc<TargetType>> = target_types.into_iter().map(&mut with_zones).collect();
        let names = target_types.iter().map(|row| row.resource_type.to_ascii_lowercase());
        let by_name = names.enumerate().map(|(position, name)| (name, position)).collect();
        let zones_of_others = by_type.into_iter().map(|(name, zones)| (name, zones.into())).collect();
        Self { target_types, by_name, zones_of_others }
    }

    /// All types, in the file's order.
    #[must_use]
    pub fn target_types(&self) -> &[Arc<TargetType>] {
        &self.target_types
    }

    /// The row of a resource's type, or `None` where the type is not a known target.
    #[must_use]
    pub fn target_type(&self, target: &ResourceId) -> Option<&Arc<TargetType>> {
        self.named(&target.resource_type())
    }

    /// The row of a type by its name, whatever its letter case.
    #[must_use]
    pub fn named(&self, resource_type: &str) -> Option<&Arc<TargetType>> {
        self.by_name.get(&resource_type.to_ascii_lowercase()).map(|&position| &self.target_types[position])
    }

    /// Every zone of every type, those of types without a row last.
    pub fn zones(&self) -> impl Iterator<Item = &KnownZone> {
        let of_types = self.target_types.iter().flat_map(|row| row.zones.iter());
        of_types.chain(self.zones_of_others.values().flat_map(|zones| zones.iter()))
    }

    /// The zones that are known of a type that has no row of its own.
    fn zones_without_a_row(&self, resource_type: &str) -> Arc<[KnownZone]> {
        self.zones_of_others.get(&resource_type.to_ascii_lowercase()).cloned().unwrap_or_default()
    }
}

fn list<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let cell = String::deserialize(deserializer)?;
    Ok(cell.split(';').filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

fn rows<T: for<'de> Deserialize<'de>>(file: &str) -> Vec<T> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(file.as_bytes());
    let rows = reader.deserialize().collect::<Result<Vec<T>, _>>();
    rows.expect("the catalogue's files are part of the program, and a test reads every row")
}

#[cfg(test)]
mod tests;
