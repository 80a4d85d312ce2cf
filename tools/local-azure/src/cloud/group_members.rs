//! The names behind each group id of a target: one row of `group_members.csv` for each member, each with its own address.
//!
//! Placeholders are `{name}` and `{location}` of the target and `{subdomain}`, its `customSubDomainName`. Rows with a
//! `resource_kind` count for targets of that kind only; the others count where no row has the target's kind.
//! Assumed, because no public page shows it: the data name of `Microsoft.Security/privateLinks`, the member names of
//! Cognitive Services accounts, the `z6` of static web sites (Azure chooses a number for each account).

use std::{collections::BTreeSet, sync::LazyLock};

use serde::Deserialize;

use super::{resource::Resource, target_types::TargetType};

#[derive(Debug, Deserialize)]
struct Row {
    resource_type: String,
    group_id: String,
    member: String,
    resource_kind: String,
    record: String,
    public_suffix: String,
    zone: String,
}

/// One member of a group id of one target: an address, and the name for it where the type has one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GroupMember {
    /// The group id, in Azure's letter case; empty for private link services.
    pub group_id: String,
    /// `requiredMemberName`.
    pub name: String,
    /// The record's name in the private zone, such as `acct` or `acct.z6`.
    pub record: String,
    /// The public zone, such as `blob.core.windows.net`.
    pub public_suffix: String,
    /// The private zone, such as `privatelink.blob.core.windows.net`.
    pub zone: String,
    /// The name that clients use.
    pub fqdns: Vec<String>,
}

impl GroupMember {
    /// The name in the private zone that the public name is an alias of.
    #[must_use]
    pub fn private_fqdn(&self) -> String {
        format!("{}.{}", self.record, self.zone).to_ascii_lowercase()
    }
}

/// The group ids of a type, in the table's order; none for private link services.
#[must_use]
pub fn group_ids(target_type: &TargetType) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    let of_type = rows().iter().filter(|row| row.resource_type == target_type.resource_type);
    of_type.map(|row| row.group_id.as_str()).filter(|group_id| seen.insert(*group_id)).collect()
}

/// All members of all group ids of `target`.
#[must_use]
pub fn members(target: &Resource) -> Vec<GroupMember> {
    let resource_type = target.id.resource_type();
    let of_type: Vec<&Row> =
        rows().iter().filter(|row| row.resource_type.eq_ignore_ascii_case(&resource_type)).collect();
    if of_type.is_empty() {
        return vec![private_link_service(target)];
    }
    let kind = target.text("kind");
    let kind = if of_type.iter().any(|row| row.resource_kind == kind) { kind } else { "" };
    of_type.into_iter().filter(|row| row.resource_kind == kind).map(|row| member(row, target)).collect()
}

fn member(row: &Row, target: &Resource) -> GroupMember {
    let subdomain = target.property("customSubDomainName").as_str().unwrap_or(target.id.name());
    let fill = |template: &str| {
        template
            .replace("{name}", target.id.name())
            .replace("{location}", target.text("location"))
            .replace("{subdomain}", subdomain)
    };
    let record = fill(&row.record);
    GroupMember {
        group_id: row.group_id.clone(),
        name: fill(&row.member),
        fqdns: vec![format!("{record}.{}", row.public_suffix).to_ascii_lowercase()],
        record,
        public_suffix: row.public_suffix.clone(),
        zone: row.zone.clone(),
    }
}

/// A private link service has no group id and no zone of Azure's; its owner may give it names.
fn private_link_service(target: &Resource) -> GroupMember {
    let fqdns = target.property("fqdns").as_array().map(Vec::as_slice).unwrap_or_default();
    let fqdns = fqdns.iter().filter_map(|fqdn| fqdn.as_str()).map(str::to_ascii_lowercase).collect();
    GroupMember { fqdns, ..GroupMember::default() }
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

#[cfg(test)]
mod tests;
