//! Gathers the facts about one connection that the rules ask for.
//!
//! What both sides of the connection tell by themselves is always taken. Each further fact costs a request, and is read
//! only where a rule asks for it and the connection could be approved or rejected. What cannot be read from here stays
//! unknown, and what only time keeps from being read is a failure, so that the connection is decided later.

use portreeve_decisions::allowlist::{Allowlist, Fact, KnownConnection};
use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::decide::{
    Approved, ConnectionFacts, counts_others, facts_worth_reading, known_group_ids, services_asked_for,
};
use portreeve_decisions::facts::{Connection, ConnectionStatus, Endpoint, EndpointSight};
use portreeve_decisions::in_force::InForce;
use portreeve_decisions::listing::message;
use portreeve_decisions::resource_id::ResourceId;

use crate::arm::Arm;
use crate::azure::Azure;
use crate::error::AzureError;
use crate::observed_target::ObservedTarget;

/// A file may name many services. A managed endpoint whose service is not found among so many stays unknown.
const SERVICES_ASKED_MAX: usize = 10;

/// What facts are gathered with.
pub(crate) struct Gatherer<'a> {
    pub azure: &'a Azure,
    pub arm: &'a Arm,
    pub in_force: &'a InForce,
    pub row: &'a TargetType,
}

impl Gatherer<'_> {
    /// The facts about a connection, as far as they are asked for.
    pub async fn facts(&self, connection: &Connection, sight: &EndpointSight) -> Result<KnownConnection, AzureError> {
        let endpoint = sight.seen();
        let (target, id) = (&connection.target, &connection.endpoint);
        let mut known = KnownConnection {
            group_ids: known_group_ids(&self.row.group_ids, endpoint, connection),
            endpoint_location: endpoint.and_then(|endpoint| endpoint.location.clone()),
            virtual_network: endpoint.and_then(|endpoint| endpoint.virtual_network.clone()),
            address: endpoint.map(Endpoint::addresses).filter(|addresses| !addresses.is_empty()),
            message: message(Some(connection), endpoint, target),
            ..KnownConnection::new(target.clone(), id.clone())
        };
        if let InForce::Allowlist(active) = self.in_force {
            for fact in facts_worth_reading(&active.allowlist, known.facts(), self.azure.now().date()) {
                self.read(fact, &active.allowlist, endpoint, &mut known).await?;
            }
        }
        Ok(known)
    }

    /// Reads one fact that is unknown so far, where there is a way to.
    async fn read(
        &self,
        fact: Fact,
        allowlist: &Allowlist,
        endpoint: Option<&Endpoint>,
        known: &mut KnownConnection,
    ) -> Result<(), AzureError> {
        match (fact, endpoint) {
            (Fact::TargetLocation, _) => {
                known.target_location = self.arm.location_of(&known.target, self.row).await?;
            }
            (Fact::RequesterTenant, _) => known.tenant = self.tenant(&known.endpoint).await?,
            (Fact::RequesterAddress, Some(endpoint)) => known.address = self.addresses(endpoint).await?,
            // Only a managed endpoint, which nobody here can read, works for a service.
            (Fact::RequesterService, None) => known.service = self.service(allowlist, known).await?,
            _ => {}
        }
        Ok(())
    }

    /// What is known of the target's other approved connections, for rules with a limit; nothing where no such rule matters.
    /// Their endpoints are not read for that, and what only those tell stays unknown. Whose subscriptions they are in is
    /// read where rules ask for it, because one tenant's connections must not use up another's limit.
    pub async fn approved_beside(
        &self,
        target: &ObservedTarget,
        mine: &Connection,
        known: &KnownConnection,
    ) -> Result<Vec<KnownConnection>, AzureError> {
        let mut beside = Vec::new();
        let InForce::Allowlist(active) = self.in_force else { return Ok(beside) };
        let is_counted = || counts_others(&active.allowlist, known.facts(), self.azure.now().date());
        if mine.status == ConnectionStatus::Approved || !is_counted() {
            return Ok(beside);
        }
        let is_being_approved = |other: &Connection| self.azure.approving.contains(other.id.key(), self.azure.now());
        for other in target.approved_beside(mine, is_being_approved) {
            let mut listed = KnownConnection {
                target_location: known.target_location.clone(),
                group_ids: known_group_ids(&self.row.group_ids, None, other),
                ..KnownConnection::new(other.target.clone(), other.endpoint.clone())
            };
            // Rules that did not ask for mine ask for no tenant.
            if known.tenant.is_some() {
                listed.tenant = self.tenant(&other.endpoint).await?;
            }
            beside.push(listed);
        }
        Ok(beside)
    }

    async fn tenant(&self, endpoint: &ResourceId) -> Result<Option<String>, AzureError> {
        self.azure.tenants.tenant(self.arm, endpoint.subscription(), self.azure.now()).await
    }

    async fn addresses(&self, endpoint: &Endpoint) -> Result<Option<Vec<std::net::IpAddr>>, AzureError> {
        match self.arm.addresses_of(endpoint).await {
            Ok(addresses) => Ok(Some(addresses).filter(|addresses| !addresses.is_empty())),
            Err(error) if error.is_out_of_reach() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The service that confirms the endpoint, of those that rules ask for which match but for that.
    async fn service(&self, allowlist: &Allowlist, known: &KnownConnection) -> Result<Option<ResourceId>, AzureError> {
        let asked_for = services_asked_for(allowlist, known.facts(), self.azure.now().date());
        for service in asked_for.into_iter().take(SERVICES_ASKED_MAX) {
            let group_ids = known.group_ids.as_deref();
            if self.arm.vouches_for(&service, &known.target, &known.endpoint, group_ids).await? == Some(true) {
                return Ok(Some(service));
            }
        }
        Ok(None)
    }
}

/// A connection's facts together with what is known of the others to its target, for rules with a limit.
pub(crate) fn facts_among<'a>(
    known: &'a KnownConnection,
    status: &ConnectionStatus,
    approved: &'a [ConnectionFacts<'a>],
) -> ConnectionFacts<'a> {
    // A limit is about new ones: what is approved is not counted against itself.
    let approved = match status {
        ConnectionStatus::Approved => Approved::Count(0),
        _ => Approved::Listed(approved),
    };
    ConnectionFacts { approved, ..known.facts() }
}

#[cfg(test)]
mod tests;
