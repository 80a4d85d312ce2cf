//! The state of the local Azure and Azure's rules about it. Nothing here knows HTTP.
//!
//! `Cloud` owns the one lock. A change is made by a function on `State`; what it causes outside (events, addresses,
//! operations that end later) is carried out here when the change is complete.

pub mod addresses;
pub mod app_slots;
pub mod approval_body;
pub mod arm_error;
pub mod connection_view;
pub mod connections;
pub mod effects;
pub mod endpoint_addresses;
pub mod endpoint_request;
pub mod endpoint_view;
pub mod foreign_endpoints;
pub mod group_members;
pub mod group_record;
pub mod interface_view;
pub mod ip_version_type;
pub mod managed_services;
pub mod networks;
pub mod operations;
pub mod placeholders;
pub mod precondition;
pub mod private_dns;
pub mod private_endpoint;
pub mod private_endpoints;
pub mod proxies;
pub mod record_set;
pub mod region_codes;
pub mod requested_target;
pub mod resource;
pub mod resource_group;
pub mod resource_id;
pub mod state;
pub mod subscriptions;
pub mod target_types;
pub mod targets;
pub mod zone_group;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::{arm_event::ArmEvent, azure_cloud, data_plane::DataPlane};
use effects::Completion;
use state::State;

/// The state with what its changes reach.
pub struct Cloud {
    state: Mutex<State>,
    data_plane: Option<DataPlane>,
    events: UnboundedSender<ArmEvent>,
    operation_delay: Duration,
}

impl Cloud {
    /// An empty cloud. Operations end `operation_delay` after they began. Without a data plane no address answers.
    #[must_use]
    pub fn new(
        cloud: azure_cloud::Cloud,
        data_plane: Option<DataPlane>,
        events: UnboundedSender<ArmEvent>,
        operation_delay: Duration,
    ) -> Arc<Self> {
        let state = Mutex::new(State { cloud, ..State::default() });
        Arc::new(Self { state, data_plane, events, operation_delay })
    }

    /// A cloud that is in this state from the beginning, and that nobody hears of.
    #[must_use]
    pub fn of(state: State) -> Arc<Self> {
        let (events, _) = unbounded_channel();
        let (state, operation_delay) = (Mutex::new(state), Duration::ZERO);
        Arc::new(Self { state, data_plane: None, events, operation_delay })
    }

    /// Reads or changes the state, then carries out what the change caused. Must run inside a tokio runtime.
    pub fn change<T>(self: &Arc<Self>, correlation_id: &str, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        correlation_id.clone_into(&mut state.effects.correlation_id);
        let result = change(&mut state);
        self.carry_out(&mut state, correlation_id);
        result
    }

    /// Reads the state.
    pub fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.lock())
    }

    /// Happens under the lock, so that events and addresses keep the order of the changes.
    fn carry_out(self: &Arc<Self>, state: &mut State, correlation_id: &str) {
        for change in state.effects.addresses.drain(..) {
            if let Some(data_plane) = &self.data_plane {
                data_plane.apply(change);
            }
        }
        for event in state.effects.events.drain(..) {
            // Nobody listens when the receiver is gone, which is the end of this cloud.
            let _ = self.events.send(event);
        }
        for (operation_id, completion) in state.effects.begun.drain(..) {
            self.end_later(operation_id, completion, correlation_id.to_owned());
        }
    }

    fn end_later(self: &Arc<Self>, operation_id: String, completion: Completion, correlation_id: String) {
        let cloud = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(cloud.operation_delay).await;
            cloud.change(&correlation_id, |state| state.end(&operation_id, completion));
        });
    }

    /// A panic inside a change is a bug of ours that its own request reports; the state is still plain values.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
