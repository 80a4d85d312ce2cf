//! Gathers the evidence for a proof: both sides' state from ARM, and what the network says.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use portreeve_decisions::allowlist::ValidationOptions;
use portreeve_decisions::catalogue::{Naming, Placement, TargetType, named_target};
use portreeve_decisions::facts::{Connection, Endpoint, EndpointName, EndpointSight};
use portreeve_decisions::job::ValidationJob;
use portreeve_decisions::resource_id::ResourceId;
use portreeve_decisions::validation::{Evidence, Finding, NameEvidence, RecordKeeper, Verdict, findings, verdict};

use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};
use crate::resolver::{connect, resolve};
use crate::story::Story;
use crate::target_types::TypeSight;

/// What a proof came to.
#[derive(Debug)]
pub struct Proof {
    /// Every check.
    pub findings: Vec<Finding>,
    /// What they come to together.
    pub verdict: Verdict,
}

/// How long each read of a proof waits for a limit once it has begun: there are four, and a minute for all.
const READ_WAIT_MAX: Duration = Duration::from_secs(5);

impl Azure {
    /// Proves one connection, as it is now. The job says only which.
    ///
    /// # Errors
    /// Where Azure could not be asked; what the network did not answer is a finding instead.
    pub async fn prove(
        &self,
        job: &ValidationJob,
        options: &ValidationOptions,
        story: &Story,
    ) -> Result<Proof, AzureError> {
        let in_turn = self.arm_in_turn(story, job.awaits.as_deref(), job.connection.key(), READ_WAIT_MAX);
        let attempted = format!("prove {}", job.connection);
        let arm = in_turn.map_err(|turn| AzureError::awaiting(turn, None, attempted, self.now()))?;
        let listed_below = job.connection.parent().ok_or_else(|| {
            AzureError::new(ErrorKind::Refused, format!("prove {}", job.connection), "it is no connection")
        })?;
        let (target, _) = named_target(&listed_below);
        let row = match self.target_type(&arm, story, &target).await? {
            TypeSight::Known(row) => row,
            TypeSight::Unknown(why) => return Err(why),
        };
        let connection = arm.connection(&job.connection, &row).await?;
        // A job names an endpoint only to say which; if the connection is another's, there is nothing to prove.
        let connection = connection.filter(|connection| connection.endpoint == job.endpoint);
        let endpoint = arm.private_endpoint(&job.endpoint).await?;
        let names = match &endpoint {
            // Without the connection nothing of the endpoint is ours to prove, or to connect to.
            EndpointSight::Seen(endpoint) if connection.is_some() => {
                let names = arm.names_of(endpoint).await?;
                let group_ids = group_ids(connection.as_ref(), endpoint, &target);
                join_all(names.into_iter().map(|name| self.evidence_of(name, &target, &row, &group_ids, options))).await
            }
            EndpointSight::Seen(_) | EndpointSight::Gone | EndpointSight::Unreadable(_) => Vec::new(),
        };
        let findings = findings(&Evidence { connection, endpoint, names });
        Ok(Proof { verdict: verdict(&findings), findings })
    }

    async fn evidence_of(
        &self,
        expected: EndpointName,
        target: &ResourceId,
        row: &TargetType,
        group_ids: &[String],
        options: &ValidationOptions,
    ) -> NameEvidence {
        let placement = row.placement(self.cloud, group_ids, &expected.fqdn);
        let placement = placement.filter(|placement| placement.is_name_of(target.name()));
        let ports = self.ports(row, placement.as_ref(), options);
        let asked = placement.as_ref().map_or(expected.fqdn.clone(), |placement| placement.name_to_ask(&expected.fqdn));
        let resolution = resolve(self.network.as_ref(), self.clock.as_ref(), &asked, &expected.addresses).await;
        let addresses: BTreeSet<_> = expected.addresses.iter().copied().collect();
        let tries = ports.iter().flat_map(|port| addresses.iter().map(move |address| (*port, *address)));
        let tries = tries.map(|(port, address)| async move {
            (port, address, connect(self.network.as_ref(), self.clock.as_ref(), address, port).await)
        });
        let answers = join_all(tries).await;
        let record_keeper = match (&placement, row.naming) {
            (Some(_), _) => RecordKeeper::Platform,
            (None, Naming::Azure) => RecordKeeper::Nobody,
            (None, Naming::Owner) => RecordKeeper::ResourceOwner,
        };
        NameEvidence { expected, record_keeper, resolution, answers }
    }
}

impl Azure {
    /// The ports to try: the one that the settings name, or those of the allowlist file, or the service's own.
    fn ports(&self, row: &TargetType, placement: Option<&Placement>, options: &ValidationOptions) -> Vec<u16> {
        let of_type = || options.ports.get(&row.resource_type.to_ascii_lowercase()).cloned();
        let of_catalogue = || Some(vec![placement?.port?]);
        self.validation_port.map(|port| vec![port]).or_else(of_type).or_else(of_catalogue).unwrap_or_default()
    }
}

fn group_ids(connection: Option<&Connection>, endpoint: &Endpoint, target: &ResourceId) -> Vec<String> {
    let told = endpoint.group_ids_for(target);
    if told.is_empty() {
        connection.and_then(|connection| connection.group_ids.clone()).unwrap_or_default()
    } else {
        told
    }
}
