//! Azure Resource Graph as its callers see it: tables, language, pages, quota and refusals.

mod arm_client;

use arm_client::{NETWORK_PROVIDER, Reply, TestCloud, endpoint_id, network_id};
use reqwest::Method;
use serde_json::{Value, json};

const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01";
const APPLICATIONS: &str = "22222222-2222-2222-2222-222222222222";

async fn ask(cloud: &TestCloud, body: Value) -> Reply {
    cloud.send(Method::POST, GRAPH, Some(body), &[]).await
}

async fn rows(cloud: &TestCloud, query: &str) -> Value {
    let reply = ask(cloud, json!({ "query": query })).await;
    assert_eq!(reply.status, 200, "{query}: {reply:?}");
    reply.body["data"].clone()
}

/// The particular code of a refusal.
async fn refused(cloud: &TestCloud, body: Value) -> (u16, String) {
    let reply = ask(cloud, body).await;
    let details = reply.body["error"]["details"].as_array().cloned().unwrap_or_default();
    let code = details.last().map(|detail| detail["code"].as_str().unwrap_or_default().to_owned());
    (reply.status.as_u16(), code.unwrap_or_default())
}

/// Two accounts, a vault, an approved and a waiting endpoint, a linked zone with a record.
async fn landing_zone() -> TestCloud {
    let cloud = TestCloud::with_network().await;
    let account = cloud.storage_account("stone").await;
    cloud.storage_account("sttwo").await;
    cloud.target("Microsoft.KeyVault/vaults", "kv", json!({ "tags": { "team": "data" } })).await;
    cloud.manual_endpoint("pe-one", &account, &["blob"]).await;
    cloud.approve(&account).await;
    cloud.manual_endpoint("pe-two", &account, &["file"]).await;
    let zone = cloud.linked_zone("privatelink.blob.core.windows.net").await;
    let record = json!({ "properties": {
        "ttl": 10, "metadata": { "by": "me" }, "aRecords": [{ "ipv4Address": "10.0.0.4" }],
    }});
    cloud.put(&format!("{zone}/A/stone"), record).await;
    cloud
}

#[tokio::test]
async fn resources_are_what_is_tracked() {
    let cloud = landing_zone().await;
    let found = rows(&cloud, "Resources | project name, type | order by type asc, name asc").await;
    let row = |name: &str, kind: &str| json!({ "name": name, "type": format!("microsoft.{kind}") });
    let interfaces: Vec<&Value> = found.as_array().unwrap().iter().collect();
    let others: Vec<Value> =
        interfaces.into_iter().filter(|row| row["type"] != "microsoft.network/networkinterfaces").cloned().collect();
    let expected = [
        row("kv", "keyvault/vaults"),
        row("privatelink.blob.core.windows.net", "network/privatednszones"),
        row("l", "network/privatednszones/virtualnetworklinks"),
        row("pe-one", "network/privateendpoints"),
        row("pe-two", "network/privateendpoints"),
        row("vnet", "network/virtualnetworks"),
        row("stone", "storage/storageaccounts"),
        row("sttwo", "storage/storageaccounts"),
    ];
    assert_eq!(others, expected);
}

#[tokio::test]
async fn records_are_in_a_table_of_their_own() {
    let cloud = landing_zone().await;
    let types = rows(&cloud, "dnsresources | project type | order by type asc").await;
    assert_eq!(
        types,
        json!([{ "type": "microsoft.network/privatednszones/a" }, { "type": "microsoft.network/privatednszones/soa" }])
    );
    let query = "dnsresources | where type =~ 'Microsoft.Network/privateDnsZones/A'
        | project id, address = tostring(properties.aRecords[0].ipv4Address), properties.metadata.by, properties.ttl";
    let expected = json!([{
        "id": format!("{NETWORK_PROVIDER}/privateDnsZones/privatelink.blob.core.windows.net/A/stone"),
        "address": "10.0.0.4", "properties_metadata_by": "me", "properties_ttl": 10,
    }]);
    assert_eq!(rows(&cloud, query).await, expected);
    assert_eq!(rows(&cloud, "dnsresources | extend etag = properties.etag | where isnotnull(etag)").await, json!([]));
}

