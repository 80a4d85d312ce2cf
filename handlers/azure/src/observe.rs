//! Looks at everything that a plan for one connection depends on, and at nothing else.

use std::sync::Arc;

use portreeve_decisions::catalogue::{Naming, TargetType};
use portreeve_decisions::decide::known_group_ids;
use portreeve_decisions::dns::{ObservedName, RecordOwner, RecordSight, Zone, ZoneChoice, choose_zone};
use portreeve_decisions::facts::{Connection, ConnectionStatus, Endpoint, EndpointName, EndpointSight};
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::job::ValidationJob;
use portreeve_decisions::plan::{Observation, state_of};
use time::OffsetDateTime;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::AzureError;
use crate::story::Story;

/// What one connection is looked at with.
pub(crate) struct Observer<'a> {
    pub azure: &'a Azure,
    pub arm: &'a Arm,
    pub story: &'a Story,
    pub in_force: &'a InForce,
    pub row: Arc<TargetType>,
    pub started_at: OffsetDateTime,
}

impl Observer<'_> {
    /// The group ids that are asked for, where they are known.
    pub fn group_ids(&self, connection: &Connection, endpoint: &EndpointSight) -> Option<Vec<String>> {
        known_group_ids(&self.row.group_ids, endpoint.seen(), connection)
    }

    /// What is needed while the connection is not approved, or is not to have records: nothing more is read.
    pub fn without_names(&self, connection: &Connection, endpoint: &EndpointSight) -> Observation {
        Observation {
            connection: connection.clone(),
            endpoint: endpoint.clone(),
            has_zone_group: false,
            can_be_decided: self.row.can_be_approved(),
            is_named_by_azure: self.row.naming == Naming::Azure && !self.row.lacks_zones_in(self.azure.cloud),
            names: Vec::new(),
            ttl_seconds: self.in_force.dns().ttl_seconds,
            is_validation_enabled: self.in_force.validation().is_enabled,
            is_validation_queued: false,
        }
    }

    /// Everything, for an approved connection that is to have records. `read_records` is false where the connection
    /// was approved a moment ago: then there should be none, and creating one is conditional anyway.
    pub async fn with_names(
        &self,
        connection: &Connection,
        endpoint: &EndpointSight,
        read_records: bool,
    ) -> Result<Observation, AzureError> {
        let mut observation = self.without_names(connection, endpoint);
        if let Some(seen) = endpoint.seen()
            && seen.status_for(&connection.target) != Some(&ConnectionStatus::Pending)
        {
            let names = self.names(seen, &mut observation.has_zone_group).await?;
            let group_ids = self.group_ids(connection, endpoint).unwrap_or_default();
            observation.names = self.records(connection, seen, &group_ids, names, read_records).await?;
        }
        let message_id = self.validation_job(connection).message_id(&state_of(&observation));
        observation.is_validation_queued = self.azure.queued.contains(&message_id, self.azure.now());
        Ok(observation)
    }

    fn validation_job(&self, connection: &Connection) -> ValidationJob {
        let (connection, endpoint) = (connection.id.clone(), connection.endpoint.clone());
        ValidationJob::first(connection, endpoint, self.story.correlation_id.clone())
    }

    /// The endpoint's names. Azure empties its list while a zone group exists; only then is one looked for.
    async fn names(&self, endpoint: &Endpoint, has_zone_group: &mut bool) -> Result<Vec<EndpointName>, AzureError> {
        if !endpoint.names.is_empty() {
            return Ok(endpoint.names.clone());
        }
        *has_zone_group = self.arm.has_zone_group(&endpoint.id).await?;
        if *has_zone_group {
            return Ok(Vec::new());
        }
        self.arm.names_of(endpoint).await
    }

    async fn records(
        &self,
        connection: &Connection,
        endpoint: &Endpoint,
        group_ids: &[String],
        names: Vec<EndpointName>,
        read_records: bool,
    ) -> Result<Vec<ObservedName>, AzureError> {
        let network = endpoint.virtual_network.as_ref();
        let mut zones = self.zones(OffsetDateTime::UNIX_EPOCH).await?;
        let mut observed = Vec::new();
        for name in names {
            let placement = self.row.placement(self.azure.cloud, group_ids, &name.fqdn);
            let is_targets = placement.as_ref().is_none_or(|placed| placed.is_name_of(connection.target.name()));
            let mut zone = ZoneChoice::Missing;
            if let Some(placement) = &placement {
                zone = choose_zone(placement, &zones, network, self.in_force.dns());
                if !matches!(zone, ZoneChoice::Found(..)) {
                    // It may have been made or linked since the zones were last read.
                    zones = self.zones(self.started_at).await?;
                    zone = choose_zone(placement, &zones, network, self.in_force.dns());
                }
            }
            for (record_type, name) in ObservedName::by_record_type(&name) {
                let (placement, zone, record) = (placement.clone(), zone.clone(), RecordSight::NotRead);
                let mut one =
                    ObservedName { name, record_type, placement, is_targets, zone, record, owner_is_gone: false };
                if read_records && is_targets {
                    self.read_record(&mut one, connection).await?;
                }
                observed.push(one);
            }
        }
        Ok(observed)
    }

    async fn zones(&self, not_before: OffsetDateTime) -> Result<Vec<Zone>, AzureError> {
        self.azure.zones.zones(self.arm, self.in_force.dns(), not_before, self.azure.now()).await
    }

    async fn read_record(&self, observed: &mut ObservedName, connection: &Connection) -> Result<(), AzureError> {
        let Some(record_set) = observed.record_set() else { return Ok(()) };
        observed.record = self.arm.record_set(&record_set).await?;
        if let RecordSight::Present(record) = &observed.record
            && let RecordOwner::Endpoint(owner) = &record.owner
            && *owner != connection.endpoint
        {
            observed.owner_is_gone = self.arm.private_endpoint(owner).await? == EndpointSight::Gone;
        }
        Ok(())
    }
}

impl Arm {
    /// An endpoint's names, from itself or else from its network interfaces.
    pub async fn names_of(&self, endpoint: &Endpoint) -> Result<Vec<EndpointName>, AzureError> {
        if !endpoint.names.is_empty() {
            return Ok(endpoint.names.clone());
        }
        let mut names = Vec::new();
        for interface in &endpoint.network_interfaces {
            names.extend(self.names_on_interface(interface).await?);
        }
        Ok(names)
    }
}
