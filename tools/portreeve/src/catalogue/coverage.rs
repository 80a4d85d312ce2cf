//! `portreeve catalogue coverage`: how much of what is published the catalogue has, and what it leaves out.
//!
//! For programs:
//!
//! ```json
//! {
//!   "types": { "known": 95, "published": 108 },
//!   "zones": [{ "cloud": "public", "known": 1, "published": 2 }],
//!   "learned": ["Microsoft.Chaos/privateAccesses"],
//!   "not_approvable": ["Microsoft.Chaos/privateAccesses"],
//!   "left_out": [
//!     { "what": "zone", "cloud": "public", "resource_type": "…", "zone": "…", "why": "…", "source": "…" }
//!   ]
//! }
//! ```
//!
//! `what` is `type` or `zone`; `cloud` is null for types, `zone` also where no zone is published. Keys may be added,
//! never changed.

use portreeve_decisions::catalogue::{Catalogue, Cloud, Coverage, LeftOut, Published};
use serde::Serialize;

use super::{good, table};
use crate::command_line::{CoverageArguments, Format};
use crate::json::printed;
use crate::outcome::Outcome;
use crate::printable::printable;

/// Counts.
pub fn run(arguments: &CoverageArguments) -> Outcome {
    let coverage = Catalogue::known().coverage();
    good(match arguments.result.format() {
        Format::Text => as_text(&coverage),
        Format::Json => printed(&JsonCoverage::of(&coverage)),
    })
}

fn as_text(coverage: &Coverage) -> String {
    let mut rows = vec![["types".to_owned(), coverage.types.to_string(), coverage.published_types().to_string()]];
    rows.extend(coverage.zones.iter().map(|&(cloud, known)| {
        [format!("zones, {cloud}"), known.to_string(), coverage.published_zones(cloud).to_string()]
    }));
    format!(
        "{}\nLearned at run time, because no group ids or zones are published ({}):\n{}\n\
         Approved by Azure alone, because it has no call for it ({}):\n{}\n\
         Left out ({}):\n{}",
        table::table(["", "KNOWN", "PUBLISHED"], &rows),
        coverage.learned.len(),
        listed(&coverage.learned),
        coverage.not_approvable.len(),
        listed(&coverage.not_approvable),
        coverage.left_out.len(),
        left_out(&coverage.left_out),
    )
}

fn listed(types: &[String]) -> String {
    types.iter().map(|name| format!("  {}\n", printable(name))).collect()
}

fn left_out(all: &[LeftOut]) -> String {
    let line = |one: &LeftOut| {
        let what = match one.what {
            Published::Type => "type",
            Published::Zone => "zone",
        };
        let cloud = one.cloud.map(|cloud| cloud.to_string()).unwrap_or_default();
        let zone = one.zone.clone().unwrap_or_default();
        [what.to_owned(), cloud, one.resource_type.clone(), zone, one.why.clone(), one.source.clone()]
    };
    let rows: Vec<[String; 6]> = all.iter().map(line).collect();
    table::table(["WHAT", "CLOUD", "TYPE", "ZONE", "WHY", "SOURCE"], &rows)
}

#[derive(Serialize)]
struct JsonCoverage<'a> {
    types: Count,
    zones: Vec<JsonZones>,
    learned: &'a [String],
    not_approvable: &'a [String],
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct Count {
    known: usize,
    published: usize,
}

#[derive(Serialize)]
struct JsonZones {
    cloud: Cloud,
    #[serde(flatten)]
    count: Count,
}

impl<'a> JsonCoverage<'a> {
    fn of(coverage: &'a Coverage) -> Self {
        let zones = coverage.zones.iter().map(|&(cloud, known)| JsonZones {
            cloud,
            count: Count { known, published: coverage.published_zones(cloud) },
        });
        Self {
            types: Count { known: coverage.types, published: coverage.published_types() },
            zones: zones.collect(),
            learned: &coverage.learned,
            not_approvable: &coverage.not_approvable,
            left_out: &coverage.left_out,
        }
    }
}