/// In the manner of <https://learn.microsoft.com/azure/governance/resource-graph/samples/starter>.
#[tokio::test]
async fn queries_as_people_write_them_are_answered() {
    let cloud = landing_zone().await;
    let table = [
        (
            "resources | where type =~ 'Microsoft.Storage/storageAccounts' | project name | order by name desc",
            vec!["sttwo", "stone"],
        ),
        ("resources | where type == \"microsoft.keyvault/vaults\" | project name", vec!["kv"]),
        ("resources | where type == 'Microsoft.KeyVault/vaults' | project name", vec![]),
        ("resources | where tags.team =~ 'DATA' | project name // a comment", vec!["kv"]),
        ("resources | where tags['team'] == 'data' and isnotempty(tags) | project name", vec!["kv"]),
        ("resources | where type contains 'storage' and not(name == 'sttwo') | project name", vec!["stone"]),
        ("resources | where type has 'storageaccounts' and name startswith 'STT' | project name", vec!["sttwo"]),
        ("resources | where type has 'storageaccount' | project name", vec![]),
        (
            "resources | where name in ('kv', 'STONE') or name !in~ ('KV', 'stone', 'sttwo') and type endswith 'x'",
            vec!["refused"],
        ),
        (
            "resources | where name in ('kv', 'STONE') or name in~ ('STTWO') | project name | sort by name asc",
            vec!["kv", "sttwo"],
        ),
        ("resources | where array_length(properties.privateEndpointConnections) > 1 | project name", vec!["stone"]),
        (
            "resources | where isnull(properties.privateEndpointConnections) and type has 'virtualNetworks' | project name",
            vec!["vnet"],
        ),
        (
            "resources | where type has 'privateEndpoints' | extend target = coalesce(tostring(properties.nothing), tostring(properties.manualPrivateLinkServiceConnections[0].properties.privateLinkServiceId)) | where target has 'stone' | project name | order by name asc",
            vec!["pe-one", "pe-two"],
        ),
    ];
    for (query, expected) in table {
        if expected == ["refused"] {
            assert_eq!(refused(&cloud, json!({ "query": query })).await.0, 400, "{query}");
            continue;
        }
        let expected: Vec<Value> = expected.iter().map(|name| json!({ "name": name })).collect();
        assert_eq!(rows(&cloud, query).await, json!(expected), "{query}");
    }
}

#[tokio::test]
async fn connections_are_expanded_and_joined_to_what_is_visible() {
    let cloud = landing_zone().await;
    let query = "resources
        | where array_length(properties.privateEndpointConnections) > 0
        | mv-expand connection = properties.privateEndpointConnections limit 400
        | extend endpoint = tolower(tostring(connection.properties.privateEndpoint.id))
        | join kind=leftouter (
            resources | where type =~ 'microsoft.network/privateendpoints' and name != 'pe-two'
            | project endpoint = tolower(id), name
        ) on endpoint
        | project name, name1, status = tostring(connection.properties.privateLinkServiceConnectionState.status)
        | order by status asc";
    let expected = json!([
        { "name": "stone", "name1": "pe-one", "status": "Approved" },
        { "name": "stone", "name1": "", "status": "Pending" },
    ]);
    assert_eq!(rows(&cloud, query).await, expected);
    let one_each = "resources | where type =~ 'microsoft.storage/storageaccounts'
        | mv-expand c = properties.privateEndpointConnections limit 1 | project name, isnull(c)";
    assert_eq!(refused(&cloud, json!({ "query": one_each })).await.1, "ParserFailure", "a call has no name of its own");
    let one_each = one_each.replace("isnull(c)", "none = isnull(c) | order by name asc");
    let expected = json!([{ "name": "stone", "none": false }, { "name": "sttwo", "none": true }]);
    assert_eq!(rows(&cloud, &one_each).await, expected);
}

#[tokio::test]
async fn links_name_their_networks() {
    let cloud = landing_zone().await;
    let query = "resources | where type == 'microsoft.network/privatednszones/virtualnetworklinks'
        | project network = tostring(properties.virtualNetwork.id), resourceGroup, subscriptionId, location";
    let expected = json!([{
        "network": network_id(), "resourceGroup": "rg-app", "subscriptionId": APPLICATIONS, "location": "global",
    }]);
    assert_eq!(rows(&cloud, query).await, expected);
}

#[tokio::test]
async fn an_answer_comes_in_pages_that_go_on() {
    let cloud = landing_zone().await;
    let query =
        "resources | where type has 'storageaccounts' or type has 'vaults' | project id, name | order by name asc";
    let page = |options: Value| ask(&cloud, json!({ "query": query, "options": options }));
    let first = page(json!({ "$top": 2, "resultFormat": "objectArray" })).await.body;
    assert_eq!(
        (&first["count"], &first["totalRecords"], &first["resultTruncated"]),
        (&json!(2), &json!(3), &json!("false"))
    );
    let token = first["$skipToken"].clone();
    let second = page(json!({ "$top": 2, "$skipToken": token.clone() })).await.body;
    assert_eq!((second["data"][0]["name"].as_str(), second.get("$skipToken")), (Some("sttwo"), None));
    let other = json!({ "query": "resources | project id", "options": { "$skipToken": token } });
    assert_eq!(refused(&cloud, other).await, (400, "InvalidSkipToken".to_owned()));
    // Neither of these goes on: <https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results>
    for query in ["resources | project tags", "resources | project id | limit 2"] {
        let reply = ask(&cloud, json!({ "query": query, "options": { "$top": 1 } })).await.body;
        assert_eq!((&reply["resultTruncated"], reply.get("$skipToken")), (&json!("true"), None), "{query}");
    }
}

