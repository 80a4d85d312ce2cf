//! Service Bus over its REST API, as a client sees it.

use local_azure::{activity::Activity, arm::faults::CutOff, service_bus::ServiceBus, tokens::Tokens};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

struct Bus {
    bus: ServiceBus,
    client: Client,
    tokens: Tokens,
    _tasks: JoinSet<()>,
}

impl Bus {
    async fn start() -> Self {
        // reqwest is built without a provider; a client needs one even for plain HTTP. A second one is refused.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut tasks = JoinSet::new();
        let tokens = Tokens::default();
        let bus =
            ServiceBus::start(["Jobs".to_owned()], tokens.clone(), CutOff::default(), Activity::default(), &mut tasks)
                .await;
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { bus: bus.expect("it starts"), client, tokens, _tasks: tasks }
    }

    fn token(&self, audience: &str) -> String {
        self.tokens.issue(audience, (OffsetDateTime::now_utc() + Duration::HOUR).unix_timestamp())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.bus.endpoint()) };
        self.client.request(method, url).bearer_auth(self.token("https://servicebus.azure.net"))
    }

    async fn call(&self, method: Method, path: &str) -> Response {
        self.request(method, path).send().await.expect("the bus answers")
    }

    async fn send(&self, broker_properties: &str, body: String) -> StatusCode {
        let request = self.request(Method::POST, "/jobs/messages").header("BrokerProperties", broker_properties);
        request.body(body).send().await.expect("the bus answers").status()
    }
}

fn broker_properties(response: &Response) -> Value {
    serde_json::from_slice(response.headers()["brokerproperties"].as_bytes()).expect("JSON")
}

#[tokio::test]
async fn only_a_token_for_service_bus_opens_the_door() {
    let bus = Bus::start().await;
    let url = format!("{}/jobs/messages", bus.bus.endpoint());
    assert_eq!(bus.client.post(&url).send().await.expect("an answer").status(), 401);
    for (token, status) in [
        (bus.token("https://management.azure.com"), 401),
        (Tokens::default().issue("https://servicebus.azure.net", i64::MAX), 401),
        (bus.token("https://servicebus.azure.net"), 201),
        (bus.token("https://servicebus.azure.net/"), 201),
    ] {
        let response = bus.client.post(&url).bearer_auth(&token).send().await.expect("an answer");
        assert_eq!(response.status(), status, "{token}");
    }
}

#[tokio::test]
async fn sending_answers_as_the_service_does() {
    let bus = Bus::start().await;
    assert_eq!(bus.call(Method::POST, "/other/messages").await.status(), 404);
    assert_eq!(bus.call(Method::PATCH, "/jobs/messages").await.status(), 405);
    assert_eq!(bus.send("{}", "x".repeat(256 * 1024)).await, 413);
    let offset = r#"{"ScheduledEnqueueTimeUtc":"Fri, 20 Nov 2026 12:27:30 +0000"}"#;
    assert_eq!(bus.send(offset, String::new()).await, 400);
    assert_eq!(bus.send(r#"{"MessageId":"a"}"#, String::new()).await, 201);
    assert_eq!(bus.send(r#"{"MessageId":"a"}"#, String::new()).await, 201, "a duplicate is accepted");
    assert_eq!(bus.bus.queue("JOBS").expect("the queue").active, 1, "and dropped");
}

#[tokio::test]
async fn a_message_is_lent_renewed_given_back_and_completed() {
    let bus = Bus::start().await;
    let sent = r#"{"MessageId":"job-1","TimeToLive":3600.0,"CorrelationId":"c","Label":"l"}"#;
    assert_eq!(bus.send(sent, "body".to_owned()).await, 201);
    let first = bus.call(Method::POST, "/jobs/messages/head").await;
    assert_eq!(first.status(), 201);
    let properties = broker_properties(&first);
    for (name, value) in [("MessageId", "job-1"), ("CorrelationId", "c"), ("Label", "l"), ("State", "Active")] {
        assert_eq!(properties[name], value, "{name}");
    }
    assert_eq!(properties["DeliveryCount"], 1);
    assert!(properties["LockedUntilUtc"].as_str().is_some_and(|time| time.ends_with(" GMT")));
    let location = first.headers()["location"].to_str().expect("ASCII").to_owned();
    assert!(location.starts_with(bus.bus.endpoint()), "{location}");
    assert_eq!(first.text().await.expect("a body"), "body");

    assert_eq!(bus.call(Method::POST, "/jobs/messages/head?timeout=0").await.status(), 204);
    assert_eq!(bus.call(Method::POST, &location).await.status(), 200, "renewed");
    assert_eq!(bus.call(Method::PUT, &location).await.status(), 200, "given back");
    let second = bus.call(Method::POST, "/jobs/messages/head").await;
    assert_eq!(broker_properties(&second)["DeliveryCount"], 2);
    assert_eq!(bus.call(Method::DELETE, &location).await.status(), 404, "the first lock is lost");
    let location = second.headers()["location"].to_str().expect("ASCII").to_owned();
    assert_eq!(bus.call(Method::DELETE, &location).await.status(), 200);
    assert!(bus.bus.queue("jobs").expect("the queue").messages.is_empty());
}

#[tokio::test]
async fn dead_letters_say_why() {
    let bus = Bus::start().await;
    bus.send(r#"{"MessageId":"poison"}"#, String::new()).await;
    for _ in 0..10 {
        let lent = bus.call(Method::POST, "/jobs/messages/head?timeout=0").await;
        let location = lent.headers()["location"].to_str().expect("ASCII").to_owned();
        assert_eq!(bus.call(Method::PUT, &location).await.status(), 200);
    }
    assert_eq!(bus.call(Method::POST, "/jobs/messages/head?timeout=0").await.status(), 204);
    let dead = bus.call(Method::DELETE, "/jobs/$deadletterqueue/messages/head?timeout=0").await;
    assert_eq!(dead.status(), 200);
    assert_eq!(dead.headers()["deadletterreason"], "\"MaxDeliveryCountExceeded\"");
    assert_eq!(broker_properties(&dead)["MessageId"], "poison");
}

#[tokio::test]
async fn a_receiver_that_waits_gets_the_message_when_it_comes() {
    let bus = Bus::start().await;
    let waiting = bus.request(Method::DELETE, "/jobs/messages/head?timeout=30").send();
    let sending = bus.send(r#"{"MessageId":"late"}"#, "body".to_owned());
    let (received, sent) = tokio::join!(waiting, sending);
    assert_eq!(sent, 201);
    assert_eq!(broker_properties(&received.expect("an answer"))["MessageId"], "late");
}
