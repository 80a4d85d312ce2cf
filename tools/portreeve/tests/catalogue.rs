//! The role has the actions that the catalogue's types need, and the command line's JSON is the catalogue's.
//!
//! `PORTREEVE_UPDATE_GUIDE=1 cargo test -p portreeve --test catalogue` writes the actions as they are now; read the
//! difference before you keep it.

mod kept;

use std::process::Command;

use kept::{check_kept, read};
use portreeve_decisions::catalogue::{Catalogue, Cloud, TargetType};
use serde_json::{Map, Value, json};

const ACTIONS: &str = "infra/modules/target-actions.json";

fn types() -> impl Iterator<Item = &'static TargetType> {
    Catalogue::known().target_types().iter().map(AsRef::as_ref)
}

/// A type whose operations Azure lists below another, and what it lists them below. It lists none to read its
/// `privateLinkResources`, and a role that names one is refused.
/// <https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance#microsoftauthorization>
const LISTED_ELSEWHERE: (&str, &str) = (
    "Microsoft.Authorization/resourceManagementPrivateLinks",
    "Microsoft.Authorization/policyAssignments/resourceManagementPrivateLinks",
);

/// What the app does to a target of the type and to its connections.
fn actions(row: &TargetType) -> Vec<String> {
    let (elsewhere, listed_below) = LISTED_ELSEWHERE;
    let of_type = if row.resource_type == elsewhere { listed_below } else { &row.resource_type };
    let mut actions = vec!["read", "privateEndpointConnections/read"];
    if row.can_be_approved() {
        actions.push("privateEndpointConnections/write");
    }
    actions.into_iter().map(|action| format!("{of_type}/{action}")).collect()
}

/// The clouds in which targets of the type are asked for their zones. Not every provider has the action for that.
fn zones_learned_in(row: &TargetType) -> Vec<Cloud> {
    let is_asked = |cloud: &Cloud| row.lacks_zones_in(*cloud) && row.resource_type != LISTED_ELSEWHERE.0;
    Cloud::ALL.into_iter().filter(is_asked).collect()
}

#[test]
fn the_role_has_the_actions_that_every_type_needs() {
    let is_stable = |row: &&TargetType| !row.api_version.contains("preview");
    let stable: Vec<&str> = types().filter(is_stable).map(|row| row.resource_type.as_str()).collect();
    let of_types: Map<String, Value> = types().map(|row| (row.resource_type.clone(), json!(actions(row)))).collect();
    let learned: Map<String, Value> =
        types().map(|row| (row.resource_type.clone(), json!(zones_learned_in(row)))).collect();
    let all = json!({ "stableTypes": stable, "actions": of_types, "zonesLearnedIn": learned });
    let now = serde_json::to_string_pretty(&all).unwrap();
    check_kept(ACTIONS, &read(ACTIONS), &format!("{now}\n"));
}

/// What `portreeve catalogue` prints, read as JSON.
fn printed(arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_portreeve")).arg("catalogue").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_type_is_listed_and_shown_for_programs() {
    let listed = printed(&["list", "--json"]);
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), types().count());
    for (row, listed) in types().zip(listed) {
        assert_eq!(listed["resource_type"], row.resource_type.as_str());
        assert_eq!(listed["zones"].as_array().unwrap().len(), row.zones.len());
    }
    assert_eq!(&printed(&["show", "microsoft.sql/SERVERS", "--format", "json"]), {
        let is_sql = |listed: &&Value| listed["resource_type"] == "Microsoft.Sql/servers";
        listed.iter().find(is_sql).unwrap()
    });
}

#[test]
fn the_count_for_programs_is_the_catalogues() {
    let coverage = Catalogue::known().coverage();
    let counted = printed(&["coverage", "--json"]);
    assert_eq!(counted["types"], json!({ "known": coverage.types, "published": coverage.published_types() }));
    assert_eq!(counted["zones"].as_array().unwrap().len(), coverage.zones.len());
    assert_eq!(counted["left_out"].as_array().unwrap().len(), coverage.left_out.len());
}
