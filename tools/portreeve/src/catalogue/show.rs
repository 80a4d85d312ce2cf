//! `portreeve catalogue show`: everything that is known of one type.

use portreeve_decisions::catalogue::{Cloud, KnownZone, TargetType};

use super::json::{JsonType, zones_in};
use super::{good, type_argument, words};
use crate::command_line::{Format, ShowArguments};
use crate::explanation::laid_out;
use crate::json::printed;
use crate::outcome::Outcome;
use crate::printable::printable;
use crate::table;

/// Shows one type.
pub fn run(arguments: &ShowArguments) -> Outcome {
    let row = match type_argument::known(&arguments.resource_type) {
        Ok(row) => row,
        Err(outcome) => return outcome,
    };
    good(match arguments.result.format() {
        Format::Text => {
            let zones: Vec<&KnownZone> = zones_in(row, arguments.cloud).collect();
            format!("{}\n{}", laid_out(&lines(row), ""), zones_as_text(row, arguments.cloud, &zones))
        }
        Format::Json => printed(&JsonType::of(row, arguments.cloud)),
    })
}

fn lines(row: &TargetType) -> Vec<(&'static str, String)> {
    let states = match row.terminal_states.as_slice() {
        [] => "in any state: connections have no provisioning state".to_owned(),
        states => states.join(", "),
    };
    let lines = [
        ("type", row.resource_type.clone()),
        ("service", row.service.clone()),
        ("api version", row.api_version.clone()),
        ("group ids", words::group_ids(&row.group_ids)),
        ("listed", words::listed(row.listing).to_owned()),
        ("approved", words::approved(row.approval).to_owned()),
        ("at rest", states),
        ("may write", row.writable_fields.join(", ")),
        ("read-only", row.read_only_fields.join(", ")),
        ("names", words::named(row.naming).to_owned()),
        ("note", row.note.clone()),
        ("source", row.source.clone()),
    ];
    let said = lines.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(word, text)| (word, printable(&text).into_owned())).collect()
}

fn zones_as_text(row: &TargetType, cloud: Option<Cloud>, zones: &[&KnownZone]) -> String {
    if row.lacks_zones() {
        return "No zones are published. They are learned at run time from the resource's `privateLinkResources`.\n"
            .into();
    }
    if zones.is_empty() {
        let place = cloud.filter(|_| !row.zones.is_empty()).map(|cloud| format!(" in the {cloud} cloud"));
        return format!("No zones{}.\n", place.unwrap_or_default());
    }
    let rows: Vec<[String; 7]> = zones.iter().map(|zone| line(zone)).collect();
    table::table(["CLOUD", "NAMES END IN", "ZONE", "PORT", "GROUP IDS", "SPECIAL", "SOURCE"], &rows)
}

fn line(zone: &KnownZone) -> [String; 7] {
    [
        zone.cloud.to_string(),
        zone.public_suffix.clone(),
        zone.private_zone.clone(),
        zone.port.map(|port| port.to_string()).unwrap_or_default(),
        zone.group_ids.join(", "),
        words::special(zone),
        zone.source.clone(),
    ]
}
