use portreeve_decisions::catalogue::Catalogue;
use portreeve_decisions::facts::{ConnectionRequest, EndpointName};
use serde_json::json;

use super::*;
use crate::error::ErrorKind;
use crate::scripted::{ScriptedAnswer, azure, in_force};
use crate::story::Story;

const ACCOUNT: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st";
const APPLICATIONS: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg";
const MICROSOFT: &str = "/subscriptions/92b2afd7-e3db-4660-90c5-0da4aebf53d4/resourceGroups/vnet";
const PARTNER: &str = "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/rg";
const OUR_TENANT: &str = "99999999-9999-9999-9999-999999999999";
const PARTNER_TENANT: &str = "88888888-8888-8888-8888-888888888888";
const FACTORIES: &str =
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.DataFactory/factories";

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

fn endpoint_id(group: &str, name: &str) -> ResourceId {
    id(&format!("{group}/providers/Microsoft.Network/privateEndpoints/{name}"))
}

fn connection(endpoint: &ResourceId, status: ConnectionStatus) -> Connection {
    Connection {
        id: id(&format!("{ACCOUNT}/privateEndpointConnections/{}", endpoint.name())),
        target: id(ACCOUNT),
        endpoint: endpoint.clone(),
        status,
        description: "as the target tells it".to_owned(),
        is_settling: false,
        group_ids: None,
    }
}

/// An endpoint of ours that is Pending: Azure has given it an address and no names.
fn ours() -> Endpoint {
    Endpoint {
        id: endpoint_id(APPLICATIONS, "pe"),
        location: Some("westeurope".to_owned()),
        provisioning_state: "Succeeded".to_owned(),
        requests: vec![ConnectionRequest {
            target: Some(id(ACCOUNT)),
            group_ids: vec!["blob".to_owned()],
            status: ConnectionStatus::Pending,
            message: Some("as the endpoint tells it".to_owned()),
        }],
        virtual_network: Some(id(&format!("{APPLICATIONS}/providers/Microsoft.Network/virtualNetworks/vnet"))),
        network_interfaces: vec![id(&format!("{APPLICATIONS}/providers/Microsoft.Network/networkInterfaces/nic"))],
        names: Vec::new(),
    }
}

/// Of an endpoint that nobody here can read.
fn managed(name: &str) -> (Connection, EndpointSight) {
    let connection = connection(&endpoint_id(MICROSOFT, name), ConnectionStatus::Pending);
    (connection, EndpointSight::Unreadable("403".to_owned()))
}

fn of_ours() -> (Connection, EndpointSight) {
    let endpoint = ours();
    (connection(&endpoint.id, ConnectionStatus::Pending), EndpointSight::Seen(endpoint))
}

fn allowlist(rules: &[&str]) -> String {
    let rules: String = rules.iter().map(|rule| format!("  - {rule}\n")).collect();
    format!("version: 1\nrules:\n{rules}")
}

/// What is gathered, and the paths that were asked for.
async fn gathered(
    rules: &[&str],
    (connection, sight): (Connection, EndpointSight),
    answers: Vec<ScriptedAnswer>,
) -> (Result<KnownConnection, AzureError>, Vec<String>) {
    let (azure, http) = azure(answers);
    let (arm, in_force) = (azure.arm(&Story::new("story")), in_force(&allowlist(rules)));
    let row = Catalogue::known().target_type(&connection.target).unwrap();
    let gatherer = Gatherer { azure: &azure, arm: &arm, in_force: &in_force, row };
    let known = gatherer.facts(&connection, &sight).await;
    (known, http.requests().iter().map(|request| request.url().path().to_owned()).collect())
}

fn ok(body: &serde_json::Value) -> ScriptedAnswer {
    (200, Vec::new(), body.to_string())
}

fn interface() -> ScriptedAnswer {
    ok(&json!({ "properties": { "ipConfigurations": [{ "properties": { "privateIPAddress": "10.1.0.4" } }] } }))
}

fn factory_lists(name: &str) -> ScriptedAnswer {
    let properties = json!({ "privateLinkResourceId": ACCOUNT, "groupId": "blob" });
    ok(&json!({ "value": [{ "name": name, "properties": properties }] }))
}

const LOCATION: &str = "{ id: l, effect: approve, target: { location: westeurope } }";
const TENANT: &str = "{ id: t, effect: approve, requester: { tenant: 99999999-9999-9999-9999-999999999999 } }";
const ADDRESS: &str = "{ id: a, effect: approve, requester: { address: 10.1.0.0/16 } }";

fn service(factory: &str) -> String {
    format!(
        "{{ id: s-{factory}, effect: approve, requester: {{ subscription: \"92*\", service: {FACTORIES}/{factory} }} }}"
    )
}

