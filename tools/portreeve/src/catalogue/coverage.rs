//! `portreeve catalogue coverage`: how much of what is published the catalogue has, and what it leaves out.
//!
//! For programs:
//!
//! ```json
//! {
//!   "types": { "known": 95, "published": 108 },
//!   "zones": [{ "cloud": "public", "known": 91, "published": 93, "inferred": 6 }],
//!   "learned": ["Microsoft.Chaos/privateAccesses"],
//!   "not_approvable": ["Microsoft.Chaos/privateAccesses"],
//!   "left_out": [
//!     { "what": "zone", "cloud": "public", "resource_type": "…", "zone": "…", "why": "…", "source": "…" }
//!   ]
//! }
//! ```
//!
//! `inferred` are known, too, beside those that are published. `what` is `type` or `zone`; `cloud` is null for types, `zone` also where no zone is published. Keys may be added,
//! never changed.

use portreeve_decisions::catalogue::{Catalogue, Coverage, LeftOut, Published, ZoneCount};
use serde::Serialize;

use super::good;
use crate::command_line::{CoverageArguments, Format};
use crate::json::printed;
use crate::outcome::Outcome;
use crate::printable::printable;
use crate::table;

/// Counts.
pub fn run(arguments: &CoverageArguments) -> Outcome {
    let coverage = Catalogue::known().coverage();
    good(match arguments.result.format() {
        Format::Text => as_text(&coverage),
        Format::Json => printed(&JsonCoverage::of(&coverage)),
    })
}

fn as_text(coverage: &Coverage) -> String {
    let (known, published) = (coverage.types.to_string(), coverage.published_types().to_string());
    let mut rows = vec![["types".to_owned(), known, published, String::new()]];
    rows.extend(coverage.zones.iter().map(|count| {
        let ZoneCount { cloud, known, published, inferred } = count;
        [format!("zones, {cloud}"), known.to_string(), published.to_string(), inferred.to_string()]
    }));
    let left_out = |wanted: Published| {
        let those = coverage.left_out.iter().filter(move |one| one.what == wanted);
        those.map(left_out).collect::<Vec<_>>()
    };
    let lists = [
        ("Learned at run time, because no group ids or zones are published", coverage.learned.clone()),
        ("Approved by Azure alone, because it has no call for it", coverage.not_approvable.clone()),
        ("Types that are left out", left_out(Published::Type)),
        ("Zones that are left out", left_out(Published::Zone)),
    ];
    let lists = lists.iter().map(|(heading, lines)| listed(heading, lines));
    format!("{}{}", table::table(["", "KNOWN", "PUBLISHED", "INFERRED"], &rows), lists.collect::<String>())
}

fn listed(heading: &str, lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("  {}\n", printable(line))).collect();
    format!("\n{heading}:\n{lines}")
}

fn left_out(one: &LeftOut) -> String {
    let cloud = one.cloud.map(|cloud| format!("{cloud}: ")).unwrap_or_default();
    let zone = one.zone.as_ref().map(|zone| format!("{zone} of ")).unwrap_or_default();
    format!("{cloud}{zone}{}: {} ({})", one.resource_type, one.why, one.source)
}

#[derive(Serialize)]
struct JsonCoverage<'a> {
    types: Count,
    zones: &'a [ZoneCount],
    learned: &'a [String],
    not_approvable: &'a [String],
    left_out: &'a [LeftOut],
}

#[derive(Serialize)]
struct Count {
    known: usize,
    published: usize,
}

impl<'a> JsonCoverage<'a> {
    fn of(coverage: &'a Coverage) -> Self {
        Self {
            types: Count { known: coverage.types, published: coverage.published_types() },
            zones: &coverage.zones,
            learned: &coverage.learned,
            not_approvable: &coverage.not_approvable,
            left_out: &coverage.left_out,
        }
    }
}
