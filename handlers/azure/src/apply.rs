//! Carries out one action of a plan. It chooses nothing: what an action does not say is not done.

use portreeve_decisions::catalogue::TargetType;
use portreeve_decisions::facts::ConnectionStatus;
use portreeve_decisions::job::ValidationJob;
use portreeve_decisions::plan::{Action, ConnectionWrite};

use crate::arm::{Arm, Condition};
use crate::azure::Azure;
use crate::error::AzureError;
use crate::service_bus::{Message, QueueName};
use crate::story::Story;

impl Azure {
    /// Carries out one action, and returns once Azure has taken it.
    pub(crate) async fn apply(
        &self,
        arm: &Arm,
        story: &Story,
        row: &TargetType,
        action: &Action,
    ) -> Result<Applied, AzureError> {
        match action {
            Action::Approve(write) => write_status(arm, row, write, ConnectionStatus::Approved).await,
            Action::Reject(write) => write_status(arm, row, write, ConnectionStatus::Rejected).await,
            Action::QueueValidation { connection, endpoint, state } => {
                let correlation_id = story.correlation_id.clone();
                let job = ValidationJob::first(connection.clone(), endpoint.clone(), correlation_id);
                self.queue_validation(&job, state).await.map(|()| Applied::Done)
            }
            Action::CreateRecordSet { .. } | Action::ReplaceRecordSet { .. } | Action::DeleteRecordSet { .. } => {
                apply_to_record_set(arm, action).await.map(|()| Applied::Done)
            }
        }
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

/// What an action left behind that the next look starts from.
pub(crate) enum Applied {
    /// Nothing.
    Done,
    /// The connection has this status, and this provisioning state.
    StatusWritten(ConnectionStatus, Option<String>),
}

async fn write_status(
    arm: &Arm,
    row: &TargetType,
    write: &ConnectionWrite,
    wanted: ConnectionStatus,
) -> Result<Applied, AzureError> {
    let provisioning_state = arm.write_connection(write, &wanted, row).await?;
    Ok(Applied::StatusWritten(wanted, provisioning_state))
}

/// The actions on record sets, which need nothing but ARM.
pub(crate) async fn apply_to_record_set(arm: &Arm, action: &Action) -> Result<(), AzureError> {
    match action {
        Action::CreateRecordSet { record_set, addresses, owner } => {
            arm.write_record_set(record_set, addresses, owner, Condition::Absent).await
        }
        Action::ReplaceRecordSet { record_set, addresses, owner, etag } => {
            arm.write_record_set(record_set, addresses, owner, Condition::Unchanged(etag)).await
        }
        Action::DeleteRecordSet { record_set, etag } => arm.delete_record_set(record_set, etag).await,
        Action::Approve(_) | Action::Reject(_) | Action::QueueValidation { .. } => Ok(()),
    }
}