#[tokio::test]
async fn what_both_sides_tell_is_taken_without_a_request() {
    let rule = "{ id: all, effect: approve, target: { group_ids: blob }, requester: { location: northeurope, virtual_network: \"*\", message: \"*\" } }";
    let (known, requests) = gathered(&[rule], of_ours(), Vec::new()).await;
    let known = known.unwrap();
    assert_eq!(requests, Vec::<String>::new());
    assert_eq!(known.group_ids, Some(vec!["blob".to_owned()]));
    assert_eq!(known.endpoint_location.as_deref(), Some("westeurope"));
    assert_eq!(known.virtual_network, ours().virtual_network);
    assert_eq!(known.message.as_deref(), Some("as the endpoint tells it"));

    let (known, _) = gathered(&[rule], managed("adf.blob"), Vec::new()).await;
    let known = known.unwrap();
    assert_eq!((known.group_ids, known.endpoint_location, known.virtual_network), (None, None, None));
    assert_eq!(known.message.as_deref(), Some("as the target tells it"));
}

#[tokio::test]
async fn a_fact_that_a_rule_asks_for_is_read_where_it_is_told() {
    let (known, requests) = gathered(&[LOCATION], of_ours(), vec![ok(&json!({ "location": "West Europe" }))]).await;
    assert_eq!((known.unwrap().target_location.as_deref(), requests), (Some("westeurope"), vec![ACCOUNT.to_owned()]));

    let (known, requests) = gathered(&[TENANT], of_ours(), vec![ok(&json!({ "tenantId": OUR_TENANT }))]).await;
    let subscription = "/subscriptions/22222222-2222-2222-2222-222222222222".to_owned();
    assert_eq!((known.unwrap().tenant.as_deref(), requests), (Some(OUR_TENANT), vec![subscription]));

    let (known, requests) = gathered(&[ADDRESS], of_ours(), vec![interface()]).await;
    let nic = format!("{APPLICATIONS}/providers/Microsoft.Network/networkInterfaces/nic");
    assert_eq!((known.unwrap().address, requests), (Some(vec!["10.1.0.4".parse().unwrap()]), vec![nic]));

    let rule = service("adf");
    let (known, requests) = gathered(&[&rule], managed("adf.blob"), vec![factory_lists("blob")]).await;
    let list = format!("{FACTORIES}/adf/managedVirtualNetworks/default/managedPrivateEndpoints").to_ascii_lowercase();
    assert_eq!(known.unwrap().service, Some(id(&format!("{FACTORIES}/adf"))));
    assert_eq!(requests.iter().map(|path| path.to_ascii_lowercase()).collect::<Vec<_>>(), [list]);
}

/// The script has no answer, so any request fails the test.
#[tokio::test]
async fn what_could_change_nothing_is_not_read() {
    let rules = [LOCATION, TENANT, ADDRESS, &service("adf")];
    let elsewhere = rules.map(|rule| rule.replace("effect: approve,", "effect: approve, not_before: 2100-01-01,"));
    let held = ["{ id: freeze, effect: hold }", LOCATION, TENANT, ADDRESS];
    let approved = ["{ id: first, effect: approve, target: { name: st } }", LOCATION, TENANT, ADDRESS];
    let mut named = of_ours();
    if let EndpointSight::Seen(endpoint) = &mut named.1 {
        let addresses = vec!["10.2.0.4".parse().unwrap()];
        endpoint.names = vec![EndpointName { fqdn: "st.blob.core.windows.net".to_owned(), addresses }];
    }
    let service = service("adf");
    let cases = [
        ("no rule asks", vec!["{ id: x, effect: approve, requester: { name: other } }"], of_ours()),
        ("no rule is in force", elsewhere.iter().map(String::as_str).collect(), of_ours()),
        ("a hold rule decides", held.to_vec(), of_ours()),
        ("an approve rule decides", approved.to_vec(), of_ours()),
        ("the endpoint's names tell its addresses", vec![ADDRESS], named),
        ("nobody here can read the endpoint's interface", vec![ADDRESS], managed("adf.blob")),
        ("an endpoint that can be read works for no factory", vec![service.as_str()], of_ours()),
    ];
    for (why, rules, connection) in cases {
        let (known, requests) = gathered(&rules, connection, Vec::new()).await;
        assert!(known.is_ok() && requests.is_empty(), "{why}: {requests:?}");
    }
    let (azure, http) = azure(Vec::new());
    let (arm, in_force) = (azure.arm(&Story::new("story")), InForce::Nothing("a test".to_owned()));
    let (connection, sight) = of_ours();
    let row = Catalogue::known().target_type(&connection.target).unwrap();
    Gatherer { azure: &azure, arm: &arm, in_force: &in_force, row }.facts(&connection, &sight).await.unwrap();
    assert!(http.requests().is_empty(), "without an allowlist nothing is approved");
}

/// For each fact: the rule, the connection, and how many requests a refusal takes.
fn each_fact() -> [(String, (Connection, EndpointSight), usize); 4] {
    [
        (LOCATION.to_owned(), of_ours(), 1),
        // The tenant is asked for once more, as nobody.
        (TENANT.to_owned(), of_ours(), 2),
        (ADDRESS.to_owned(), of_ours(), 1),
        (service("adf"), managed("adf.blob"), 1),
    ]
}

