//! The owner's side of a connection: approve, reject, delete.
//!
//! | From \ to | Approved | Rejected | Pending |
//! |---|---|---|---|
//! | Pending | yes | yes | nothing changes |
//! | Approved | description only | yes | refused |
//! | Rejected | refused | description only | refused |
//! | Disconnected | it is no longer on the target | | |

use serde_json::{Map, Value};

use super::{
    approval_body::ApprovalBody,
    arm_error::ArmError,
    connection_view,
    effects::AddressChange,
    private_endpoint::{ConnectionStatus, PrivateEndpoint},
    resource,
    resource_id::ResourceId,
    state::State,
    target_types::{ConnectionPut, TargetType},
};

/// What an owner's PUT asks for.
#[derive(Clone, Debug)]
pub struct ConnectionDecision {
    status: ConnectionStatus,
    description: Option<String>,
}

impl ConnectionDecision {
    /// Reads the body. Members that only Azure writes are ignored, because the CLI sends the whole observed body back.
    pub fn parse(target_type: &TargetType, body: &Map<String, Value>) -> Result<Self, ArmError> {
        let properties = Value::Object(resource::properties(body)?);
        let state = &properties["privateLinkServiceConnectionState"];
        let status = state["status"].as_str().and_then(ConnectionStatus::parse);
        let status = status.filter(|status| *status != ConnectionStatus::Disconnected).ok_or_else(|| {
            let message =
                "The property 'privateLinkServiceConnectionState.status' must be Approved, Rejected or Pending.";
            ArmError::bad_request("InvalidRequestContent", message)
        })?;
        let description = state["description"].as_str().map(str::to_owned);
        check_description(target_type, description.as_deref().unwrap_or_default())?;
        Ok(Self { status, description })
    }
}

fn check_description(target_type: &TargetType, description: &str) -> Result<(), ArmError> {
    let longest = target_type.max_description_chars.unwrap_or(usize::MAX);
    let is_missing = target_type.description_required && description.is_empty();
    if !is_missing && description.chars().count() <= longest {
        return Ok(());
    }
    // azure-cli#20752: a null description is answered with this code.
    let message = "The resource identifier segment 'privateLinkServiceConnectionState' is invalid: its description is missing or too long.";
    Err(ArmError::bad_request("InvalidResourceIdSegment", message))
}

