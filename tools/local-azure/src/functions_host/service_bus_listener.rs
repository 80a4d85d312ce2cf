//! Takes messages from a queue and runs the function for each: completes what succeeded, gives back what failed.
//! Source: `ServiceBusListener` and `MessageProcessor` of Azure/azure-sdk-for-net.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet, time::Instant};
use uuid::Uuid;

use super::{
    function_json::{FunctionDefinition, Trigger},
    host_json::ServiceBusExtension,
    invoker::Invoker,
    service_bus_trigger,
};
use crate::service_bus::{Lock, Message, Part};

/// Half of the lock's duration, so that one renewal may come late.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(30);

/// Listens until the task is aborted.
pub(super) async fn listen(invoker: Arc<Invoker>, function: Arc<FunctionDefinition>, settings: ServiceBusExtension) {
    let Some(queue) = function.trigger_queue() else { return };
    let slots = Arc::new(Semaphore::new(settings.max_concurrent_calls));
    let mut calls = JoinSet::new();
    while let Ok(slot) = slots.clone().acquire_owned().await {
        // Without this a handler that was given up would send every message to the dead letters.
        invoker.handler_is_ready().await;
        let Some((message, lock)) = invoker.bus.peek_lock(queue, Part::Main, None).await else { return };
        let call = process(invoker.clone(), function.clone(), settings, message, lock);
        calls.spawn(async move {
            call.await;
            drop(slot);
        });
        while calls.try_join_next().is_some() {}
    }
}

async fn process(
    invoker: Arc<Invoker>,
    function: Arc<FunctionDefinition>,
    settings: ServiceBusExtension,
    message: Message,
    lock: Lock,
) {
    let Trigger::ServiceBus { queue_name, data_type, .. } = &function.trigger.trigger else { return };
    let id = message.sequence_number.to_string();
    let call = service_bus_trigger::call(&function.trigger.name, *data_type, &message, &lock);
    let renewal = renew(&invoker, queue_name, &id, lock.token, settings.max_auto_lock_renewal_duration);
    let result = tokio::select! {
        result = invoker.invoke(&function, call) => result,
        () = renewal => return,
    };
    let settled = match &result {
        Ok(()) => invoker.bus.complete(queue_name, Part::Main, &id, lock.token),
        Err(_) => invoker.bus.abandon(queue_name, Part::Main, &id, lock.token),
    };
    let delivery_count = message.delivery_count;
    let message_id = &message.message_id;
    match (settled, result) {
        (Err(_), _) => invoker.console.say("service-bus", format!("{queue_name}: lost the lock of {message_id}")),
        (Ok(()), Err(_)) => {
            let text = format!("{queue_name}: gave back {message_id} after delivery {delivery_count}");
            invoker.console.say("service-bus", text);
        }
        (Ok(()), Ok(())) => {}
    }
}

/// Keeps the lock for as long as the settings allow. It never returns: when it stops, the lock expires by itself and
/// the message is delivered again while the first call still runs, as in Azure.
async fn renew(invoker: &Invoker, queue: &str, id: &str, token: Uuid, limit: Duration) {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        tokio::time::sleep(RENEWAL_INTERVAL).await;
        if invoker.bus.renew_lock(queue, Part::Main, id, token).is_err() {
            break;
        }
    }
    std::future::pending::<()>().await;
}
