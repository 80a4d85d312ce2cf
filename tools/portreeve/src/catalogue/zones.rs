//! `portreeve catalogue zones`: whose a name could be, and where its record belongs.
//!
//! For programs:
//!
//! ```json
//! {
//!   "fqdn": "kv.vault.azure.net",
//!   "fits": [
//!     {
//!       "cloud": "public", "resource_type": "Microsoft.KeyVault/vaults", "group_ids": ["vault"],
//!       "record_name": "kv", "zone": "privatelink.vaultcore.azure.net", "port": 443, "is_shared": false,
//!       "first_labels": ["{name}"],
//!       "places": [{ "zone": "privatelink.vaultcore.azure.net", "record_name": "kv" }],
//!       "source": "…"
//!     }
//!   ]
//! }
//! ```
//!
//! `places` are all that are tried, in their order; `record_name` and `zone` are the name's own of them. `first_labels` are
//! what the first label of such a record is, where it follows from the target's name. `port` is null where it is not known. Keys may be added, never changed.

mod fqdn;

use portreeve_decisions::catalogue::{Catalogue, Naming, Place, PossibleName};
use serde::Serialize;

use super::{type_argument, words};
use crate::command_line::{Format, ZonesArguments};
use crate::json::printed;
use crate::outcome::{Exit, Outcome};
use crate::table;

/// Says where the record of a name belongs.
pub fn run(arguments: &ZonesArguments) -> Outcome {
    let fqdn = match fqdn::parse(&arguments.fqdn) {
        Ok(fqdn) => fqdn,
        Err(complaint) => return Outcome::no_answer(complaint),
    };
    let wanted = match arguments.resource_type.as_deref().map(type_argument::known_name).transpose() {
        Ok(wanted) => wanted,
        Err(outcome) => return outcome,
    };
    let mut names = Catalogue::known().possible_names(&fqdn, &arguments.group_ids);
    names.retain(|name| {
        arguments.cloud.is_none_or(|cloud| name.cloud == cloud)
            && wanted.as_ref().is_none_or(|wanted| name.resource_type.eq_ignore_ascii_case(wanted))
    });
    let complaints =
        if names.is_empty() { vec![format!("`{fqdn}` fits no zone{}", of(arguments))] } else { Vec::new() };
    let printed = match arguments.result.format() {
        Format::Text if names.is_empty() => String::new(),
        Format::Text => as_text(&names),
        Format::Json => printed(&JsonName { fqdn: &fqdn, fits: names.iter().map(JsonFit::of).collect() }),
    };
    Outcome { printed, exit: if complaints.is_empty() { Exit::Good } else { Exit::Bad }, complaints }
}

/// Of what no zone fits.
fn of(arguments: &ZonesArguments) -> String {
    let whose = if arguments.resource_type.is_some() { "that type" } else { "any type" };
    let which = if arguments.group_ids.is_empty() { "" } else { " with those group ids" };
    let place = arguments.cloud.map_or("any cloud".to_owned(), |cloud| format!("the {cloud} cloud"));
    let row = arguments.resource_type.as_deref().and_then(|text| type_argument::known(text).ok());
    let because = match row {
        Some(row) if row.lacks_zones() => ": its zones are learned at run time",
        Some(row) if row.naming == Naming::Owner => ": its names are the resource owner's",
        _ => "",
    };
    format!(" of {whose}{which} in {place}{because}")
}

fn as_text(names: &[PossibleName<'_>]) -> String {
    let rows: Vec<[String; 10]> = names.iter().map(line).collect();
    let headings =
        ["CLOUD", "TYPE", "GROUP IDS", "RECORD", "ZONE", "PORT", "SHARED", "SPECIAL", "OTHER PLACES", "SOURCE"];
    table::table(headings, &rows)
}

fn line(name: &PossibleName<'_>) -> [String; 10] {
    let placement = &name.placement;
    let home = placement.home();
    [
        name.cloud.to_string(),
        name.resource_type.to_owned(),
        name.group_ids.join(", "),
        home.record_name.clone(),
        home.zone.clone(),
        placement.port.map(|port| port.to_string()).unwrap_or_default(),
        if placement.is_shared { "shared" } else { "" }.to_owned(),
        words::first_labels(&placement.first_labels).unwrap_or_default(),
        other_places(name),
        name.source.to_owned(),
    ]
}

/// The places before and behind the name's own, in words.
fn other_places(name: &PossibleName<'_>) -> String {
    let (before, after) =
        (&name.placement.places[..name.placement.home], &name.placement.places[name.placement.home + 1..]);
    let shown = |word: &'static str| move |place: &Place| format!("{word} {} in {}", place.record_name, place.zone);
    before.iter().map(shown("first")).chain(after.iter().map(shown("else"))).collect::<Vec<_>>().join(", ")
}

#[derive(Serialize)]
struct JsonName<'a> {
    fqdn: &'a str,
    fits: Vec<JsonFit<'a>>,
}

#[derive(Serialize)]
struct JsonFit<'a> {
    cloud: &'static str,
    resource_type: &'a str,
    group_ids: &'a [String],
    record_name: &'a str,
    zone: &'a str,
    port: Option<u16>,
    is_shared: bool,
    first_labels: &'a [String],
    places: &'a [Place],
    source: &'a str,
}

impl<'a> JsonFit<'a> {
    fn of(name: &'a PossibleName<'a>) -> Self {
        let home = name.placement.home();
        Self {
            cloud: name.cloud.as_str(),
            resource_type: name.resource_type,
            group_ids: &name.group_ids,
            record_name: &home.record_name,
            zone: &home.zone,
            port: name.placement.port,
            is_shared: name.placement.is_shared,
            first_labels: &name.placement.first_labels,
            places: &name.placement.places,
            source: name.source,
        }
    }
}
