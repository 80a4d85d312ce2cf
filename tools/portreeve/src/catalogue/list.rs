//! `portreeve catalogue list`: the types, one a line.

use portreeve_decisions::catalogue::{Catalogue, TargetType};

use super::json::{JsonType, zones_in};
use super::{good, words};
use crate::command_line::{Format, ListArguments};
use crate::json::printed;
use crate::outcome::Outcome;
use crate::table;

/// Lists all types, or those that have zones in one cloud.
pub fn run(arguments: &ListArguments) -> Outcome {
    let types = Catalogue::known().target_types().iter().map(AsRef::as_ref);
    let is_there = |row: &&TargetType| arguments.cloud.is_none() || zones_in(row, arguments.cloud).next().is_some();
    let types: Vec<&TargetType> = types.filter(is_there).collect();
    good(match arguments.result.format() {
        Format::Text => as_text(&types),
        Format::Json => printed(&types.iter().map(|row| JsonType::of(row, arguments.cloud)).collect::<Vec<_>>()),
    })
}

fn as_text(types: &[&TargetType]) -> String {
    let rows: Vec<[String; 6]> = types.iter().map(|row| line(row)).collect();
    table::table(["TYPE", "API VERSION", "LISTED", "APPROVED", "SERVICE", "GROUP IDS"], &rows)
}

fn line(row: &TargetType) -> [String; 6] {
    [
        row.resource_type.clone(),
        row.api_version.clone(),
        words::listed_in_short(row.listing).to_owned(),
        words::approved_in_short(row.approval).to_owned(),
        row.service.clone(),
        words::group_ids(&row.group_ids),
    ]
}
