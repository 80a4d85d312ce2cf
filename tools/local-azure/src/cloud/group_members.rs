//! The names behind each group id of a target: one row of `group_members.csv` for each member, each with its own address.
//!
//! | Column | Meaning |
//! |---|---|
//! | `cloud` | the one that the row is for; `*` for all. A type without a row in a cloud is not offered there |
//! | `group_id`, `member`, `record`, `public_suffix`, `zone` | with `placeholders`; `@` is the zone itself, `*` any one label and more |
//! | `resource_kind` | the row counts for targets of these kinds only; the others count where no row has the target's |
//! | `shared` | several targets answer to the name: it belongs to a cloud, a region or a tenant |
//! | `assumed` | no public page gives group id or zone |
//!
//! A target's kind is its `kind`, the first part of its SKU's name (Redis) or its `dnsEndpointType` (storage). Static web
//! sites of an older make have names without a partition; that such a site has the kind `Unpartitioned` is assumed. So is
//! that a private cluster whose owner brought a subzone for its name has the kind `Subzone`.
//!
//! No public page shows how endpoints report a name that begins with `*`. They do so in full, or without the `*.` where
//! the target's property `reportsPlainNames` is true; both are assumed.
//!
//! The zones are those of Azure's private-endpoint-dns article. Where it lists a zone that nobody is to create (`scm`
//! and registries' data) the record is in the zone above, as the article says; the Government zone of an IoT hub's
//! events is the one that its forwarder names, and vaults in China answer to the article's forwarder. The records follow the names that the services' own pages show. Assumed,
//! because no public page shows it: the data name of `Microsoft.Security/privateLinks`, the member names of most types,
//! the `z6` of static web sites and the `z12` of zoned storage (Azure chooses a number for each account), the labels
//! that stand for GUIDs, and all rows that say so.

use std::{
    collections::{BTreeSet, HashMap},
    sync::LazyLock,
};

use serde::{Deserialize, Deserializer};

use super::{
    placeholders::{Placeholders, owner_chosen},
    resource::Resource,
    target_types::{PRIVATE_LINK_SERVICES, TargetType},
};
use crate::azure_cloud::Cloud;

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(deserialize_with = "clouds")]
    cloud: Vec<Cloud>,
    resource_type: String,
    group_id: String,
    member: String,
    resource_kind: String,
    record: String,
    public_suffix: String,
    zone: String,
    shared: String,
}

/// One member of a group id of one target: an address, and the name for it where the type has one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GroupMember {
    /// The group id, in Azure's letter case; empty for private link services.
    pub group_id: String,
    /// `requiredMemberName`.
    pub name: String,
    /// The record's name in the private zone, such as `acct`, `acct.z6`, `*.env` or `@`.
    pub record: String,
    /// The public zone, such as `blob.core.windows.net`.
    pub public_suffix: String,
    /// The private zone, such as `privatelink.blob.core.windows.net`.
    pub zone: String,
    /// The name that clients use.
    pub fqdns: Vec<String>,
    /// Whether other targets answer to the name, too.
    pub is_shared: bool,
    /// Whether endpoints report the name without the `*` that it begins with.
    pub reports_plain_name: bool,
}

impl GroupMember {
    /// The names as endpoints report them.
    pub fn reported_fqdns(&self) -> impl Iterator<Item = &str> {
        self.fqdns.iter().map(|fqdn| match fqdn.strip_prefix("*.") {
            Some(plain) if self.reports_plain_name => plain,
            _ => fqdn,
        })
    }

    /// The name in the private zone that the public name is an alias of; empty where there is no zone.
    #[must_use]
    pub fn private_fqdn(&self) -> String {
        if self.zone.is_empty() { String::new() } else { name_in(&self.record, &self.zone) }
    }
}

/// The name of a record in a zone, lower-cased.
fn name_in(record: &str, zone: &str) -> String {
    let name = if record == "@" { zone.to_owned() } else { format!("{record}.{zone}") };
    name.to_ascii_lowercase()
}

/// Whether a cloud has this type.
#[must_use]
pub fn is_offered(cloud: Cloud, target_type: &TargetType) -> bool {
    target_type.resource_type == PRIVATE_LINK_SERVICES || !rows_of(cloud, &target_type.resource_type).is_empty()
}

