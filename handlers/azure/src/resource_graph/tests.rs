use super::*;
use crate::scripted::{ScriptedAnswer, ScriptedClock, ScriptedHttp, arm};

const LEFT: &str = "x-ms-user-quota-remaining";
const RESETS: &str = "x-ms-user-quota-resets-after";

#[derive(Debug, Deserialize, PartialEq)]
struct Named {
    name: String,
}

fn page(names: &[&str], token: Option<&str>, headers: Vec<(&'static str, &'static str)>) -> ScriptedAnswer {
    let data: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
    let mut body = json!({ "count": data.len(), "data": data, "resultTruncated": "false" });
    if let Some(token) = token {
        body["$skipToken"] = json!(token);
    }
    (200, headers, body.to_string())
}

fn error(status: u16, code: &str, headers: Vec<(&'static str, &'static str)>) -> ScriptedAnswer {
    (status, headers, json!({ "error": { "code": code, "message": "said so" } }).to_string())
}

/// What a query over these subscriptions gave: names, who was left out, what was asked, how long was waited.
struct Asked {
    result: Result<Rows<Named>, AzureError>,
    bodies: Vec<Value>,
    waits: Vec<Duration>,
}

impl Asked {
    fn names(&self) -> Vec<&str> {
        self.result.as_ref().unwrap().rows.iter().map(|row| row.name.as_str()).collect()
    }

    fn left_out(&self) -> Vec<&str> {
        self.result.as_ref().unwrap().left_out.iter().map(|(id, _)| id.as_str()).collect()
    }

    fn over(&self) -> Vec<String> {
        let ids = |body: &Value| body["subscriptions"].as_array().unwrap().iter().map(id_of).collect::<String>();
        self.bodies.iter().map(ids).collect()
    }
}

fn id_of(id: &Value) -> String {
    id.as_str().unwrap().to_owned()
}

async fn ask(times: usize, subscriptions: &[&str], answers: Vec<ScriptedAnswer>) -> Asked {
    let (arm, http, clock): (Arm, std::sync::Arc<ScriptedHttp>, std::sync::Arc<ScriptedClock>) = arm(answers);
    let subscriptions: Vec<String> = subscriptions.iter().map(|&id| id.to_owned()).collect();
    let graph = ResourceGraph::default();
    let mut result = Ok(Rows { rows: Vec::new(), left_out: Vec::new() });
    for _ in 0..times {
        result = graph.rows(&arm, clock.as_ref(), &subscriptions, "resources").await;
    }
    let requests = http.requests();
    let bodies = requests.iter().map(|request| match request.body() {
        azure_core::http::Body::Bytes(bytes) => serde_json::from_slice(bytes).unwrap(),
        azure_core::http::Body::SeekableStream(_) => panic!("a stream"),
    });
    Asked { result, bodies: bodies.collect(), waits: clock.slept() }
}

fn seconds(seconds: &[u64]) -> Vec<Duration> {
    seconds.iter().copied().map(Duration::from_secs).collect()
}

#[tokio::test]
async fn pages_are_followed_with_the_same_question() {
    let asked =
        ask(1, &["a", "b"], vec![page(&["one", "two"], Some("t1"), vec![]), page(&["three"], None, vec![])]).await;
    assert_eq!(asked.names(), ["one", "two", "three"]);
    assert_eq!(asked.over(), ["ab", "ab"]);
    let [first, second] = &asked.bodies[..] else { panic!("{:?}", asked.bodies) };
    assert_eq!((&first["options"]["$skipToken"], &second["options"]["$skipToken"]), (&Value::Null, &json!("t1")));
    assert_eq!((&first["query"], &first["options"]["$top"]), (&second["query"], &json!(1000)));
    assert!(asked.waits.is_empty());
}