#[tokio::test]
async fn only_the_callers_own_subscriptions_are_answered_for() {
    let cloud = landing_zone().await;
    let over = |subscriptions: Value| json!({ "query": "resources | where name == 'kv' | project id", "subscriptions": subscriptions });
    let foreign = "44444444-4444-4444-4444-444444444444";
    let found = ask(&cloud, over(json!([APPLICATIONS, foreign, "99999999-9999-9999-9999-999999999999"]))).await;
    assert_eq!((found.status.as_u16(), found.body["count"].as_u64()), (200, Some(1)));
    let elsewhere = ask(&cloud, over(json!(["11111111-1111-1111-1111-111111111111"]))).await;
    assert_eq!(elsewhere.body["count"], 0);
    let none = ask(&cloud, over(json!([foreign]))).await;
    assert_eq!((none.status.as_u16(), none.code()), (403, "AccessDenied"));
    let stranger = cloud.http.post(format!("{}{GRAPH}", cloud.cloud.arm_endpoint)).send().await.unwrap();
    assert_eq!(stranger.status(), 401);
}

#[tokio::test]
async fn whatever_is_not_understood_is_refused() {
    let cloud = TestCloud::start().await;
    let table = [
        ("", "InvalidQuery"),
        ("resources | where", "ParserFailure"),
        ("resources | where name == 'a", "ParserFailure"),
        ("resources where name == 'a'", "ParserFailure"),
        ("resources | where name == 'a' | ", "ParserFailure"),
        ("resources | summarize count() by type", "InvalidQueryLanguage"),
        ("resources | join kind=inner (resources | project id) on id", "InvalidQueryLanguage"),
        ("resources | mv-expand z = zones limit 401", "InvalidQueryLanguage"),
        ("resources | where strlen(name) > 3", "InvalidQueryLanguage"),
        ("resourcecontainers | project id", "SemanticError"),
        ("resources | where nmae == 'a'", "SemanticError"),
        ("resources | where name", "SemanticError"),
        ("resources | where name > 3", "SemanticError"),
        ("resources | extend a = tolower(properties.a)", "SemanticError"),
        ("resources | order by properties", "SemanticError"),
        ("resources | project id | where name == 'a'", "SemanticError"),
        ("resources | join kind=leftouter (resources | project tags) on tags", "SemanticError"),
    ];
    for (query, code) in &table[..14] {
        assert_eq!(refused(&cloud, json!({ "query": query })).await, (400, (*code).to_owned()), "{query}");
    }
    // Each test cloud has a quota of its own.
    let cloud = TestCloud::start().await;
    for (query, code) in &table[14..] {
        assert_eq!(refused(&cloud, json!({ "query": query })).await, (400, (*code).to_owned()), "{query}");
    }
    for (member, value) in [("managementGroups", json!(["mg"])), ("options", json!({ "$top": 1001 }))] {
        let mut body = json!({ "query": "resources | project id" });
        body[member] = value;
        assert_eq!(refused(&cloud, body).await.0, 400, "{member}");
    }
    assert_eq!(cloud.get(GRAPH).await.status, 405);
}

#[tokio::test]
async fn who_has_used_up_the_quota_is_told_when_to_come_back() {
    let cloud = TestCloud::start().await;
    let query = json!({ "query": format!("resources | where id == '{}'", endpoint_id("pe")) });
    // A machine that is slow enough begins another window on the way.
    let mut answers = Vec::new();
    while answers.len() < 100 && !answers.contains(&(429, "0".to_owned())) {
        let reply = ask(&cloud, query.clone()).await;
        answers.push((reply.status.as_u16(), reply.headers["x-ms-user-quota-remaining"].to_str().unwrap().to_owned()));
        assert!(reply.headers["x-ms-user-quota-resets-after"].to_str().unwrap().starts_with("00:00:0"));
    }
    assert_eq!(answers[0], (200, "14".to_owned()));
    let before = &answers[answers.len() - 2..];
    assert_eq!(before, [(200, "0".to_owned()), (429, "0".to_owned())]);
}
