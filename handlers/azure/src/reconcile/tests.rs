use azure_core::http::headers::HeaderName;
use serde_json::{Value, json};

use super::*;
use crate::error::ErrorKind;
use crate::scripted::{ScriptedAnswer, ScriptedHttp, azure, in_force};

const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe";
const ACCOUNT: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-ai/providers/Microsoft.CognitiveServices/accounts/ai";
const DNS: &str = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones";
const NETWORK: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/virtualNetworks/vnet";
const RULES: &str = "
version: 1
dns: { zones: [{ subscription: 33333333-3333-3333-3333-333333333333, resource_group: rg-dns }] }
rules: [{ id: ai, effect: approve, target: { group_ids: account } }]
";

/// Reconciles the endpoint on this script. Returns the outcome, and the writes as method and last segments.
async fn reconcile(answers: Vec<ScriptedAnswer>) -> (Outcome, Vec<String>) {
    let (azure, http) = azure(answers);
    let outcome = run(&azure, the_endpoint(), RULES).await;
    (outcome, writes(&http))
}

fn the_endpoint() -> Subject {
    Subject::Endpoint(ResourceId::parse(ENDPOINT).unwrap())
}

async fn run(azure: &Azure, subject: Subject, rules: &str) -> Outcome {
    let job = ReconcileJob {
        subject,
        attempt: 0,
        is_from_sweep: false,
        awaits: None,
        turns: 0,
        correlation_id: "story".to_owned(),
    };
    azure.reconcile(&job, &in_force(rules), &Story::new("story"), Duration::ZERO).await
}

fn writes(http: &ScriptedHttp) -> Vec<String> {
    let requests = http.requests();
    let writes = requests.iter().filter(|request| request.method() != azure_core::http::Method::Get);
    let shown = writes.map(|request| {
        let path: Vec<&str> = request.url().path().rsplit('/').take(3).collect();
        format!("{} {}", request.method(), path.join(" of "))
    });
    shown.collect()
}

fn ok(body: &Value) -> ScriptedAnswer {
    (200, Vec::new(), body.to_string())
}

fn error(status: u16, code: &str) -> ScriptedAnswer {
    (status, Vec::new(), json!({ "error": { "code": code, "message": "" } }).to_string())
}

fn list(values: Vec<Value>) -> ScriptedAnswer {
    ok(&json!({ "value": values }))
}

fn endpoint(group_id: &str, status: &str, names: &[&str]) -> ScriptedAnswer {
    let configs: Vec<Value> = names.iter().map(|name| json!({ "fqdn": name, "ipAddresses": ["10.0.0.4"] })).collect();
    let request = json!({ "properties": {
        "privateLinkServiceId": ACCOUNT, "groupIds": [group_id], "privateLinkServiceConnectionState": { "status": status },
    }});
    ok(&json!({ "id": ENDPOINT, "properties": {
        "privateLinkServiceConnections": null,
        "manualPrivateLinkServiceConnections": [request],
        "subnet": { "id": format!("{NETWORK}/subnets/pe") },
        "customDnsConfigs": configs,
    }}))
}

fn connections(group_id: &str, status: &str) -> ScriptedAnswer {
    list(vec![json!({ "id": format!("{ACCOUNT}/privateEndpointConnections/c"), "properties": {
        "groupIds": [group_id],
        "privateEndpoint": { "id": ENDPOINT },
        "privateLinkServiceConnectionState": { "status": status },
    }})])
}

/// The zones and then the links of each.
fn zones(names: &[&str]) -> Vec<ScriptedAnswer> {
    let link = json!({ "properties": { "virtualNetwork": { "id": NETWORK } } });
    let zones = names.iter().map(|name| json!({ "id": format!("{DNS}/{name}") })).collect();
    [list(zones)].into_iter().chain(names.iter().map(|_| list(vec![link.clone()]))).collect()
}

fn our_record(etag: Option<&str>) -> Value {
    let metadata = json!({ "managedBy": "portreeve", "privateEndpoint": ENDPOINT.to_ascii_lowercase() });
    json!({ "name": "ai", "type": "Microsoft.Network/privateDnsZones/A", "etag": etag, "properties": { "metadata": metadata, "aRecords": [{ "ipv4Address": "10.0.0.4" }] } })
}

