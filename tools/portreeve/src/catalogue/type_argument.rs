//! A type as people name it: in any letter case, misspelt, or by the id of one of its resources.

use std::sync::Arc;

use portreeve_decisions::catalogue::{Catalogue, Published, TargetType};
use portreeve_decisions::resource_id::ResourceId;
use portreeve_decisions::untrusted::escaped;

use super::bad;
use crate::outcome::Outcome;
use crate::printable::printable;

/// No type has a longer name; the rest is not shown.
const SHOWN_MAX_CHARS: usize = 120;

/// The row of the type that is named.
///
/// # Errors
/// The outcome that says why there is none.
pub fn known(text: &str) -> Result<&'static Arc<TargetType>, Outcome> {
    let name = name(text)?;
    Catalogue::known().named(&name).ok_or_else(|| unknown(&name))
}

/// The name of the type that is named, if the catalogue has anything of it: a row, or zones alone.
///
/// # Errors
/// As [`known`].
pub fn known_name(text: &str) -> Result<String, Outcome> {
    let name = name(text)?;
    let is_known = |catalogue: &Catalogue| {
        catalogue.named(&name).is_some() || catalogue.zones().any(|zone| zone.resource_type.eq_ignore_ascii_case(&name))
    };
    if is_known(Catalogue::known()) { Ok(name) } else { Err(unknown(&name)) }
}

/// What stands there, or the type of the resource whose id stands there. Below a resource of a known type, such as in the
/// id of one of its connections, that type is meant.
fn name(text: &str) -> Result<String, Outcome> {
    if !text.starts_with('/') {
        return Ok(text.to_owned());
    }
    let id = ResourceId::parse(text).map_err(|error| Outcome::no_answer(printable(&error.to_string())))?;
    let resources = std::iter::successors(Some(id.clone()), ResourceId::parent);
    let mut types = resources.map(|resource| resource.resource_type());
    let known = types.find(|name| Catalogue::known().named(name).is_some());
    Ok(known.unwrap_or_else(|| id.resource_type()))
}

fn unknown(name: &str) -> Outcome {
    let catalogue = Catalogue::known();
    let shown = printable(&escaped(name, SHOWN_MAX_CHARS)).into_owned();
    let left_out = catalogue
        .coverage()
        .left_out
        .into_iter()
        .find(|left_out| left_out.what == Published::Type && left_out.resource_type.eq_ignore_ascii_case(name));
    if let Some(left_out) = left_out {
        let complaint = format!("`{}` is left out: {} ({})", left_out.resource_type, left_out.why, left_out.source);
        return bad(printable(&complaint).into_owned());
    }
    let meant: Vec<String> = catalogue.meant_types(name).iter().map(|meant| format!("`{meant}`")).collect();
    bad(if meant.is_empty() {
        format!(
            "`{shown}` is not in the catalogue, and asked of its provider at run time; `portreeve catalogue list` shows what is"
        )
    } else {
        format!("`{shown}` is not in the catalogue; did you mean {}?", meant.join(" or "))
    })
}
