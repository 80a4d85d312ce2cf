//! Carries out one action of a plan. It chooses nothing: what an action does not say is not done.

use portreeve_decisions::dns::RECORD_TTL_SECONDS;
use portreeve_decisions::facts::ConnectionStatus;
use portreeve_decisions::job::ValidationJob;
use portreeve_decisions::plan::{Action, ConnectionWrite};

use crate::arm::{Arm, Condition};
use crate::azure::Azure;
use crate::error::{AzureError, ErrorKind};
use crate::service_bus::{Message, QueueName};
use crate::story::Story;

/// What an action left behind that the next look starts from.
pub(crate) enum Applied {
    /// Nothing.
    Done,
    /// The connection has this status, and this provisioning state.
    StatusWritten(ConnectionStatus, Option<String>),
}

impl Azure {
    /// Carries out one action, and returns once Azure has taken it.
    pub(crate) async fn apply(&self, arm: &Arm, story: &Story, action: &Action) -> Result<Applied, AzureError> {
        match action {
            Action::Approve(write) => return self.write_status(arm, write, ConnectionStatus::Approved).await,
            Action::Reject(write) => return self.write_status(arm, write, ConnectionStatus::Rejected).await,
            Action::CreateRecordSet { record_set, addresses, owner } => {
                arm.write_record_set(record_set, addresses, owner, RECORD_TTL_SECONDS, Condition::Absent).await?;
            }
            Action::ReplaceRecordSet { record_set, addresses, owner, etag } => {
                arm.write_record_set(record_set, addresses, owner, RECORD_TTL_SECONDS, Condition::Unchanged(etag))
                    .await?;
            }
            Action::DeleteRecordSet { record_set, etag } => arm.delete_record_set(record_set, etag).await?,
            Action::QueueValidation { connection, endpoint, state } => {
                let correlation_id = story.correlation_id.clone();
                let job = ValidationJob::first(connection.clone(), endpoint.clone(), correlation_id);
                self.queue_validation(&job, state).await?;
            }
        }
        Ok(Applied::Done)
    }

    async fn write_status(
        &self,
        arm: &Arm,
        write: &ConnectionWrite,
        wanted: ConnectionStatus,
    ) -> Result<Applied, AzureError> {
        let row = write.connection.parent().and_then(|target| self.catalogue.target_type(&target));
        let row = row.ok_or_else(|| {
            let detail = "its target is of no type in the catalogue";
            AzureError::new(ErrorKind::Refused, format!("write {}", write.connection), detail)
        })?;
        let provisioning_state = arm.write_connection(write, &wanted, row).await?;
        Ok(Applied::StatusWritten(wanted, provisioning_state))
    }

    async fn queue_validation(&self, job: &ValidationJob, state: &str) -> Result<(), AzureError> {
        let message_id = job.message_id(state);
        let body = serde_json::to_string(job).expect("ids and numbers are always JSON");
        let message = Message { body, message_id: message_id.clone(), due: None };
        self.send(QueueName::ValidationJobs, &message).await?;
        self.queued.insert(message_id, self.now());
        Ok(())
    }
}
