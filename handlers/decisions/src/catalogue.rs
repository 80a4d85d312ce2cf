//! What is known of Private Link: the target types, their group ids, and the zone that each of their names lives in.
//!
//! The knowledge itself is data: `target_types.csv` has one row for each type and `dns_zones.csv` one for each type,
//! set of group ids and cloud. To support another type, add its rows.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::resource_id::ResourceId;

/// Which Azure: it decides the zones.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
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
    /// Reads a cloud's name, whatever its letter case.
    ///
    /// # Errors
    /// What the text is not and what to write, to stand behind "is not".
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        match name.to_ascii_lowercase().as_str() {
            "public" => Ok(Self::Public),
            "government" => Ok(Self::Government),
            "china" => Ok(Self::China),
            _ => Err("a cloud; write public, government or china"),
        }
    }
}

/// One type of private-link resource.
#[derive(Clone, Debug, Deserialize)]
pub struct TargetType {
    /// For example `Microsoft.KeyVault/vaults`.
    pub resource_type: String,
    /// The api-version for the type and its connections.
    pub api_version: String,
    /// All group ids of the type; empty where the type has none (private link services).
    #[serde(deserialize_with = "list")]
    pub group_ids: Vec<String>,
    /// What the body of an approval must carry.
    pub approval: ApprovalBody,
    /// Where the row comes from.
    pub source: String,
}

/// What the body of an approval must carry beside the new state and the endpoint's id.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalBody {
    /// Nothing.
    Minimal,
    /// The connection's own id and name.
    Named,
}

/// The zones of one type's group ids in one cloud.
#[derive(Clone, Debug, Deserialize)]
struct ZoneRow {
    cloud: Cloud,
    resource_type: String,
    #[serde(deserialize_with = "list")]
    group_ids: Vec<String>,
    /// The suffix of the public names.
    public_suffix: String,
    /// The private zone that holds their records.
    private_zone: String,
    /// The TCP port that the service answers on.
    port: u16,
    /// Where the row comes from; for people who read the file.
    #[serde(rename = "source")]
    _source: String,
}

/// Where one name's record belongs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Placement {
    /// The record set's name, relative to whichever of the zones it is written to.
    pub record_name: String,
    /// The `privatelink` zone.
    pub private_zone: String,
    /// The zone of the public name itself: where only this one exists it takes the record, as how-tos such as
    /// Defender's make it.
    pub public_zone: String,
    /// The TCP port that the service answers on.
    pub port: u16,
}

/// The catalogue. There is one, [`Catalogue::known`]; it is passed around so that deciding stays a function of its arguments.
#[derive(Debug)]
pub struct Catalogue {
    target_types: Vec<TargetType>,
    zones: Vec<ZoneRow>,
}

static KNOWN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue {
    target_types: rows(include_str!("catalogue/target_types.csv")),
    zones: rows(include_str!("catalogue/dns_zones.csv")),
});

impl Catalogue {
    /// What this build knows.
    #[must_use]
    pub fn known() -> &'static Self {
        &KNOWN
    }

    /// All types, in the file's order.
    #[must_use]
    pub fn target_types(&self) -> &[TargetType] {
        &self.target_types
    }

    /// The row of a resource's type, or `None` where the type is not a known target.
    #[must_use]
    pub fn target_type(&self, target: &ResourceId) -> Option<&TargetType> {
        let wanted = target.resource_type();
        self.target_types.iter().find(|row| row.resource_type.eq_ignore_ascii_case(&wanted))
    }

    /// Where the record of `fqdn` belongs, for a target of this type connected to by these group ids; `None` where the
    /// name fits no zone of theirs. Without group ids (they are unknown) all zones of the type are considered.
    #[must_use]
    pub fn placement(&self, cloud: Cloud, target: &ResourceId, group_ids: &[String], fqdn: &str) -> Option<Placement> {
        let resource_type = target.resource_type();
        let rows = self.zones.iter().filter(|row| {
            row.cloud == cloud
                && row.resource_type.eq_ignore_ascii_case(&resource_type)
                && (group_ids.is_empty() || group_ids.iter().any(|id| contains(&row.group_ids, id)))
        });
        let matches = rows.filter_map(|row| Some((record_name(fqdn, row)?, row)));
        // The longest suffix wins: the shortest relative name.
        let (record_name, row) = matches.min_by_key(|(record_name, _)| record_name.len())?;
        Some(Placement {
            record_name: record_name.to_owned(),
            private_zone: row.private_zone.clone(),
            public_zone: row.public_suffix.clone(),
            port: row.port,
        })
    }
}

/// The part of `fqdn` before the row's public suffix, or before its private zone for names that are given in that form.
fn record_name<'a>(fqdn: &'a str, row: &ZoneRow) -> Option<&'a str> {
    let before = |zone: &str| fqdn.strip_suffix(zone)?.strip_suffix('.');
    before(&row.private_zone).or_else(|| before(&row.public_suffix)).filter(|name| is_record_name(name))
}

/// Labels of letters, digits, `-` and `_`, with `*` for wildcards: what may stand in a record set's path unescaped.
fn is_record_name(name: &str) -> bool {
    let is_label_char = |byte: u8| byte.is_ascii_alphanumeric() || b"-_*".contains(&byte);
    name.split('.').all(|label| !label.is_empty() && label.bytes().all(is_label_char))
}

fn contains(ids: &[String], wanted: &str) -> bool {
    ids.iter().any(|id| id.eq_ignore_ascii_case(wanted))
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
