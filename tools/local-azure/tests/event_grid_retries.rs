//! A delivery that fails is tried again with the same event; one that never can succeed is dead-lettered.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use local_azure::{
    activity::Activity,
    arm_event::{ArmEvent, ArmEventKind},
    console::Console,
    delivery_pace::DeliveryPace,
    event_grid::{EventGrid, Inbox, Subscription},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::Instant,
};

/// A webhook that answers with these statuses, one after the other, and keeps what it was sent.
#[derive(Clone, Default)]
struct Webhook {
    answers: Arc<Mutex<Vec<StatusCode>>>,
    deliveries: Arc<Mutex<Vec<Value>>>,
}

impl Webhook {
    async fn serve(answers: &[StatusCode], tasks: &mut JoinSet<()>) -> (Self, String) {
        let webhook = Self { answers: Arc::new(Mutex::new(answers.to_vec())), ..Self::default() };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let router = Router::new().route("/", post(Self::receive)).with_state(webhook.clone());
        tasks.spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        (webhook, url)
    }

    async fn receive(State(webhook): State<Self>, Json(delivery): Json<Value>) -> StatusCode {
        webhook.deliveries.lock().expect("no panic").push(delivery);
        webhook.answers.lock().expect("no panic").remove(0)
    }
}

struct Delivered {
    event_grid: EventGrid,
    webhook: Webhook,
    _arm: UnboundedSender<ArmEvent>,
    _tasks: JoinSet<()>,
}

async fn delivered(answers: &[StatusCode]) -> Delivered {
    let mut tasks = JoinSet::new();
    let (webhook, webhook_url) = Webhook::serve(answers, &mut tasks).await;
    let (arm, events) = unbounded_channel();
    let activity = Activity::default();
    let inbox = Inbox::new(events, activity.clone());
    let subscriptions = vec![Subscription { function: "OnEvent".to_owned(), webhook_url }];
    let event_grid =
        EventGrid::start(inbox, subscriptions, DeliveryPace::default(), Console { echo: false }, &mut tasks)
            .expect("it starts");
    let event = ArmEvent {
        kind: ArmEventKind::Delete,
        resource_id: "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe".to_owned(),
        operation_name: "Microsoft.Network/privateEndpoints/delete".to_owned(),
        http_method: "DELETE",
        correlation_id: "c".to_owned(),
    };
    arm.send(event).expect("Event Grid listens");
    let deadline = Instant::now() + Duration::from_secs(20);
    assert!(activity.rest(deadline, || event_grid.is_caught_up()).await, "it comes to rest");
    Delivered { event_grid, webhook, _arm: arm, _tasks: tasks }
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_with_the_same_event() {
    let delivered = delivered(&[StatusCode::INTERNAL_SERVER_ERROR, StatusCode::ACCEPTED]).await;
    let deliveries = delivered.webhook.deliveries.lock().expect("no panic").clone();
    assert_eq!(deliveries.len(), 2);
    assert_eq!(deliveries[0], deliveries[1]);
    assert!(delivered.event_grid.dead_letters().is_empty());
}

#[tokio::test]
async fn a_refusal_is_dead_lettered_at_once() {
    let delivered = delivered(&[StatusCode::BAD_REQUEST]).await;
    let dead_letters = delivered.event_grid.dead_letters();
    assert_eq!(dead_letters.len(), 1);
    assert_eq!(dead_letters[0].delivery_attempts, 1);
    assert_eq!(dead_letters[0].event["eventType"], "Microsoft.Resources.ResourceDeleteSuccess");
}
