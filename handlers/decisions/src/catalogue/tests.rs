//! The rows themselves first, then what they do with names, then each idea that not all types share.

mod clouds;
mod coverage;
mod learned;
mod names;
mod own_names;
mod properties;
mod rows;
mod special;
mod target_type;

use super::*;

fn target(resource_type: &str) -> ResourceId {
    let types: Vec<&str> = resource_type.split('/').collect();
    let path: Vec<String> = types[1..].iter().map(|word| format!("{word}/it")).collect();
    ResourceId::parse(&format!(
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/{}/{}",
        types[0],
        path.join("/")
    ))
    .unwrap()
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

fn of_type(resource_type: &str) -> &'static TargetType {
    Catalogue::known().named(resource_type).unwrap_or_else(|| panic!("{resource_type} has no row"))
}

fn placed(cloud: Cloud, resource_type: &str, group_ids: &[&str], fqdn: &str) -> Option<Placement> {
    of_type(resource_type).placement(cloud, &owned(group_ids), fqdn)
}

/// Where a name's record belongs, as `name in zone`.
fn home(cloud: Cloud, resource_type: &str, group_ids: &[&str], fqdn: &str) -> String {
    placed(cloud, resource_type, group_ids, fqdn).map_or("nowhere".to_owned(), |placement| shown(placement.home()))
}

fn shown(place: &Place) -> String {
    format!("{} in {}", place.record_name, place.zone)
}

/// Group id, name, and where the name's record belongs.
type Case = (&'static str, &'static str, &'static str);

fn check(cloud: Cloud, resource_type: &str, cases: &[Case]) {
    for (group_id, fqdn, expected) in cases {
        assert_eq!(home(cloud, resource_type, &[group_id], fqdn), *expected, "{resource_type} {group_id} {fqdn}");
    }
}

/// A text with plausible values for its placeholders.
fn filled(template: &str) -> String {
    let values = [
        ("{regionName}", "westeurope"),
        ("{regionCode}", "we"),
        ("{partitionId}", "2"),
        ("{dnsPrefix}", "abc123def456"),
        ("{subzone}", "5f3b-sub"),
    ];
    values.iter().fold(template.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
}

fn placeholders(template: &str) -> Vec<&str> {
    template.split('.').filter(|label| label.contains(['{', '}'])).collect()
}
