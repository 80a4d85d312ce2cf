//! The tables, each row made from what a GET shows of the resource: `resources` and `dnsresources`.
//!
//! Types, resource groups and regions are in lower case, and there is no etag. `resources` has what is tracked, which links
//! of zones and slots of sites are, too; `dnsresources` has record sets.
//! <https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources>

use serde_json::{Value, json};

use super::{
    evaluation::Row,
    kinds::{Columns, Kind},
};
use crate::{
    arm::{
        lists::{ids, scope},
        resource_kind::ResourceKind,
        resources::get,
    },
    cloud::{record_set, resource_id::ResourceId, state::State},
    tokens::TENANT_ID,
};

const TEXTS: [&str; 9] =
    ["id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy"];
const DYNAMICS: [&str; 7] = ["sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"];

const RESOURCES: &str = "resources";
const DNS_RESOURCES: &str = "dnsresources";

/// The columns of a table, by its name in lower case.
#[must_use]
pub fn columns(table: &str) -> Option<Columns> {
    let texts = TEXTS.map(|name| (name.to_owned(), Kind::Text));
    let dynamics = DYNAMICS.map(|name| (name.to_owned(), Kind::Dynamic));
    [RESOURCES, DNS_RESOURCES].contains(&table).then(|| texts.into_iter().chain(dynamics).collect())
}

/// The rows of a table in these subscriptions.
#[must_use]
pub fn rows(state: &State, subscriptions: &[&str], table: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for subscription in subscriptions {
        let Ok(prefix) = scope(state, subscription, None) else { continue };
        for id in ids(state, &prefix) {
            let Some((kind, _)) = ResourceKind::find(&id.resource_type()) else { continue };
            if is_in(table, kind, id) {
                rows.extend(get(state, kind, id).ok().map(|view| row(id, &view)));
            }
            if let (DNS_RESOURCES, ResourceKind::PrivateDnsZone) = (table, kind) {
                let authority = state.resource(id).ok().map(record_set::soa_view);
                rows.extend(authority.and_then(|view| Some(row(&ResourceId::parse(view["id"].as_str()?)?, &view))));
            }
        }
    }
    rows
}

fn is_in(table: &str, kind: ResourceKind, id: &ResourceId) -> bool {
    let is_record = matches!(kind, ResourceKind::RecordSet);
    let is_tracked =
        matches!(kind, ResourceKind::VirtualNetworkLink | ResourceKind::Target(_)) || id.parent().is_none();
    if table == DNS_RESOURCES { is_record } else { is_tracked }
}

fn row(id: &ResourceId, view: &Value) -> Row {
    let shown = |name: &str| match name {
        "type" => json!(id.resource_type().to_ascii_lowercase()),
        "tenantId" => json!(TENANT_ID),
        "resourceGroup" => json!(id.resource_group().to_ascii_lowercase()),
        "subscriptionId" => json!(id.subscription()),
        _ => view.get(name).filter(|value| !value.is_null()).cloned().unwrap_or_else(|| json!("")),
    };
    let texts = TEXTS.map(|name| (name.to_owned(), shown(name)));
    let dynamics = DYNAMICS.map(|name| (name.to_owned(), view.get(name).cloned().unwrap_or_default()));
    texts.into_iter().chain(dynamics).collect()
}
