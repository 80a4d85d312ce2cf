//! Sends jobs to Service Bus queues. Receiving them is the Functions host's work.

mod adapter;

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::HttpClient;
use azure_messaging_servicebus::service_bus::{QueueClient, SendMessageOptions, SettableBrokerProperties};
use time::OffsetDateTime;

use self::adapter::ServiceBusHttpClient;
use crate::clock::{Clock, within};
use crate::endpoints::AzureEndpoints;
use crate::error::{AzureError, ErrorKind};
use crate::identity::Identity;

/// A send that takes longer is tried again: duplicate detection makes that safe.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// Tries before the caller is told.
const TRIES: u32 = 3;

/// Our queues.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum QueueName {
    /// Reconciles that could not be finished in time.
    ReconcileJobs,
    /// Proofs to make.
    ValidationJobs,
}

impl QueueName {
    /// The queue's name in Service Bus, in `function.json` and in `infra/`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReconcileJobs => "reconcile-jobs",
            Self::ValidationJobs => "validation-jobs",
        }
    }
}

/// One message to send.
#[derive(Clone, Debug)]
pub struct Message {
    /// The body.
    pub body: String,
    /// What duplicate detection goes by.
    pub message_id: String,
    /// When it becomes visible; at once where this is `None`.
    pub due: Option<OffsetDateTime>,
}

/// The sender for both queues.
#[derive(Debug)]
pub(crate) struct ServiceBus {
    clock: Arc<dyn Clock>,
    reconcile_jobs: QueueClient,
    validation_jobs: QueueClient,
}

impl ServiceBus {
    pub fn new(
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
        identity: Arc<Identity>,
        endpoints: &AzureEndpoints,
    ) -> Self {
        let adapter = Arc::new(ServiceBusHttpClient::new(http, clock.clone(), identity, endpoints.service_bus.clone()));
        let queue = |name: QueueName| adapter.queue(name.as_str());
        Self {
            reconcile_jobs: queue(QueueName::ReconcileJobs),
            validation_jobs: queue(QueueName::ValidationJobs),
            clock,
        }
    }

    /// Sends a message, and returns once Service Bus has it.
    pub async fn send(&self, queue: QueueName, message: &Message) -> Result<(), AzureError> {
        let mut tries = 1;
        loop {
            let Err(error) = self.send_once(queue, message).await else { return Ok(()) };
            if tries == TRIES {
                return Err(error);
            }
            tracing::debug!(event = "retry", queue = queue.as_str(), error = %error, "sending again");
            self.clock.sleep(Duration::from_millis(200 << tries)).await;
            tries += 1;
        }
    }

    async fn send_once(&self, queue: QueueName, message: &Message) -> Result<(), AzureError> {
        let client = match queue {
            QueueName::ReconcileJobs => &self.reconcile_jobs,
            QueueName::ValidationJobs => &self.validation_jobs,
        };
        let properties = SettableBrokerProperties {
            message_id: Some(message.message_id.clone()),
            scheduled_enqueue_time_utc: message.due,
            ..SettableBrokerProperties::default()
        };
        let options = SendMessageOptions {
            content_type: Some("application/json".to_owned()),
            broker_properties: Some(properties),
            custom_properties: None,
        };
        let attempted = format!("send to queue {}", queue.as_str());
        match within(self.clock.as_ref(), SEND_TIMEOUT, client.send_message(&message.body, Some(options))).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(AzureError::new(ErrorKind::Transient, attempted, crate::transport::chain(&error))),
            None => {
                let detail = format!("no answer within {} s", SEND_TIMEOUT.as_secs());
                Err(AzureError::new(ErrorKind::Transient, attempted, detail))
            }
        }
    }
}