/// The group ids of `members`, each once, in their order; none for private link services.
#[must_use]
pub fn group_ids(members: &[GroupMember]) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    let all = members.iter().map(|member| member.group_id.as_str());
    all.filter(|group_id| !group_id.is_empty() && seen.insert(*group_id)).collect()
}

/// All members of all group ids of `target`.
#[must_use]
pub fn members(cloud: Cloud, target: &Resource) -> Vec<GroupMember> {
    let of_type = rows_of(cloud, &target.id.resource_type());
    if of_type.is_empty() {
        return vec![private_link_service(target)];
    }
    let kinds = kinds(target);
    let is_of_kind = |row: &&Row| row.resource_kind.split(';').any(|kind| !kind.is_empty() && kinds.contains(&kind));
    let is_special = of_type.iter().any(is_of_kind);
    let counts = |row: &&&Row| if is_special { is_of_kind(row) } else { row.resource_kind.is_empty() };
    let placeholders = Placeholders::of(target);
    let of_row = |row: &&Row| match owner_chosen(&row.group_id, target) {
        None => vec![member(row, &placeholders)],
        Some((placeholder, names)) => {
            names.into_iter().map(|name| member(row, &placeholders.with(placeholder, name))).collect()
        }
    };
    let reports_plain_name = target.property("reportsPlainNames") == true;
    let members = of_type.iter().filter(counts).flat_map(of_row);
    members.map(|member| GroupMember { reports_plain_name, ..member }).collect()
}

fn kinds(target: &Resource) -> [&str; 3] {
    let sku = target.body.get("sku").and_then(|sku| sku["name"].as_str()).unwrap_or_default();
    let sku = sku.split_once('_').map_or(sku, |(first, _)| first);
    [target.text("kind"), sku, target.property("dnsEndpointType").as_str().unwrap_or_default()]
}

fn member(row: &Row, placeholders: &Placeholders) -> GroupMember {
    let [group_id, name, record, public_suffix, zone] =
        [&row.group_id, &row.member, &row.record, &row.public_suffix, &row.zone].map(|text| placeholders.fill(text));
    let fqdns = if public_suffix.is_empty() { Vec::new() } else { vec![name_in(&record, &public_suffix)] };
    GroupMember {
        group_id,
        name,
        record,
        public_suffix,
        zone,
        fqdns,
        is_shared: row.shared == "yes",
        reports_plain_name: false,
    }
}

/// A private link service has no group id and no zone of Azure's; its owner may give it names, as others may.
fn private_link_service(target: &Resource) -> GroupMember {
    let fqdns = target.property("fqdns").as_array().map(Vec::as_slice).unwrap_or_default();
    let fqdns = fqdns.iter().filter_map(|fqdn| fqdn.as_str()).map(str::to_ascii_lowercase).collect();
    GroupMember { fqdns, is_shared: true, ..GroupMember::default() }
}

fn rows_of(cloud: Cloud, resource_type: &str) -> &'static [&'static Row] {
    type RowsOfType = HashMap<(Cloud, String), Vec<&'static Row>>;
    static INDEX: LazyLock<RowsOfType> = LazyLock::new(|| {
        let mut index = RowsOfType::new();
        for row in rows() {
            for cloud in &row.cloud {
                index.entry((*cloud, row.resource_type.to_ascii_lowercase())).or_default().push(row);
            }
        }
        index
    });
    INDEX.get(&(cloud, resource_type.to_ascii_lowercase())).map(Vec::as_slice).unwrap_or_default()
}

fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_bytes!("group_members.csv").as_slice())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("group_members.csv is part of this program and has the columns of Row")
    });
    &ROWS
}

fn clouds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Cloud>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "*" => Ok(vec![Cloud::Public, Cloud::Government, Cloud::China]),
        "public" => Ok(vec![Cloud::Public]),
        "government" => Ok(vec![Cloud::Government]),
        "china" => Ok(vec![Cloud::China]),
        other => Err(serde::de::Error::custom(format!("{other} is no cloud"))),
    }
}

#[cfg(test)]
mod tests;
