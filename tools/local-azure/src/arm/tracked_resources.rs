//! `/resources`: everything in a subscription or a resource group that is not a child of something, without properties.
//!
//! Children are not tracked resources: subnets, record sets, links, connections, zone groups, managed endpoints.
//! Filters are the ones below, joined by `and`; any other is refused, so that no caller gets more than it asked for.

use serde_json::{Value, json};

use super::{
    answer::Answer,
    lists::{ids, scope},
    page,
    request::ArmRequest,
    resource_kind::ResourceKind,
    resources::get,
};
use crate::cloud::{arm_error::ArmError, resource_id::ResourceId, state::State, subscriptions::normal_location};

/// What ARM shows of a resource, where it has it.
const MEMBERS: [&str; 8] = ["id", "name", "type", "location", "kind", "sku", "identity", "tags"];

/// One page of the list.
pub fn list(
    state: &State,
    request: &ArmRequest,
    subscription: &str,
    resource_group: Option<&str>,
) -> Result<Answer, ArmError> {
    let filter = Filter::parse(request.query.get("$filter").map_or("", String::as_str))?;
    let expanded = request.query.get("$expand").map_or("", String::as_str);
    let prefix = scope(state, subscription, resource_group.or(filter.resource_group.as_deref()))?;
    let tracked = ids(state, &prefix).filter(|id| id.parent().is_none() && filter.keeps(state, id));
    Ok(page::answer(request, tracked, |id| summary(&view(state, id), expanded)))
}

/// What `$filter` asks for.
#[derive(Debug, Default, Eq, PartialEq)]
struct Filter {
    resource_type: Option<String>,
    resource_group: Option<String>,
    name: Option<String>,
    location: Option<String>,
}

impl Filter {
    fn parse(text: &str) -> Result<Self, ArmError> {
        let mut filter = Self::default();
        if text.trim().is_empty() {
            return Ok(filter);
        }
        let invalid = || {
            let message = format!("Invalid $filter '{text}' specified in the query string.");
            ArmError::bad_request("InvalidFilterInQueryString", message)
        };
        for term in text.split(" and ") {
            let (property, value) = comparison(term).ok_or_else(invalid)?;
            let place = match property.to_ascii_lowercase().as_str() {
                "resourcetype" => &mut filter.resource_type,
                "resourcegroup" => &mut filter.resource_group,
                "name" => &mut filter.name,
                "location" => &mut filter.location,
                _ => return Err(invalid()),
            };
            if place.replace(value.to_owned()).is_some() {
                return Err(invalid());
            }
        }
        Ok(filter)
    }

    fn keeps(&self, state: &State, id: &ResourceId) -> bool {
        let is = |wanted: &Option<String>, text: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(text))
        };
        let is_in = |location: &String| view(state, id)["location"].as_str() == Some(&normal_location(location));
        is(&self.resource_type, &id.resource_type())
            && is(&self.resource_group, id.resource_group())
            && is(&self.name, id.name())
            && self.location.as_ref().is_none_or(is_in)
    }
}

/// Property and text of `{property} eq '{text}'`.
fn comparison(term: &str) -> Option<(&str, &str)> {
    let term = term.trim();
    let term = term.strip_prefix('(').and_then(|term| term.strip_suffix(')')).unwrap_or(term);
    let (property, value) = term.trim().split_once(" eq ")?;
    let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (!value.contains('\'')).then(|| (property.trim(), value))
}

fn view(state: &State, id: &ResourceId) -> Value {
    let kind = ResourceKind::find(&id.resource_type());
    kind.and_then(|(kind, _)| get(state, kind, id).ok()).unwrap_or_default()
}

/// The envelope, and what `$expand` asks for beside it.
fn summary(view: &Value, expanded: &str) -> Value {
    let mut summary = json!({});
    for member in MEMBERS {
        if let Some(value) = view.get(member).filter(|value| !value.is_null()) {
            summary[member] = value.clone();
        }
    }
    for word in expanded.split(',').map(str::trim) {
        match word {
            "provisioningState" => summary[word] = view["properties"][word].clone(),
            // Nothing here depends on when something was made; the CLI wants a date.
            "createdTime" | "changedTime" => summary[word] = json!("2026-01-01T00:00:00Z"),
            _ => {}
        }
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::Filter;

    fn text(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn filters_are_read_in_any_letter_case_and_others_are_refused() {
        let table = [
            ("", Filter::default()),
            ("resourceType eq 'A.B/c'", Filter { resource_type: text("A.B/c"), ..Filter::default() }),
            (
                "(ResourceType eq 'A.B/c') and (name eq 'n')",
                Filter { resource_type: text("A.B/c"), name: text("n"), ..Filter::default() },
            ),
            (
                "location eq 'East US' and resourceGroup eq 'rg'",
                Filter { location: text("East US"), resource_group: text("rg"), ..Filter::default() },
            ),
        ];
        for (filter, expected) in table {
            assert_eq!(Filter::parse(filter).expect(filter), expected, "{filter}");
        }
        for filter in [
            "resourceType",
            "resourceType eq A.B/c",
            "resourceType ne 'A.B/c'",
            "resourceType eq 'A.B/c' or resourceType eq 'A.B/d'",
            "resourceType eq 'A.B/c' and resourceType eq 'A.B/d'",
            "tagName eq 'a'",
            "substringof('a', name)",
        ] {
            assert_eq!(Filter::parse(filter).expect_err(filter).code, "InvalidFilterInQueryString", "{filter}");
        }
    }
}
