//! Sends jobs to Service Bus queues. Receiving them is the Functions host's work, but for the dead letters.

mod adapter;
mod dead_letters;

use std::sync::Arc;
use std::time::Duration;

use azure_core_021::StatusCode;
use azure_core_021::error::ErrorKind as LegacyErrorKind;
use azure_messaging_servicebus::service_bus::{QueueClient, SendMessageOptions, SettableBrokerProperties};
use portreeve_decisions::job::QueueName;
use time::OffsetDateTime;
use tokio::sync::Semaphore;

use self::adapter::ServiceBusHttpClient;
pub use self::dead_letters::{Letters, Rest, Resubmitted, Wanted};
use crate::clock::{Clock, within};
use crate::endpoints::{AzureEndpoints, SERVICE_BUS_SCOPE};
use crate::error::{AzureError, ErrorKind};
use crate::identity::Identity;
use crate::transport::{Transport, chain};

/// A send that takes longer is tried again: duplicate detection makes that safe.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// Tries before the caller is told.
const TRIES: u32 = 3;
/// Messages on their way at once. The others wait as what they are: a request that waits is ten times as large.
const SENDS_AT_ONCE: usize = 48;

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

/// The client of both queues.
#[derive(Debug)]
pub(crate) struct ServiceBus {
    clock: Arc<dyn Clock>,
    identity: Arc<Identity>,
    adapter: Arc<ServiceBusHttpClient>,
    turns: Semaphore,
    reconcile_jobs: QueueClient,
    validation_jobs: QueueClient,
}

impl ServiceBus {
    pub fn new(
        transport: Arc<Transport>,
        clock: Arc<dyn Clock>,
        identity: Arc<Identity>,
        endpoints: &AzureEndpoints,
    ) -> Self {
        let adapter = Arc::new(ServiceBusHttpClient::new(transport, identity.clone(), endpoints.service_bus.clone()));
        let queue = |name: QueueName| adapter.queue(name.as_str());
        Self {
            reconcile_jobs: queue(QueueName::ReconcileJobs),
            validation_jobs: queue(QueueName::ValidationJobs),
            clock,
            identity,
            adapter,
            turns: Semaphore::new(SENDS_AT_ONCE),
        }
    }

    /// Sends a message, and returns once Service Bus has it.
    pub async fn send(&self, queue: QueueName, message: &Message) -> Result<(), AzureError> {
        let _turn = self.turns.acquire().await.expect("it is never closed");
        Box::pin(self.send_in_turn(queue, message)).await
    }

    async fn send_in_turn(&self, queue: QueueName, message: &Message) -> Result<(), AzureError> {
        // Before the clock of the first try runs: a token may take longer than a send.
        self.identity.authorization(SERVICE_BUS_SCOPE).await?;
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
            Some(Err(error)) => Err(failure(attempted, &error)),
            None => {
                let detail = format!("no answer within {} s", SEND_TIMEOUT.as_secs());
                Err(AzureError::new(ErrorKind::Transient, attempted, detail))
            }
        }
    }
}

fn failure(attempted: String, error: &azure_core_021::Error) -> AzureError {
    match error.kind() {
        LegacyErrorKind::HttpResponse { status, .. } => refusal(attempted, *status),
        _ => AzureError::new(ErrorKind::Transient, attempted, chain(error)),
    }
}

/// Transient whatever the status: the right to send may be on its way, and work must not be dropped for the lack of it.
fn refusal(attempted: String, status: StatusCode) -> AzureError {
    let status = u16::from(status);
    AzureError::new(ErrorKind::Transient, attempted, format!("Service Bus answered {status}")).with_status(status)
}

#[cfg(test)]
mod tests {
    use azure_core::http::headers::HeaderName;
    use azure_core::http::{Body, Method};
    use time::macros::datetime;

    use super::*;
    use crate::scripted::{ScriptedClock, ScriptedCredential, ScriptedHttp, endpoints};

    async fn send(statuses: &[u16], due: Option<OffsetDateTime>) -> (Result<(), AzureError>, Arc<ScriptedHttp>) {
        let http = ScriptedHttp::new(statuses.iter().map(|status| (*status, Vec::new(), String::new())).collect());
        let clock = Arc::new(ScriptedClock::default());
        let identity = Arc::new(Identity::new(ScriptedCredential::new(clock.clone()), clock.clone()));
        let bus = ServiceBus::new(Arc::new(Transport::new(http.clone(), clock.clone())), clock, identity, &endpoints());
        let message = Message { body: r#"{"a":1}"#.to_owned(), message_id: "m-1".to_owned(), due };
        (bus.send(QueueName::ReconcileJobs, &message).await, http)
    }

    #[tokio::test]
    async fn a_message_goes_out_with_our_token_to_the_configured_namespace() {
        let (sent, http) = send(&[201], Some(datetime!(2026-11-21 08:05:09 UTC))).await;
        sent.unwrap();
        let request = &http.requests()[0];
        assert_eq!(request.method(), Method::Post);
        assert_eq!(request.url().as_str(), "https://contoso.servicebus.windows.net/reconcile-jobs/messages");
        let header = |name| request.headers().get_optional_str(&HeaderName::from_static(name));
        assert_eq!(header("authorization"), Some("Bearer token-1"));
        assert_eq!(
            header("brokerproperties"),
            Some(r#"{"MessageId":"m-1","ScheduledEnqueueTimeUtc":"Sat, 21 Nov 2026 08:05:09 GMT"}"#)
        );
        assert!(matches!(request.body(), Body::Bytes(bytes) if bytes.as_ref() == br#"{"a":1}"#));
    }

    #[tokio::test]
    async fn a_refused_message_is_sent_again_and_then_reported() {
        let (sent, http) = send(&[503, 0, 201], None).await;
        sent.unwrap();
        assert_eq!(http.requests().len(), 3);
        let (sent, _) = send(&[503, 503, 401], None).await;
        assert!(sent.unwrap_err().to_string().starts_with("send to queue reconcile-jobs: "));
    }
}
