//! Host, bus and Event Grid together, with a handler that prints what it is sent.

use std::{fs, path::PathBuf, time::Duration};

use local_azure::running_cloud::OperationPace;
use local_azure::{
    Cloud, Handler, LocalAzure, Options,
    activity::Activity,
    arm_event::{ArmEvent, ArmEventKind},
    console::Console,
    delivery_pace::DeliveryPace,
    event_grid::{EventGrid, Inbox},
    functions_host::{InvocationStatus, Level, OutputLine},
    service_bus::NewMessage,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::{sync::mpsc, task::JoinSet};

const LIMIT: Duration = Duration::from_secs(20);

/// Cargo builds examples before it runs all tests of a package, and puts them beside the tests' folder.
fn echo_handler() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let profile = test.ancestors().nth(2).expect("target/debug/deps/test");
    let path = profile.join("examples").join("echo_handler");
    assert!(path.is_file(), "build it first: cargo build -p local-azure --examples");
    path
}

fn app_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/app")
}

async fn started() -> LocalAzure {
    started_from(app_root()).await
}

async fn started_from(app_root: PathBuf) -> LocalAzure {
    let options = Options {
        app_root,
        handler: Handler::Executable(echo_handler()),
        handler_settings: Vec::new(),
        pace: OperationPace::brisk(),
        delivery_pace: DeliveryPace::default(),
        cloud: Cloud::Public,
        echo_logs: false,
    };
    let local_azure = LocalAzure::start(options).await.expect("it starts");
    local_azure.settled(LIMIT).await.expect("the timer runs once at startup");
    local_azure
}

/// The first `count` calls that the handler was sent at `path`.
async fn calls(local_azure: &LocalAzure, path: &str, count: usize) -> Vec<Value> {
    let parsed = |line: &OutputLine| serde_json::from_str::<Value>(&line.text).unwrap_or_default();
    let host = &local_azure.functions_host;
    let lines = host.handler_lines_until(count, LIMIT, |line| parsed(line)["path"] == path).await;
    assert_eq!(lines.len(), count, "calls of {path}");
    lines.iter().map(parsed).collect()
}

async fn post_event(local_azure: &LocalAzure, event_type: &str, body: &Value) -> reqwest::Response {
    let url = format!("{}/runtime/webhooks/eventgrid?functionName=OnEvent", local_azure.functions_host.url());
    let request = reqwest::Client::new().post(url).header("aeg-event-type", event_type).body(body.to_string());
    request.send().await.expect("the host answers")
}

fn statuses(local_azure: &LocalAzure, function: &str) -> Vec<InvocationStatus> {
    let invocations = local_azure.functions_host.invocations().into_iter();
    invocations.filter(|invocation| invocation.function == function).map(|invocation| invocation.status).collect()
}

fn job(body: &str, scheduled_enqueue_time: Option<OffsetDateTime>) -> NewMessage {
    NewMessage { body: body.to_owned().into(), scheduled_enqueue_time, ..NewMessage::default() }
}

fn bus_token(local_azure: &LocalAzure) -> String {
    let expires_on = OffsetDateTime::now_utc().unix_timestamp() + 3600;
    local_azure.cloud.tokens.issue("https://servicebus.azure.net", expires_on)
}

#[tokio::test]
async fn what_arm_tells_reaches_the_handler_as_an_object_in_chunks() {
    let local_azure = started().await;
    let id = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe";
    let event = ArmEvent {
        kind: ArmEventKind::Write,
        resource_id: id.to_owned(),
        operation_name: "Microsoft.Network/privateEndpoints/write".to_owned(),
        http_method: "PUT",
        correlation_id: "c".to_owned(),
    };
    let (arm, events) = mpsc::unbounded_channel();
    let subscriptions = local_azure.functions_host.event_grid_subscriptions();
    let mut tasks = JoinSet::new();
    let inbox = Inbox::new(events, Activity::default());
    EventGrid::start(inbox, subscriptions, DeliveryPace::default(), Console { echo: false }, &mut tasks)
        .expect("it starts");
    arm.send(event).expect("Event Grid listens");
    let call = calls(&local_azure, "/OnEvent", 1).await.remove(0);
    assert_eq!(call["transfer_encoding"], "chunked");
    assert_eq!(call["content_type"], "application/json; charset=utf-8");
    assert!(call["user_agent"].as_str().is_some_and(|agent| agent.starts_with("Azure-Functions-Host/4.")));
    assert_eq!(call["body"]["Data"]["event"]["subject"], id);
    assert_eq!(call["body"]["Metadata"]["data"]["resourceUri"], id);
    assert_eq!(call["body"]["Metadata"]["sys"]["MethodName"], "OnEvent");
    let timer = calls(&local_azure, "/OnTimer", 1).await.remove(0);
    assert_eq!(timer["body"]["Data"]["timer"]["IsPastDue"], false);
    local_azure.stop().await;
}