#[tokio::test]
async fn nobody_asks_before_the_quota_is_whole_again() {
    let last = || vec![(LEFT, "0"), (RESETS, "00:00:04")];
    let more = || vec![(LEFT, "7"), (RESETS, "00:00:04")];
    let asked =
        ask(2, &["a"], vec![page(&["one"], Some("t"), last()), page(&["two"], None, more()), page(&[], None, last())]);
    assert_eq!(asked.await.waits, seconds(&[4]));

    // A refusal says it in its own words, and the longer wait counts.
    let refused = |headers| error(429, "RateLimiting", headers);
    for (headers, waited) in [
        (vec![(LEFT, "0"), (RESETS, "00:01:03")], 63),
        (vec![(RESETS, "00:00:03"), ("retry-after", "9")], 9),
        (vec![(RESETS, "00:00:09.5"), ("retry-after", "3")], 10),
        (vec![], 5),
    ] {
        let asked = ask(1, &["a"], vec![refused(headers), page(&["one"], None, vec![])]).await;
        assert_eq!((asked.names(), &asked.waits), (vec!["one"], &seconds(&[waited])));
        assert_eq!(asked.over(), ["a", "a"], "no subscription is left out for it");
    }
    let asked = ask(1, &["a"], (0..10).map(|_| refused(vec![(RESETS, "00:00:05")])).collect()).await;
    assert_eq!(asked.result.unwrap_err().kind, ErrorKind::Throttled);
    assert_eq!(asked.bodies.len(), 10);
}

#[tokio::test]
async fn a_subscription_that_is_refused_alone_is_left_out_and_the_rest_is_listed() {
    let forbidden = || error(403, "AccessDenied", vec![]);
    let bad = || error(400, "BadRequest", vec![]);
    let script = vec![
        bad(),
        page(&["a"], Some("t"), vec![]),
        page(&["b"], None, vec![]),
        bad(),
        forbidden(),
        page(&["d"], None, vec![]),
    ];
    let asked = ask(1, &["a", "b", "c", "d"], script).await;
    assert_eq!(asked.over(), ["abcd", "ab", "ab", "cd", "c", "d"]);
    assert_eq!((asked.names(), asked.left_out()), (vec!["a", "b", "d"], vec!["c"]));

    // What was read of a part before it was refused is not read twice.
    let script = vec![page(&["a"], Some("t"), vec![]), bad(), page(&["a"], None, vec![]), page(&["b"], None, vec![])];
    let asked = ask(1, &["a", "b"], script).await;
    assert_eq!((asked.names(), asked.left_out().len()), (vec!["a", "b"], 0));
}

#[tokio::test]
async fn what_time_may_cure_ends_the_question() {
    let broken = || error(503, "ServiceUnavailable", vec![]);
    let asked = ask(1, &["a", "b"], vec![broken(), broken(), broken()]).await;
    assert_eq!(asked.result.unwrap_err().kind, ErrorKind::Transient);
    assert_eq!(asked.bodies.len(), 3);
}

#[tokio::test]
async fn a_query_that_is_refused_everywhere_is_not_asked_over_each_subscription() {
    let ids: Vec<String> = (0..900).map(|number| number.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let asked = ask(1, &ids, (0..200).map(|_| error(400, "BadRequest", vec![])).collect()).await;
    assert_eq!(asked.result.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(asked.bodies.len(), REFUSALS_MAX + 1);
}

#[tokio::test]
async fn a_thousand_subscriptions_are_the_most_at_once() {
    let ids: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let asked = ask(1, &ids, vec![page(&["a"], None, vec![]), page(&["b"], None, vec![])]).await;
    let counts: Vec<usize> = asked.bodies.iter().map(|body| body["subscriptions"].as_array().unwrap().len()).collect();
    assert_eq!((counts, asked.names()), (vec![1000, 1], vec!["a", "b"]));
}

#[tokio::test]
async fn an_answer_that_is_cut_or_strange_is_not_taken_for_whole() {
    let cut = |truncated: Value| {
        (200, Vec::new(), json!({ "data": [{ "name": "a" }], "resultTruncated": truncated }).to_string())
    };
    let strange = || (200, Vec::new(), json!({ "data": [{ "nom": "a" }, { "nom": "b" }] }).to_string());
    for answer in [cut(json!("true")), cut(json!(true)), strange(), (200, Vec::new(), "[]".to_owned())] {
        let asked = ask(1, &["a"], vec![answer]).await;
        assert_eq!((asked.names().len(), asked.left_out()), (0, vec!["a"]));
    }
    // One strange row among others is left out by itself.
    let mixed = json!({ "data": [{ "name": "a" }, { "nom": "b" }], "resultTruncated": "false" }).to_string();
    let asked = ask(1, &["a"], vec![(200, Vec::new(), mixed)]).await;
    assert_eq!((asked.names(), asked.left_out().len()), (vec!["a"], 0));
}
