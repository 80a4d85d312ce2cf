//! What a change of state causes outside of it: events, addresses that open or close, operations that end later.
//!
//! State never does these itself. It notes them, and the cloud carries them out when the change is complete.

use std::net::Ipv4Addr;

use super::{arm_error::ArmError, resource_id::ResourceId, state::State};
use crate::arm_event::{ArmEvent, ArmEventKind};

/// The rest of a long-running operation: what happens when its time has come.
pub type Completion = Box<dyn FnOnce(&mut State) -> Result<(), ArmError> + Send>;

/// An address of an endpoint begins or ceases to reach its target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AddressChange {
    /// The connection became Approved.
    Open(Ipv4Addr),
    /// The connection is no longer Approved, or is gone.
    Close(Ipv4Addr),
}

/// Notes taken during one change.
#[derive(Default)]
pub struct Effects {
    /// The correlation id of the request that is being carried out.
    pub correlation_id: String,
    /// Events in the order in which they happened.
    pub events: Vec<ArmEvent>,
    /// Address changes in the order in which they happened.
    pub addresses: Vec<AddressChange>,
    /// Operations that were begun, by operation id.
    pub begun: Vec<(String, Completion)>,
}

/// What a change causes is caused once: a copy of the state has no part in it.
impl Clone for Effects {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Effects {
    /// Notes a write of `id`.
    pub fn wrote(&mut self, id: &ResourceId) {
        self.note(ArmEventKind::Write, id.to_string(), format!("{}/write", id.resource_type()), "PUT");
    }

    /// Notes a delete of `id`.
    pub fn deleted(&mut self, id: &ResourceId) {
        self.note(ArmEventKind::Delete, id.to_string(), format!("{}/delete", id.resource_type()), "DELETE");
    }

    /// Notes any operation.
    pub fn note(&mut self, kind: ArmEventKind, resource_id: String, operation_name: String, http_method: &'static str) {
        let correlation_id = self.correlation_id.clone();
        self.events.push(ArmEvent { kind, resource_id, operation_name, http_method, correlation_id });
    }
}