#[tokio::test]
async fn an_output_becomes_a_message_that_starts_the_next_function() {
    let local_azure = started().await;
    let event = json!([{ "id": "1", "data": { "answer": "output" } }]);
    assert_eq!(post_event(&local_azure, "Notification", &event).await.status(), 202);
    local_azure.settled(LIMIT).await.expect("the job runs");
    let call = calls(&local_azure, "/OnJob", 1).await.remove(0);
    assert_eq!(call["body"]["Data"]["job"], r#""{\"from\":\"output\"}""#);
    assert_eq!(call["body"]["Metadata"]["from"], "\"output\"");
    assert_eq!(call["body"]["Metadata"]["DeliveryCount"], "1");
    assert_eq!(statuses(&local_azure, "OnJob"), [InvocationStatus::Succeeded]);
}

#[tokio::test]
async fn the_webhook_answers_as_the_extension_does() {
    let local_azure = started().await;
    let handshake = json!([{ "data": { "validationCode": "abc" } }]);
    let response = post_event(&local_azure, "SubscriptionValidation", &handshake).await;
    assert_eq!(response.text().await.expect("text"), r#"{"validationResponse":"abc"}"#);
    for (event_type, body, status) in [
        ("Unsubscribe", json!([]), 202),
        ("", json!([]), 400),
        ("Notification", json!([{ "id": "1" }, { "id": "2" }]), 202),
        ("Notification", json!({ "id": "cloud event" }), 202),
        ("Notification", json!([{ "id": "1" }, { "id": "2", "data": { "answer": 500 } }]), 500),
        ("Notification", json!([{ "id": "1", "data": { "answer": "text" } }]), 500),
    ] {
        assert_eq!(post_event(&local_azure, event_type, &body).await.status(), status, "{event_type} {body}");
    }
    let unknown = format!("{}/runtime/webhooks/eventgrid?functionName=OnJob", local_azure.functions_host.url());
    let response = reqwest::Client::new().post(unknown).send().await.expect("the host answers");
    assert_eq!(response.status(), 404);
}

#[tokio::test]
async fn an_empty_answer_hangs_until_the_timeout_and_costs_the_process() {
    let local_azure = started().await;
    let event = json!([{ "id": "1", "data": { "answer": "empty" } }]);
    assert_eq!(post_event(&local_azure, "Notification", &event).await.status(), 500);
    let [InvocationStatus::Failed(reason)] = &statuses(&local_azure, "OnEvent")[..] else { panic!("it succeeded") };
    assert!(reason.contains("functionTimeout"), "{reason}");
    assert_eq!(post_event(&local_azure, "Notification", &json!([{ "id": "2" }])).await.status(), 202);
    let starts = local_azure.functions_host.handler_lines().into_iter().filter(|line| line.level == Level::Warning);
    assert_eq!(starts.count(), 2, "the handler was started again");
}

#[tokio::test]
async fn a_message_that_always_fails_ends_in_the_dead_letter_queue() {
    let local_azure = started().await;
    let bus = &local_azure.service_bus;
    let client = reqwest::Client::new();
    let url = format!("{}/jobs/messages", bus.endpoint());
    let response = client.post(&url).body("{}").send().await.expect("the bus answers");
    assert_eq!(response.status(), 401);
    let sent = client
        .post(&url)
        .bearer_auth(bus_token(&local_azure))
        .header("BrokerProperties", r#"{"MessageId":"poison"}"#)
        .body(r#"{"answer":500}"#);
    assert_eq!(sent.send().await.expect("the bus answers").status(), 201);
    local_azure.settled(LIMIT).await.expect("it is given up");
    let [(queue, message)] = &bus.dead_letters()[..] else { panic!("one dead letter") };
    assert_eq!((queue.as_str(), message.message_id.as_str(), message.delivery_count), ("jobs", "poison", 10));
    assert_eq!(statuses(&local_azure, "OnJob").len(), 10);
}

/// The app without a time limit on its functions: a machine under load could exceed it, and the host would kill what was
/// about to crash.
fn patient_app() -> TempDir {
    let directory = tempfile::tempdir().expect("a folder");
    let host = fs::read_to_string(app_root().join("host.json")).expect("it is there");
    let mut host: Value = serde_json::from_str(&host).expect("JSON");
    host["functionTimeout"] = json!("-1");
    fs::write(directory.path().join("host.json"), host.to_string()).expect("written");
    let functions = directory.path().join("function-definitions");
    std::os::unix::fs::symlink(app_root().join("function-definitions"), functions).expect("linked");
    directory
}

#[tokio::test]
async fn three_crashes_stop_the_app() {
    let app = patient_app();
    let local_azure = started_from(app.path().to_owned()).await;
    let host = &local_azure.functions_host;
    let event = json!([{ "id": "1", "data": { "answer": "exit" } }]);
    let mut last_run = 0;
    let error = loop {
        match host.handler_run().await {
            Ok(run) => last_run = run,
            Err(error) => break error,
        }
        assert!(last_run <= 3, "the host gives up after three");
        assert_eq!(post_event(&local_azure, "Notification", &event).await.status(), 500);
        host.handler_run_is_over(last_run).await;
    };
    assert_eq!(last_run, 3, "the host starts the handler again after one and two");
    assert!(error.to_string().contains("asked to exit"), "the last words are in {error}");
}

#[tokio::test]
async fn the_host_can_kill_the_handler_as_often_as_it_likes() {
    let local_azure = started().await;
    for _ in 0..5 {
        local_azure.functions_host.restart_handler().await.expect("the next one starts");
    }
    assert_eq!(post_event(&local_azure, "Notification", &json!([{ "id": "1" }])).await.status(), 202);
}

#[tokio::test]
async fn a_killed_handler_is_started_again_and_its_message_delivered_again() {
    let app = patient_app();
    let local_azure = started_from(app.path().to_owned()).await;
    local_azure.service_bus.send("jobs", job(r#"{"answer":"silence"}"#, None)).expect("the queue");
    calls(&local_azure, "/OnJob", 1).await;
    local_azure.functions_host.kill_handler().await;
    let call = calls(&local_azure, "/OnJob", 2).await.remove(1);
    assert_eq!(call["body"]["Metadata"]["DeliveryCount"], "2");
}

#[tokio::test]
async fn settling_waits_for_scheduled_messages_only_when_it_is_asked_to() {
    let local_azure = started().await;
    let due = OffsetDateTime::now_utc() + Duration::from_secs(1);
    local_azure.service_bus.send("jobs", job("{}", Some(due))).expect("the queue");
    local_azure.settled(LIMIT).await.expect("nothing is active");
    assert!(statuses(&local_azure, "OnJob").is_empty());
    local_azure.settled_until(LIMIT, Duration::from_secs(5)).await.expect("the job runs");
    assert_eq!(statuses(&local_azure, "OnJob"), [InvocationStatus::Succeeded]);
}

#[tokio::test]
async fn the_workspaces_own_app_is_one_that_the_host_takes() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let options = Options {
        app_root: root,
        handler: Handler::None,
        handler_settings: Vec::new(),
        pace: OperationPace::brisk(),
        delivery_pace: DeliveryPace::default(),
        cloud: Cloud::Public,
        echo_logs: false,
    };
    let local_azure = LocalAzure::start(options).await.expect("host.json and function-definitions are valid");
    let names: Vec<_> = local_azure.service_bus.queue_names().collect();
    assert_eq!(names, ["reconcile-jobs", "validation-jobs"]);
    local_azure.settled(LIMIT).await.expect("there is nothing to do");
}

#[tokio::test]
async fn any_function_can_be_run_by_hand() {
    let local_azure = started().await;
    let url = format!("{}/admin/functions/OnJob", local_azure.functions_host.url());
    let request = reqwest::Client::new().post(url).body(json!({ "input": "{\"by\":\"hand\"}" }).to_string());
    assert_eq!(request.send().await.expect("the host answers").status(), 202);
    local_azure.settled(LIMIT).await.expect("it runs");
    let call = calls(&local_azure, "/OnJob", 1).await.remove(0);
    assert_eq!(call["body"]["Data"]["job"], r#""{\"by\":\"hand\"}""#);
}
