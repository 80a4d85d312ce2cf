//! Carries out one action of a plan. It chooses nothing: what an action does not say is not done.

use portreeve_decisions::dns::NewZone;
use portreeve_decisions::facts::ConnectionStatus;
use portreeve_decisions::job::{QueueName, ValidationJob};
use portreeve_decisions::plan::{Action, ConnectionWrite};

use crate::arm::{Arm, Condition};
use crate::azure::Azure;
use crate::connection_write::StateWrite;
use crate::error::{AzureError, ErrorKind};
use crate::private_endpoint_connection::IsSettling;
use crate::service_bus::Message;
use crate::story::Story;
use crate::target_types::TypeSight;

/// What an action left behind that the next look starts from.
pub(crate) enum Applied {
    /// Nothing.
    Done,
    /// A zone is there that was not: its records can be planned now.
    ZoneCreated,
    /// The connection has this status, and the write may still be under way.
    StatusWritten(ConnectionStatus, IsSettling),
}

impl Azure {
    /// Carries out one action, and returns once Azure has taken it.
    pub(crate) async fn apply(&self, arm: &Arm, story: &Story, action: &Action) -> Result<Applied, AzureError> {
        match action {
            Action::Approve(write) => return self.approve(arm, story, write).await,
            Action::Reject(write) => return self.write_status(arm, story, write, ConnectionStatus::Rejected).await,
            Action::CreateRecordSet { record_set, addresses, ttl_seconds, owner } => {
                arm.write_record_set(record_set, addresses, owner, *ttl_seconds, Condition::Absent).await?;
            }
            Action::ReplaceRecordSet { record_set, addresses, ttl_seconds, owner, etag } => {
                arm.write_record_set(record_set, addresses, owner, *ttl_seconds, Condition::Unchanged(etag)).await?;
            }
            Action::CreateZone(NewZone { zone, network }) => {
                arm.create_zone(zone, network).await?;
                self.zones.forget().await;
                return Ok(Applied::ZoneCreated);
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

    /// Remembered from before it is sent, because whoever sends it may be dropped while Azure approves.
    async fn approve(&self, arm: &Arm, story: &Story, write: &ConnectionWrite) -> Result<Applied, AzureError> {
        self.approving.insert(write.connection.key().to_owned(), self.now());
        let written = self.write_status(arm, story, write, ConnectionStatus::Approved).await;
        if written.as_ref().is_err_and(AzureError::is_refusal) {
            self.approving.forget(write.connection.key());
        }
        written
    }

    async fn write_status(
        &self,
        arm: &Arm,
        story: &Story,
        write: &ConnectionWrite,
        status: ConnectionStatus,
    ) -> Result<Applied, AzureError> {
        let listed_below = write.connection.parent().ok_or_else(|| {
            AzureError::new(ErrorKind::Refused, format!("write {}", write.connection), "it is no connection")
        })?;
        let row = match self.target_type(arm, story, &listed_below).await? {
            TypeSight::Known(row) => row,
            TypeSight::Unknown(why) => return Err(why),
        };
        let is_settling = arm.write_state(&StateWrite { write, status: &status, row: &row }).await?;
        Ok(Applied::StatusWritten(status, is_settling))
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
