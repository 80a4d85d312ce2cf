//! What is made of the catalogue is what the catalogue says: the page about it, the README's table, and the actions of the
//! role. Its commands print JSON that programs can read.
//!
//! `PORTREEVE_UPDATE_GUIDE=1 cargo test -p portreeve --test catalogue` writes all of it as it is now; read the difference
//! before you keep it.

mod document;
mod replay;

use std::path::Path;

use document::{check_kept, read, replayed, with_tables};
use portreeve_decisions::catalogue::{Catalogue, TargetType};
use serde_json::{Map, Value, json};

const PAGE: &str = "docs/catalogue.md";
const README: &str = "README.md";
const ACTIONS: &str = "infra/modules/target-actions.json";

fn types() -> impl Iterator<Item = &'static TargetType> {
    Catalogue::known().target_types().iter().map(AsRef::as_ref)
}

#[test]
fn the_page_prints_what_its_commands_print() {
    let kept = read(PAGE);
    let place = tempfile::tempdir().unwrap();
    check_kept(PAGE, &kept, &with_tables(&replayed(&kept, place.path())));
}

#[test]
fn the_readme_lists_every_service() {
    let kept = read(README);
    assert!(kept.contains("<!-- generated: services -->"));
    check_kept(README, &kept, &with_tables(&kept));
}

/// What the app does to a target of the type and to its connections.
fn actions(row: &TargetType) -> Vec<String> {
    let mut actions = vec!["read", "privateEndpointConnections/read"];
    if row.can_be_approved() {
        actions.push("privateEndpointConnections/write");
    }
    // Only these are asked for their group ids and zones, and not every provider has the action.
    if row.lacks_zones() {
        actions.push("privateLinkResources/read");
    }
    actions.into_iter().map(|action| format!("{}/{action}", row.resource_type)).collect()
}

#[test]
fn the_role_has_the_actions_that_every_type_needs() {
    let is_stable = |row: &&TargetType| !row.api_version.contains("preview");
    let stable: Vec<&str> = types().filter(is_stable).map(|row| row.resource_type.as_str()).collect();
    let of_types: Map<String, Value> = types().map(|row| (row.resource_type.clone(), json!(actions(row)))).collect();
    let now = serde_json::to_string_pretty(&json!({ "stableTypes": stable, "actions": of_types })).unwrap();
    check_kept(ACTIONS, &read(ACTIONS), &format!("{now}\n"));
}

/// What a command prints, read as JSON.
fn printed(command: &str) -> Value {
    let printed = replay::run(command, Path::new("."));
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{command}: {error}\n{printed}"))
}

#[test]
fn every_type_is_listed_and_shown_for_programs() {
    let listed = printed("portreeve catalogue list --json");
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), types().count());
    for (row, listed) in types().zip(listed) {
        assert_eq!(listed["resource_type"], row.resource_type.as_str());
        assert_eq!(listed["zones"].as_array().unwrap().len(), row.zones.len());
    }
    assert_eq!(&printed("portreeve catalogue show microsoft.sql/SERVERS --json"), {
        let is_sql = |listed: &&Value| listed["resource_type"] == "Microsoft.Sql/servers";
        listed.iter().find(is_sql).unwrap()
    });
}

#[test]
fn the_count_for_programs_is_the_catalogues() {
    let coverage = Catalogue::known().coverage();
    let counted = printed("portreeve catalogue coverage --json");
    assert_eq!(counted["types"], json!({ "known": coverage.types, "published": coverage.published_types() }));
    assert_eq!(counted["zones"].as_array().unwrap().len(), coverage.zones.len());
    assert_eq!(counted["left_out"].as_array().unwrap().len(), coverage.left_out.len());
}
