//! Which connection an event is about. An event only wakes us: nothing in it is believed but the id of what to read.
//!
//! | resource | wakes |
//! |---|---|
//! | `privateEndpoints`, its `privateDnsZoneGroups` | the endpoint |
//! | `networkInterfaces`, unless deleted | the endpoint that the interface names, once read |
//! | `…/privateEndpointConnections`, `…/privateEndpointConnectionProxies` | the target above them |
//! | a type of the catalogue, by a resource notification | the target |
//!
//! These event types are read: `Microsoft.Resources.Resource{Write,Action,Delete}Success`, which carry no resource, and
//! `Microsoft.ResourceNotifications.Resources.{CreatedOrUpdated,Deleted}`, which do.
//!
//! Both the Event Grid schema and CloudEvents 1.0 are read. Shapes: <https://learn.microsoft.com/azure/event-grid/event-schema-subscriptions>
//! and <https://learn.microsoft.com/azure/event-grid/event-schema-resources>.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::resource_id::ResourceId;
use crate::untrusted::escaped;

/// What a reconcile starts from: either side of a connection.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A private endpoint: its own connections, or, where it is gone, the records that it leaves.
    Endpoint(ResourceId),
    /// A private-link resource: all connections to it.
    Target(ResourceId),
    /// A network interface, which names the endpoint that it belongs to.
    NetworkInterface(ResourceId),
}

impl Subject {
    /// The id of the resource to read first.
    #[must_use]
    pub fn id(&self) -> &ResourceId {
        match self {
            Self::Endpoint(id) | Self::Target(id) | Self::NetworkInterface(id) => id,
        }
    }
}

/// What an event means for us.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reading {
    /// Something to reconcile.
    Wake(Subject),
    /// Nothing to do, and why, fit to log: foreign text in it is escaped.
    Ignored(String),
}

/// Reads one event of either schema. It never fails: what it does not understand is ignored with the reason.
#[must_use]
pub fn parse(event: &Value, catalogue: &Catalogue) -> Reading {
    let Some(event_type) = text(event, "eventType").or_else(|| text(event, "type")) else {
        return ignored("it is neither an Event Grid event nor a CloudEvent: it has no eventType or type");
    };
    let Some(operation) = Operation::of(event_type) else {
        return Reading::Ignored(format!("events of type `{}` tell nothing of connections", escaped(event_type, 100)));
    };
    let id = match resource_of(event) {
        Ok(id) => id,
        Err(reason) => return Reading::Ignored(reason),
    };
    match subject_of(&id, operation, catalogue) {
        Ok(subject) => Reading::Wake(subject),
        Err(reason) => Reading::Ignored(reason),
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Operation {
    Written,
    Acted,
    Deleted,
    Notified { deleted: bool },
}

impl Operation {
    fn of(event_type: &str) -> Option<Self> {
        match event_type.to_ascii_lowercase().as_str() {
            "microsoft.resources.resourcewritesuccess" => Some(Self::Written),
            "microsoft.resources.resourceactionsuccess" => Some(Self::Acted),
            "microsoft.resources.resourcedeletesuccess" => Some(Self::Deleted),
            "microsoft.resourcenotifications.resources.createdorupdated" => Some(Self::Notified { deleted: false }),
            "microsoft.resourcenotifications.resources.deleted" => Some(Self::Notified { deleted: true }),
            _ => None,
        }
    }

    fn is_delete(self) -> bool {
        matches!(self, Self::Deleted | Self::Notified { deleted: true })
    }
}

/// The first of the places where the schemas put the resource's id that holds one.
fn resource_of(event: &Value) -> Result<ResourceId, String> {
    let places = ["/subject", "/data/resourceUri", "/data/resourceInfo/id"];
    let mut refusal = "it names no resource".to_owned();
    for candidate in places.iter().filter_map(|place| event.pointer(place)?.as_str()) {
        match ResourceId::parse(candidate) {
            Ok(id) => return Ok(id),
            Err(error) => refusal = error.to_string(),
        }
    }
    Err(refusal)
}

fn subject_of(id: &ResourceId, operation: Operation, catalogue: &Catalogue) -> Result<Subject, String> {
    if let Some(target) = ancestor_above(id, &["privateEndpointConnections", "privateEndpointConnectionProxies"]) {
        return Ok(Subject::Target(target));
    }
    let resource_type = id.resource_type();
    match resource_type.to_ascii_lowercase().as_str() {
        "microsoft.network/privateendpoints" => Ok(Subject::Endpoint(id.clone())),
        "microsoft.network/privateendpoints/privatednszonegroups" => {
            id.parent().map(Subject::Endpoint).ok_or_else(|| "it names a zone group without an endpoint".to_owned())
        }
        "microsoft.network/networkinterfaces" if operation.is_delete() => {
            Err("a deleted network interface can no longer tell its endpoint; the endpoint's own event does".to_owned())
        }
        "microsoft.network/networkinterfaces" => Ok(Subject::NetworkInterface(id.clone())),
        // Resource notifications carry whole targets; their connections are in the body, which is not believed.
        _ if matches!(operation, Operation::Notified { .. }) && catalogue.target_type(id).is_some() => {
            Ok(Subject::Target(id.clone()))
        }
        _ => Err(format!("operations on `{}` tell nothing of connections", escaped(&resource_type, 100))),
    }
}

/// The resource above the first ancestor of one of these child types, wherever in the id that stands.
fn ancestor_above(id: &ResourceId, child_types: &[&str]) -> Option<ResourceId> {
    let mut current = id.clone();
    while let Some(parent) = current.parent() {
        let own_type = current.resource_type();
        let own_type = own_type.rsplit('/').next().unwrap_or_default();
        if child_types.iter().any(|wanted| wanted.eq_ignore_ascii_case(own_type)) {
            return Some(parent);
        }
        current = parent;
    }
    None
}

fn text<'a>(event: &'a Value, key: &str) -> Option<&'a str> {
    event.get(key)?.as_str()
}

fn ignored(reason: &str) -> Reading {
    Reading::Ignored(reason.to_owned())
}

#[cfg(test)]
mod tests;