#[tokio::test]
async fn what_is_out_of_reach_stays_unknown() {
    for status in [403, 404] {
        for (rule, connection, count) in each_fact() {
            let refusals = vec![(status, Vec::new(), "{}".to_owned()); count];
            let (known, requests) = gathered(&[&rule], connection, refusals).await;
            let KnownConnection { target_location, tenant, address, service, .. } = known.unwrap();
            assert_eq!((target_location, tenant, address, service), (None, None, None, None), "{status} {rule}");
            assert_eq!(requests.len(), count);
        }
    }
    let no_address = ok(&json!({ "properties": { "ipConfigurations": [] } }));
    let (known, _) = gathered(&[ADDRESS], of_ours(), vec![no_address]).await;
    assert_eq!(known.unwrap().address, None, "no address yet is no list without any");
}

#[tokio::test]
async fn what_time_may_cure_is_a_failure_to_come_back_for() {
    for (rule, connection, _) in each_fact() {
        let busy = (429, vec![("retry-after", "30")], "{}".to_owned());
        let (known, _) = gathered(&[&rule], connection, vec![busy]).await;
        let error = known.unwrap_err();
        assert_eq!(
            (error.kind, error.retry_after.map(|wait| wait.as_secs())),
            (ErrorKind::Throttled, Some(30)),
            "{rule}"
        );
    }
}

#[tokio::test]
async fn factories_are_asked_until_one_confirms_and_ten_at_most() {
    let rules: Vec<String> = (10..25).map(|number| service(&format!("adf{number}"))).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let answers = vec![factory_lists("other"), factory_lists("blob")];
    let (known, requests) = gathered(&rules, managed("adf11.blob"), answers).await;
    assert_eq!((known.unwrap().service, requests.len()), (Some(id(&format!("{FACTORIES}/adf11"))), 2));

    let (known, requests) =
        gathered(&rules, managed("adf24.blob"), vec![factory_lists("blob"); SERVICES_ASKED_MAX]).await;
    assert_eq!((known.unwrap().service, requests.len()), (None, SERVICES_ASKED_MAX));
}

/// What a connection of ours is decided on with a partner's beside it that is approved.
async fn beside(rules: &[&str], mine: ConnectionStatus, answers: Vec<ScriptedAnswer>) -> (Vec<KnownConnection>, usize) {
    let (azure, http) = azure(answers);
    let (arm, in_force) = (azure.arm(&Story::new("story")), in_force(&allowlist(rules)));
    let row = Catalogue::known().target_type(&id(ACCOUNT)).unwrap();
    let gatherer = Gatherer { azure: &azure, arm: &arm, in_force: &in_force, row };
    let endpoint = ours();
    let mine = connection(&endpoint.id, mine);
    let other = connection(&endpoint_id(PARTNER, "pe-partner"), ConnectionStatus::Approved);
    let listed_at = azure.now();
    let target = ObservedTarget { row: row.clone(), connections: vec![mine.clone(), other], listed_at };
    let known = gatherer.facts(&mine, &EndpointSight::Seen(endpoint)).await.unwrap();
    let beside = gatherer.approved_beside(&target, &mine, &known).await.unwrap();
    (beside, http.requests().len())
}

#[tokio::test]
async fn of_those_beside_it_only_the_tenant_is_read_and_only_for_a_limit() {
    let tenant = |tenant: &str| ok(&json!({ "tenantId": tenant }));
    let limited = TENANT.replace("effect", "limit: 1, effect");
    let tenants = || vec![tenant(OUR_TENANT), tenant(PARTNER_TENANT)];
    let (known, requests) = beside(&[&limited], ConnectionStatus::Pending, tenants()).await;
    assert_eq!((known[0].tenant.as_deref(), known[0].endpoint.name()), (Some(PARTNER_TENANT), "pe-partner"));
    assert_eq!((known.len(), requests), (1, 2));
    // One that is approved is not counted, and without a limit nobody is.
    let expired = format!("{{ id: old, effect: approve, expires: 1969-12-31, limit: 1, {}", "target: { name: st } }");
    for (rules, mine) in [
        (vec![limited.as_str()], ConnectionStatus::Approved),
        (vec![TENANT], ConnectionStatus::Pending),
        (vec![TENANT, expired.as_str()], ConnectionStatus::Pending),
    ] {
        let (known, requests) = beside(&rules, mine, tenants()).await;
        assert_eq!((known.len(), requests), (0, 1), "{rules:?}");
    }
    // Where no rule asks for the tenant it stays unknown.
    let plain = "{ id: x, effect: approve, target: { name: st }, limit: 1 }";
    let (known, requests) = beside(&[plain], ConnectionStatus::Pending, Vec::new()).await;
    assert_eq!((known.len(), known[0].tenant.as_deref(), requests), (1, None, 0));
}
