//! Connection proxies: how the network provider tells a target's provider about an endpoint. Only their events are seen.
//!
//! Nobody but Microsoft reads the proxy resources. Private link services are the exception among the targets: the
//! registered operation is `Microsoft.Network/locations/privateLinkServices/privateEndpointConnectionProxies`.

use super::{private_endpoint::PrivateEndpoint, state::State};
use crate::arm_event::ArmEventKind;

impl State {
    /// Notes that the target was asked to validate and then to keep a proxy for a new endpoint.
    pub fn note_new_proxy(&mut self, key: &str) {
        let Some(endpoint) = self.endpoints.get(key) else { return };
        let (id, operation) = proxy(endpoint);
        self.effects.note(ArmEventKind::Action, id.clone(), format!("{operation}/validate/action"), "POST");
        self.effects.note(ArmEventKind::Write, id, format!("{operation}/write"), "PUT");
    }

    /// Notes that the target lost its proxy for an endpoint that was deleted.
    pub fn note_deleted_proxy(&mut self, endpoint: &PrivateEndpoint) {
        let (id, operation) = proxy(endpoint);
        self.effects.note(ArmEventKind::Delete, id, format!("{operation}/delete"), "DELETE");
    }
}

/// The proxy's id and its type. The name begins with the endpoint's, whatever the connection is called.
fn proxy(endpoint: &PrivateEndpoint) -> (String, String) {
    let name = format!("{}.{}", endpoint.id.name(), endpoint.connection.guid);
    let target = &endpoint.target;
    if !target.resource_type().eq_ignore_ascii_case("Microsoft.Network/privateLinkServices") {
        let id = target.child("privateEndpointConnectionProxies", &name);
        return (id.to_string(), id.resource_type());
    }
    let location = endpoint.envelope.get("location").and_then(|location| location.as_str()).unwrap_or_default();
    let id = format!(
        "/subscriptions/{}/providers/Microsoft.Network/locations/{location}/privateLinkServices/{}/privateEndpointConnectionProxies/{name}",
        target.subscription(),
        target.name()
    );
    (id, "Microsoft.Network/locations/privateLinkServices/privateEndpointConnectionProxies".to_owned())
}