#[tokio::test]
async fn a_record_goes_with_its_endpoint_unless_that_is_there_again() {
    let gone = || error(404, "ResourceNotFound");
    let there = || endpoint("account", "Approved", &[]);
    let script = |before: ScriptedAnswer, after: ScriptedAnswer, record: Value| {
        let mut script = vec![gone()];
        script.extend(zones(&["privatelink.openai.azure.com"]));
        script.extend([list(vec![record]), before, (200, Vec::new(), String::new()), after]);
        script
    };
    for (after, wait) in [(gone(), None), (there(), Some(Wait::MadeAgain))] {
        let (outcome, writes) = reconcile(script(gone(), after, our_record(Some("e1")))).await;
        assert_eq!(writes, ["DELETE ai of A of privatelink.openai.azure.com"]);
        assert_eq!((outcome.failures.len(), outcome.wait), (0, wait));
    }

    let (outcome, writes) = reconcile(script(there(), there(), our_record(Some("e1")))).await;
    assert_eq!((writes.len(), outcome.wait), (0, Some(Wait::MadeAgain)));

    // Without an etag the delete could not be conditional.
    for etag in [None, Some("")] {
        let (_, writes) = reconcile(script(gone(), gone(), our_record(etag))).await;
        assert_eq!(writes.len(), 0, "{etag:?}");
    }
}

#[tokio::test]
async fn a_record_that_somebody_wrote_meanwhile_is_listed_anew_before_it_goes() {
    let gone = || error(404, "ResourceNotFound");
    let mut script = vec![gone()];
    script.extend(zones(&["privatelink.openai.azure.com"]));
    script.extend([list(vec![our_record(Some("e1"))]), gone(), error(412, "PreconditionFailed"), gone()]);
    script.extend([gone(), list(vec![our_record(Some("e2"))]), gone(), (200, Vec::new(), String::new()), gone()]);
    let (azure, http) = azure(script);
    // Another removal is under way all the time, so listings are kept.
    let other = azure.listings.fresh();
    let outcome = run(&azure, the_endpoint(), RULES).await;
    assert_eq!(outcome.failures[0].kind, ErrorKind::PreconditionFailed);
    let outcome = run(&azure, the_endpoint(), RULES).await;
    assert_eq!((outcome.failures.len(), outcome.wait), (0, None));
    let requests = http.requests();
    let deletes = requests.iter().filter(|request| request.method() == azure_core::http::Method::Delete);
    let etags = deletes.map(|request| request.headers().get_optional_string(&HeaderName::from_static("if-match")));
    assert_eq!(etags.collect::<Vec<_>>(), [Some("e1".to_owned()), Some("e2".to_owned())]);

    let zone = ResourceId::parse(&format!("{DNS}/privatelink.openai.azure.com")).unwrap();
    let shared = other.get_or_read(&zone, async { Err("it is not listed once more") }).await.unwrap();
    assert_eq!(shared[0].1.etag, "e2");
}