impl State {
    /// The endpoints that have a connection on `target`, in key order.
    pub fn connections_of<'a>(&'a self, target: &ResourceId) -> impl Iterator<Item = &'a PrivateEndpoint> + use<'a> {
        Self::paired(&self.connections, &target.key()).filter_map(|key| self.endpoints.get(key))
    }

    /// The endpoint behind the connection `id`.
    pub fn connection(&self, id: &ResourceId) -> Result<&PrivateEndpoint, ArmError> {
        let target = id.parent().ok_or_else(|| ArmError::resource_not_found(id))?;
        self.resource(&target)?;
        self.connections_of(&target)
            .find(|endpoint| endpoint.connection.name.eq_ignore_ascii_case(id.name()))
            .ok_or_else(|| ArmError::resource_not_found(id))
    }

    /// Carries out an owner's PUT or PATCH: at once, or later with the operation id that is returned.
    pub fn decide_connection(
        &mut self,
        target_type: &'static TargetType,
        id: &ResourceId,
        body: &Map<String, Value>,
    ) -> Result<Option<String>, ArmError> {
        let endpoint = self.connection(id)?;
        let (key, target, from) = (endpoint.id.key(), endpoint.target.clone(), endpoint.connection.status);
        target_type.approval_body.check(body, &connection_view::view(target_type, &target, endpoint))?;
        let mut decision = ConnectionDecision::parse(target_type, body)?;
        if target_type.approval_body == ApprovalBody::FixedDescription {
            decision.description = Some(endpoint.connection.description.clone());
        }
        check_transition(id, from, decision.status)?;
        self.check_idle(target_type, &target, &key)?;
        if target_type.connection_put == ConnectionPut::Sync200 {
            self.apply_decision(&key, &decision);
            return Ok(None);
        }
        let connection_id = self.endpoints.get_mut(&key).map(|endpoint| {
            endpoint.connection.in_progress = Some(progress(target_type, decision.status));
            endpoint.connection_id().to_string()
        });
        Ok(Some(self.begin(connection_id, move |state| {
            state.apply_decision(&key, &decision);
            Ok(())
        })))
    }

    /// Removes a connection from its target: at once, or later with the operation id that is returned.
    pub fn delete_connection(
        &mut self,
        target_type: &'static TargetType,
        id: &ResourceId,
    ) -> Result<Option<String>, ArmError> {
        let endpoint = self.connection(id)?;
        let (key, target) = (endpoint.id.key(), endpoint.target.clone());
        self.check_idle(target_type, &target, &key)?;
        if target_type.connection_put == ConnectionPut::Sync200 {
            self.remove_connection(&key);
            return Ok(None);
        }
        if let Some(endpoint) = self.endpoints.get_mut(&key) {
            endpoint.connection.in_progress = Some(progress_of_delete(target_type));
        }
        Ok(Some(self.begin(None, move |state| {
            state.remove_connection(&key);
            Ok(())
        })))
    }

    /// The target is gone: its connections are, too.
    pub fn disconnect_target(&mut self, target_key: &str) {
        let keys: Vec<String> = Self::paired(&self.connections, target_key).cloned().collect();
        for key in keys {
            self.connections.remove(&(target_key.to_owned(), key.clone()));
            self.set_status(&key, ConnectionStatus::Disconnected, "The target was deleted.");
        }
    }

    /// Sets a connection's status with everything that follows from it: addresses and the zone group's records.
    pub fn set_status(&mut self, key: &str, status: ConnectionStatus, description: &str) {
        let Some(endpoint) = self.endpoints.get_mut(key) else { return };
        let was_approved = endpoint.connection.status == ConnectionStatus::Approved;
        endpoint.connection.status = status;
        description.clone_into(&mut endpoint.connection.description);
        endpoint.connection.in_progress = None;
        endpoint.connection.etag = resource::new_etag();
        endpoint.etag = resource::new_etag();
        let is_approved = status == ConnectionStatus::Approved;
        if was_approved == is_approved {
            return;
        }
        let change = if is_approved { AddressChange::Open } else { AddressChange::Close };
        self.effects.addresses.extend(endpoint.addresses.iter().map(|entry| change(entry.address)));
        if is_approved {
            self.write_group_records(key);
        } else {
            self.delete_group_records(key);
        }
    }

    /// Some targets approve every connection unseen; a private link service may name subscriptions that it does so for.
    #[must_use]
    pub fn is_approved_by_service(&self, key: &str) -> bool {
        let Some(endpoint) = self.endpoints.get(key) else { return false };
        if TargetType::find(&endpoint.target.resource_type()).is_some_and(|target_type| target_type.approves_unseen) {
            return true;
        }
        let Some(target) = self.resources.get(&endpoint.target.key()) else { return false };
        let approved =
            target.property("autoApproval")["subscriptions"].as_array().map(Vec::as_slice).unwrap_or_default();
        approved
            .iter()
            .filter_map(Value::as_str)
            .any(|id| id == "*" || id.eq_ignore_ascii_case(endpoint.id.subscription()))
    }

    fn apply_decision(&mut self, key: &str, decision: &ConnectionDecision) {
        let Some(endpoint) = self.endpoints.get(key) else { return };
        let id = endpoint.connection_id();
        if !self.connections.contains(&(endpoint.target.key(), key.to_owned())) {
            return;
        }
        self.set_status(key, decision.status, decision.description.as_deref().unwrap_or_default());
        self.effects.wrote(&id);
    }

    fn remove_connection(&mut self, key: &str) {
        let Some(endpoint) = self.endpoints.get(key) else { return };
        let id = endpoint.connection_id();
        if self.connections.remove(&(endpoint.target.key(), key.to_owned())) {
            self.set_status(key, ConnectionStatus::Disconnected, "The connection was deleted by the target's owner.");
            self.effects.deleted(&id);
        }
    }

    /// One operation at a time on a connection; on some targets, one at a time on all of them.
    fn check_idle(&self, target_type: &TargetType, target: &ResourceId, key: &str) -> Result<(), ArmError> {
        let is_busy = |endpoint: &PrivateEndpoint| {
            let is_exclusive = !target_type.exclusive_code.is_empty();
            endpoint.connection.in_progress.is_some() && (is_exclusive || endpoint.id.key() == key)
        };
        if !self.connections_of(target).any(is_busy) {
            return Ok(());
        }
        let refusal = ArmError::another_operation(target);
        let code = Some(target_type.exclusive_code.clone()).filter(|code| !code.is_empty());
        Err(ArmError { code: code.unwrap_or_else(|| refusal.code.clone()), ..refusal })
    }
}

fn check_transition(id: &ResourceId, from: ConnectionStatus, to: ConnectionStatus) -> Result<(), ArmError> {
    if from == to || from == ConnectionStatus::Pending {
        return Ok(());
    }
    if (from, to) == (ConnectionStatus::Approved, ConnectionStatus::Rejected) {
        return Ok(());
    }
    let message = format!("The connection {id} is {} and cannot become {}.", from.as_str(), to.as_str());
    Err(ArmError::bad_request("InvalidPrivateEndpointConnectionState", message))
}

/// What `provisioningState` says meanwhile; SQL has a word of its own for a rejection.
fn progress(target_type: &'static TargetType, to: ConnectionStatus) -> &'static str {
    match (target_type.progress_state.as_str(), to) {
        ("Approving", ConnectionStatus::Rejected) => "Rejecting",
        (word, _) => word,
    }
}

/// The same for a DELETE.
fn progress_of_delete(target_type: &'static TargetType) -> &'static str {
    match target_type.progress_state.as_str() {
        "" => "",
        "Approving" => "Dropping",
        _ => "Deleting",
    }
}

#[cfg(test)]
mod tests {
    use super::check_transition;
    use crate::cloud::{
        private_endpoint::ConnectionStatus::{self, Approved, Pending, Rejected},
        resource_id::ResourceId,
    };

    #[test]
    fn a_rejected_connection_stays_rejected_and_an_approved_one_never_waits_again() {
        let id = "/subscriptions/s/resourceGroups/rg/providers/N/t/n/privateEndpointConnections/c";
        let id = ResourceId::parse(id).expect("an id");
        let refused: [(ConnectionStatus, ConnectionStatus); 3] =
            [(Approved, Pending), (Rejected, Approved), (Rejected, Pending)];
        for from in [Pending, Approved, Rejected] {
            for to in [Pending, Approved, Rejected] {
                let is_refused = refused.contains(&(from, to));
                assert_eq!(check_transition(&id, from, to).is_err(), is_refused, "{from:?} to {to:?}");
            }
        }
    }
}
