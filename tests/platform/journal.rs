//! Portreeve's log, as an incident responder reads it: records found by what they say.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::Platform;

/// The type and id of the events that only mark a place in the log.
const MARKER: &str = "marker-of-the-journal-";

/// How long a record is waited for. Only a failure waits that long.
const TOLD_LIMIT: Duration = Duration::from_secs(30);

static MARKERS: AtomicU32 = AtomicU32::new(0);

/// One record of the log.
#[derive(Clone, Debug)]
pub struct Record(pub Value);

impl Record {
    /// A field's text; empty where it is absent.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_default()
    }

    /// Whether any text of the record contains `part`, whatever its letter case.
    #[must_use]
    pub fn mentions(&self, part: &str) -> bool {
        self.0.to_string().to_ascii_lowercase().contains(&part.to_ascii_lowercase())
    }
}

impl Platform {
    /// Returns once every line that the handler has printed so far has been read: its output is a pipe, so a line that
    /// is caused now and has been read comes after all of them.
    pub(crate) async fn read_log_to_here(&self) {
        let number = MARKERS.fetch_add(1, Ordering::Relaxed);
        let marker = format!("{MARKER}{number:09}");
        let event = serde_json::json!({ "id": marker, "eventType": MARKER });
        assert_eq!(self.deliver(&event).await, 202);
        let host = &self.azure.functions_host;
        let read = host.handler_lines_until(1, Duration::from_secs(10), |line| line.text.contains(&marker)).await;
        assert!(!read.is_empty(), "the handler did not log event {marker}");
    }

    /// Returns the records of one kind that mention all of `parts`, once there are `count` of them. A change that nobody
    /// asks for, such as an edit of the allowlist, is noticed in no invocation that could be waited for.
    pub async fn told(&self, event: &str, parts: &[&str], count: usize) -> Vec<Record> {
        let read = |line: &str| serde_json::from_str(line).map(Record).ok();
        let is_it = |record: &Record| record.text("event") == event && parts.iter().all(|part| record.mentions(part));
        let host = &self.azure.functions_host;
        let lines = host.handler_lines_until(count, TOLD_LIMIT, |line| read(&line.text).is_some_and(|r| is_it(&r)));
        let records: Vec<Record> = lines.await.iter().filter_map(|line| read(&line.text)).collect();
        let output = || host.handler_output().join("\n");
        assert!(records.len() >= count, "{count} records {event} that mention {parts:?}; the log:\n{}", output());
        records
    }

    /// All records so far. A line that is not one JSON object is a defect of the handler, and fails the test.
    #[must_use]
    pub fn journal(&self) -> Vec<Record> {
        let lines = self.azure.functions_host.handler_output();
        let record = |line: &String| match serde_json::from_str(line) {
            Ok(Value::Object(object)) => Record(Value::Object(object)),
            _ => panic!("the handler printed a line that is no record: {line}"),
        };
        lines.iter().map(record).filter(|record| !record.mentions(MARKER)).collect()
    }

    /// The records of one kind that mention a resource, in order.
    #[must_use]
    pub fn records(&self, event: &str, about: &str) -> Vec<Record> {
        let matches = |record: &Record| record.text("event") == event && record.mentions(about);
        self.journal().into_iter().filter(matches).collect()
    }

    /// The record of the last decision about an endpoint.
    #[must_use]
    pub fn last_decision(&self, endpoint: &str) -> Record {
        let of_endpoint = |record: &Record| record.text("endpoint").eq_ignore_ascii_case(endpoint);
        let last = self.records("decision", endpoint).into_iter().rfind(of_endpoint);
        last.unwrap_or_else(|| panic!("nothing was decided about {endpoint}"))
    }

    /// The last decision about an endpoint, as `effect` and rule.
    #[must_use]
    pub fn decision(&self, endpoint: &str) -> (String, String) {
        let last = self.last_decision(endpoint);
        (last.text("effect").to_owned(), last.text("rule").to_owned())
    }

    /// The verdicts of an endpoint's proofs, in order.
    #[must_use]
    pub fn verdicts(&self, endpoint: &str) -> Vec<String> {
        self.records("validation", endpoint).iter().map(|record| record.text("verdict").to_owned()).collect()
    }
}

impl Platform {
    /// Delivers one more event about an endpoint, and returns what Portreeve wrote to ARM because of it.
    pub async fn writes_after_another_event(&self, endpoint: &str) -> Vec<String> {
        self.writes_after_another_event_each(&[endpoint]).await
    }

    /// The same about several endpoints.
    pub async fn writes_after_another_event_each(&self, endpoints: &[&str]) -> Vec<String> {
        let before = self.azure.cloud.requests().len();
        for endpoint in endpoints {
            self.deliver(&event_about(endpoint)).await;
        }
        self.at_rest(Duration::ZERO).await;
        let requests = self.azure.cloud.requests().into_iter().skip(before);
        requests
            .filter(|request| request.method != "GET")
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }

    /// Delivers an event as Event Grid does, and returns the host's status.
    pub async fn deliver(&self, event: &Value) -> u16 {
        let url =
            format!("{}/runtime/webhooks/eventgrid?functionName=ConnectionEvent", self.azure.functions_host.url());
        let request = self.arm.http().post(url).header("aeg-event-type", "Notification");
        let request = request.header("content-type", "application/json").body(serde_json::json!([event]).to_string());
        request.send().await.expect("the host answers").status().as_u16()
    }

    /// The ARM calls that it took to give a target's new connection its record, that one included: the connection is done
    /// then, and what follows is its proof.
    #[must_use]
    pub fn arm_calls_until_record(&self, target_name: &str) -> Vec<String> {
        let actions = self.records("action", target_name);
        let created = actions.into_iter().find(|record| record.text("action") == "create_record_set");
        let created = created.unwrap_or_else(|| panic!("{target_name} has no record: {:#?}", self.journal()));
        let mut calls = self.arm_calls_of(created.text("correlation_id"));
        let is_write = |call: &String| call.starts_with("PUT") && call.contains(&format!("/A/{target_name}"));
        let done = calls.iter().position(is_write);
        calls.truncate(done.expect("the record was written") + 1);
        calls
    }

    /// The ARM requests of one story, as method and path.
    #[must_use]
    pub fn arm_calls_of(&self, correlation_id: &str) -> Vec<String> {
        let requests = self.azure.cloud.requests().into_iter();
        let of_story = requests.filter(|request| request.client_request_id.as_deref() == Some(correlation_id));
        of_story.map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

/// An event that says that a resource was written.
#[must_use]
pub fn event_about(resource: &str) -> Value {
    serde_json::json!({
        "id": "e0000001-0000-0000-0000-000000000001",
        "topic": "/subscriptions/22222222-2222-2222-2222-222222222222",
        "subject": resource,
        "eventType": "Microsoft.Resources.ResourceWriteSuccess",
        "eventTime": "2026-01-05T10:15:42.1170000Z",
        "data": { "operationName": "Microsoft.Network/privateEndpoints/write", "status": "Succeeded" },
        "dataVersion": "2",
        "metadataVersion": "1",
    })
}