#[tokio::test]
async fn a_zone_that_was_made_by_somebody_meanwhile_is_looked_at_anew_and_not_linked() {
    let rules = RULES.replace("dns: {", "validation: { enabled: false }\ndns: { create_missing_zones: true,");
    let name = "privatelink.openai.azure.com";
    let approved = || [endpoint("account", "Approved", &["ai.openai.azure.com"]), connections("account", "Approved")];
    let mut script: Vec<ScriptedAnswer> = approved().into();
    script.extend([list(Vec::new()), error(412, "PreconditionFailed"), ok(&json!({ "id": format!("{DNS}/{name}") }))]);
    script.extend(approved());
    script.extend([list(vec![json!({ "id": format!("{DNS}/{name}") })]), list(Vec::new())]);
    let (azure, http) = azure(script);
    let outcome = run(&azure, the_endpoint(), &rules).await;
    assert_eq!(outcome.failures[0].kind, ErrorKind::Conflict);
    azure.pause(Duration::from_secs(6)).await;
    let outcome = run(&azure, the_endpoint(), &rules).await;
    assert!(outcome.failures.is_empty() && outcome.may_be_late, "{outcome:?}");
    assert_eq!(writes(&http), [format!("PUT {name} of privateDnsZones of Microsoft.Network")]);
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_and_owns_nothing_may_only_be_late() {
    let mut script = vec![error(404, "ResourceNotFound")];
    script.extend(zones(&[]));
    let (outcome, writes) = reconcile(script).await;
    assert!(outcome.may_be_late && writes.is_empty());
}

#[tokio::test]
async fn nothing_is_approved_while_the_sides_disagree_about_what_is_asked_for() {
    let (_, writes) = reconcile(vec![endpoint("account", "Pending", &[]), connections("other", "Pending")]).await;
    assert_eq!(writes, Vec::<String>::new());
}

#[tokio::test]
async fn a_record_that_cannot_be_written_keeps_no_other_from_being_written_but_the_proof_waits() {
    let names = ["ai.cognitiveservices.azure.com", "ai.openai.azure.com"];
    let mut script = vec![endpoint("account", "Approved", &names), connections("account", "Approved")];
    script.extend(zones(&["privatelink.cognitiveservices.azure.com", "privatelink.openai.azure.com"]));
    script.extend([error(404, "NotFound"), error(404, "NotFound"), error(409, "ScopeLocked"), ok(&json!({}))]);
    let (outcome, writes) = reconcile(script).await;
    let expected =
        ["PUT ai of A of privatelink.cognitiveservices.azure.com", "PUT ai of A of privatelink.openai.azure.com"];
    assert_eq!(writes, expected);
    assert_eq!(outcome.failures.len(), 1);
}

#[tokio::test]
async fn a_write_that_is_taken_without_a_word_is_waited_for() {
    let script = vec![
        endpoint("account", "Pending", &[]),
        connections("account", "Pending"),
        (202, Vec::new(), String::new()),
        error(403, "AuthorizationFailed"),
    ];
    let (outcome, writes) = reconcile(script).await;
    assert_eq!(writes, ["PUT c of privateEndpointConnections of ai"]);
    assert_eq!(outcome.wait, Some(Wait::Settling));
}

/// The same rule without proofs, so that nothing but ARM is asked.
fn unproven() -> String {
    RULES.replace("rules:", "validation: { enabled: false }\nrules:")
}

/// A connection of an endpoint that nobody here can read.
fn managed(name: &str, status: &str) -> Value {
    json!({ "id": format!("{ACCOUNT}/privateEndpointConnections/{name}"), "properties": {
        "groupIds": ["account"],
        "privateEndpoint": { "id": format!("{ENDPOINT}-{name}") },
        "privateLinkServiceConnectionState": { "status": status },
    }})
}

fn two_that_wait(names: [&str; 2]) -> ScriptedAnswer {
    list(names.map(|name| managed(name, "Pending")).to_vec())
}

#[tokio::test]
async fn an_approval_that_may_have_been_taken_counts_for_the_limit() {
    let rules = unproven().replace("target: { group_ids: account }", "limit: 1, target: { group_ids: account }");
    let unreadable = || error(403, "AuthorizationFailed");
    let subject = || Subject::Target(ResourceId::parse(ACCOUNT).unwrap());
    let polled = vec![("location", "https://management.azure.com/operations/1")];
    let lost = || (0, Vec::new(), String::new());
    let taken_and_lost_from_sight = vec![(202, polled, String::new()), error(403, "AuthorizationFailed")];
    let lost_and_then_refused = vec![lost(), error(409, "Busy"), error(409, "Busy")];
    let never_answered = vec![lost(), lost(), lost()];
    let lost_and_then_forbidden = vec![lost(), error(403, "AuthorizationFailed")];
    for answers in [taken_and_lost_from_sight, never_answered, lost_and_then_forbidden, lost_and_then_refused] {
        let puts = answers.iter().filter(|(status, ..)| *status != 202).count().max(1);
        let script = [vec![two_that_wait(["a", "b"]), unreadable()], answers, vec![unreadable(); 2]].concat();
        let (azure, http) = azure(script);
        run(&azure, subject(), &rules).await;
        let written = writes(&http);
        assert!(written.len() <= puts && written.iter().all(|write| write.starts_with("PUT a ")), "{written:?}");
    }
    // What was certainly refused leaves its place.
    let refused = error(403, "AuthorizationFailed");
    let script = vec![two_that_wait(["a", "b"]), unreadable(), refused.clone(), unreadable(), refused, unreadable()];
    let (azure, http) = azure(script);
    run(&azure, subject(), &rules).await;
    assert_eq!(writes(&http).len(), 2);
}

/// Whoever approves may be dropped before the answer, and the target may list the connection as it was.
#[tokio::test]
async fn what_was_approved_counts_though_the_target_does_not_say_so_yet() {
    let rules = unproven().replace("target: { group_ids: account }", "limit: 1, target: { group_ids: account }");
    let unreadable = || error(403, "AuthorizationFailed");
    let once = vec![two_that_wait(["a", "b"]), unreadable(), ok(&json!({})), unreadable(), unreadable()];
    let again = vec![two_that_wait(["b", "a"]), unreadable(), unreadable(), ok(&json!({})), unreadable()];
    let (azure, http) = azure([once, again].concat());
    for _ in 0..2 {
        run(&azure, Subject::Target(ResourceId::parse(ACCOUNT).unwrap()), &rules).await;
    }
    let approved = writes(&http);
    assert!(approved.iter().all(|write| write.starts_with("PUT a ")), "{approved:?}");
}

#[tokio::test]
async fn a_target_that_others_work_on_for_long_is_put_off() {
    let (azure, http) = azure(vec![]);
    let account = ResourceId::parse(ACCOUNT).unwrap();
    let _held = azure.targets.turn(&account).await;
    let outcome = run(&azure, Subject::Target(account), RULES).await;
    assert_eq!((outcome.wait, http.requests().len()), (Some(Wait::TargetBusy), 0));
}

/// An approval that takes so many seconds.
fn slow_approval(seconds: &'static str) -> [ScriptedAnswer; 2] {
    let polled = vec![("location", "https://management.azure.com/operations/1"), ("retry-after", seconds)];
    [(202, polled, String::new()), ok(&json!({}))]
}

#[tokio::test]
async fn what_was_listed_a_while_ago_is_read_again_before_it_is_written_to() {
    let unreadable = || error(403, "AuthorizationFailed");
    let cases = [
        (ok(&managed("b", "Pending")), 2),
        (ok(&managed("b", "Rejected")), 1),
        (error(404, "ResourceNotFound"), 1),
        (ok(&connection_of_another("b")), 1),
    ];
    for (read_again, writes_made) in cases {
        let mut script = vec![list(vec![managed("a", "Pending"), managed("b", "Pending")]), unreadable()];
        script.extend(slow_approval("6"));
        script.extend([unreadable(), read_again, unreadable(), ok(&json!({})), unreadable()]);
        let (azure, http) = azure(script);
        run(&azure, Subject::Target(ResourceId::parse(ACCOUNT).unwrap()), &unproven()).await;
        assert_eq!(writes(&http).len(), writes_made);
    }
}

fn connection_of_another(name: &str) -> Value {
    let mut connection = managed(name, "Pending");
    connection["properties"]["privateEndpoint"]["id"] = json!(format!("{ENDPOINT}-other"));
    connection
}

#[tokio::test]
async fn what_there_is_no_time_for_goes_on_endpoint_by_endpoint() {
    let unreadable = || error(403, "AuthorizationFailed");
    let all =
        vec![managed("a", "Pending"), managed("b", "Pending"), managed("c", "Approved"), managed("d", "Approved")];
    let mut script = vec![list(all), unreadable()];
    script.extend(slow_approval("50"));
    script.extend([unreadable(), ok(&managed("b", "Pending")), unreadable()]);
    script.extend(slow_approval("50"));
    script.extend([unreadable()]);
    let (azure, http) = azure(script);
    let outcome = run(&azure, Subject::Target(ResourceId::parse(ACCOUNT).unwrap()), &unproven()).await;
    let rest: Vec<&str> = outcome.rest.iter().map(|subject| subject.id().name()).collect();
    assert_eq!((rest, writes(&http).len()), (vec!["pe-c", "pe-d"], 2));
}
