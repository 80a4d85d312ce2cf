//! The life of private endpoints over ARM, with the rules that Azure enforces on the way.

mod arm_client;

use arm_client::{GROUP, NETWORK_PROVIDER, TestCloud, decision, endpoint_body, endpoint_id, network_id, reply};
use local_azure::arm::faults::FaultRule;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn a_manual_endpoint_waits_for_approval_and_then_shows_its_names() {
    let mut cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    cloud.operations();
    let id = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let pending = cloud.get(&id).await.body;
    let connection = &pending["properties"]["manualPrivateLinkServiceConnections"][0]["properties"];
    assert_eq!(connection["privateLinkServiceConnectionState"]["status"], "Pending");
    assert_eq!(pending["properties"]["customDnsConfigs"], json!([]));
    assert_eq!(
        cloud.operations(),
        [
            "Microsoft.Storage/storageAccounts/privateEndpointConnectionProxies/validate/action",
            "Microsoft.Storage/storageAccounts/privateEndpointConnectionProxies/write",
            "Microsoft.Network/networkInterfaces/write",
            "Microsoft.Network/privateEndpoints/write",
        ]
    );
    cloud.approve(&target).await;
    let approved = cloud.get(&id.to_uppercase()).await.body;
    let configs = &approved["properties"]["customDnsConfigs"];
    assert_eq!(configs, &json!([{ "fqdn": "stacct.blob.core.windows.net", "ipAddresses": ["127.1.1.4"] }]));
    assert_eq!(cloud.operations(), ["Microsoft.Storage/storageAccounts/privateEndpointConnections/write"]);
}

#[tokio::test]
async fn an_address_accepts_tcp_only_while_its_connection_is_approved() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let id = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let interface = cloud.get(&id).await.body["properties"]["networkInterfaces"][0]["id"].as_str().map(str::to_owned);
    let interface = cloud.get(&interface.expect("an interface")).await.body;
    let configuration = &interface["properties"]["ipConfigurations"][0]["properties"];
    let address = configuration["privateIPAddress"].as_str().expect("an address").to_owned();
    assert_eq!(configuration["privateLinkConnectionProperties"]["fqdns"], json!([]));
    let connect = || tokio::net::TcpStream::connect((address.as_str(), cloud.cloud.service_port));
    connect().await.expect_err("closed while pending");
    cloud.approve(&target).await;
    connect().await.expect("open once approved");
}

#[tokio::test]
async fn rejected_is_final_and_a_deleted_connection_disconnects() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.target("Microsoft.Security/privateLinks", "defender", json!({})).await;
    let id = cloud.manual_endpoint("pe", &target, &["containers"]).await;
    let connection = cloud.approve(&target).await;
    assert_eq!(cloud.put_and_wait(&connection, decision("Rejected")).await.status, 201);
    assert_eq!(cloud.put(&connection, decision("Approved")).await.status, 400);
    assert_eq!(cloud.delete_and_wait(&connection).await.status, 202);
    let endpoint = cloud.get(&id).await.body;
    let state = &endpoint["properties"]["manualPrivateLinkServiceConnections"][0]["properties"]["privateLinkServiceConnectionState"];
    assert_eq!(state["status"], "Disconnected");
    assert_eq!(cloud.get(&connection).await.code(), "ResourceNotFound");
}

#[tokio::test]
async fn a_zone_group_owns_its_records_and_hides_the_names() {
    let mut cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let zone = cloud.linked_zone("privatelink.blob.core.windows.net").await;
    let id = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let configs = json!([{ "name": "blob", "properties": { "privateDnsZoneId": zone } }]);
    let group = format!("{id}/privateDnsZoneGroups/default");
    cloud.put_and_wait(&group, json!({ "properties": { "privateDnsZoneConfigs": configs } })).await;
    let record = format!("{zone}/A/stacct");
    assert_eq!(cloud.get(&record).await.status, 404);
    cloud.operations();
    cloud.approve(&target).await;
    assert!(cloud.operations().contains(&"Microsoft.Network/privateDnsZones/A/write".to_owned()));
    let set = cloud.get(&record).await.body;
    assert_eq!(set["properties"]["ttl"], 10);
    let creator = set["properties"]["metadata"]["creator"].as_str().expect("a creator");
    assert!(creator.starts_with("created by private endpoint pe with resource guid "), "{creator}");
    assert_eq!(cloud.get(&id).await.body["properties"]["customDnsConfigs"], json!([]));
    cloud.delete_and_wait(&group).await;
    assert_eq!(cloud.get(&record).await.status, 404);
    let names = &cloud.get(&id).await.body["properties"]["customDnsConfigs"];
    assert_eq!(names.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn deleting_an_endpoint_leaves_the_records_of_others() {
    let mut cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let zone = cloud.linked_zone("privatelink.blob.core.windows.net").await;
    let id = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    let record = format!("{zone}/A/stacct");
    let by_hand = json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "127.1.1.4" }] } });
    assert_eq!(cloud.put(&record, by_hand).await.status, 201);
    cloud.operations();
    assert_eq!(cloud.delete_and_wait(&id).await.status, 202);
    assert_eq!(
        cloud.operations(),
        [
            "Microsoft.Storage/storageAccounts/privateEndpointConnectionProxies/delete",
            "Microsoft.Network/networkInterfaces/delete",
            "Microsoft.Network/privateEndpoints/delete",
        ]
    );
    assert_eq!(cloud.get(&record).await.status, 200);
    assert_eq!(cloud.get(&id).await.status, 404);
    assert_eq!(cloud.delete(&id).await.status, 204);
}

#[tokio::test]
async fn record_sets_are_guarded_by_etags() {
    let cloud = TestCloud::with_network().await;
    let record = format!("{}/A/name", cloud.linked_zone("privatelink.blob.core.windows.net").await);
    let body = || Some(json!({ "properties": { "ttl": 10, "aRecords": [{ "ipv4Address": "10.0.0.4" }] } }));
    let put = |name: &'static str, value: String| {
        let (cloud, record) = (&cloud, &record);
        async move { cloud.send(Method::PUT, record, body(), &[(name, value.as_str())]).await }
    };
    let created = put("if-none-match", "*".to_owned()).await;
    assert_eq!(created.status, 201);
    assert_eq!(put("if-none-match", "*".to_owned()).await.code(), "PreconditionFailed");
    let etag = created.body["etag"].as_str().expect("an etag").to_owned();
    assert_eq!(put("if-match", etag.clone()).await.status, 200);
    assert_eq!(put("if-match", etag).await.status, 412);
}

#[tokio::test]
async fn the_whole_observed_endpoint_can_be_put_back() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let id = cloud.manual_endpoint("pe", &target, &["blob"]).await;
    cloud.approve(&target).await;
    let mut observed = cloud.get(&id).await.body;
    observed["tags"] = json!({ "a": "b" });
    assert_eq!(cloud.put_and_wait(&id, observed).await.status, 200);
    let updated = cloud.get(&id).await.body;
    assert_eq!(updated["tags"]["a"], "b");
    assert_eq!(updated["properties"]["customDnsConfigs"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_automatic_endpoint_is_approved_at_once_with_every_name_on_an_address_of_its_own() {
    let cloud = TestCloud::with_network().await;
    let properties = json!({ "customSubDomainName": "sub" });
    let account = json!({ "kind": "AIServices", "properties": properties });
    let target = cloud.target("Microsoft.CognitiveServices/accounts", "foundry", account).await;
    cloud.put_and_wait(&endpoint_id("pe"), endpoint_body(&target, &["account"], false)).await;
    let endpoint = cloud.get(&endpoint_id("pe")).await.body;
    let configs = endpoint["properties"]["customDnsConfigs"].as_array().expect("names").clone();
    let addresses: Vec<&Value> = configs.iter().map(|config| &config["ipAddresses"][0]).collect();
    assert_eq!(addresses, ["127.1.1.4", "127.1.1.5", "127.1.1.6"]);
}

#[tokio::test]
async fn endpoints_that_azure_would_refuse_are_refused() {
    let cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    let good = endpoint_body(&target, &["blob"], true);
    let change = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).expect("a member") = value;
        body
    };
    let connection = "/properties/manualPrivateLinkServiceConnections/0/properties";
    let mut both = good.clone();
    both["properties"]["privateLinkServiceConnections"] =
        good["properties"]["manualPrivateLinkServiceConnections"].clone();
    let unreadable = target.replace("22222222-2222-2222-2222-222222222222", "92b2afd7-e3db-4660-90c5-0da4aebf53d4");
    let table = [
        (change(&format!("{connection}/groupIds"), json!(["vault"])), 400, "InvalidGroupId"),
        (change(&format!("{connection}/groupIds"), json!([])), 400, "InvalidGroupId"),
        (change(&format!("{connection}/requestMessage"), json!("x".repeat(141))), 400, "InvalidRequestFormat"),
        (
            change(&format!("{connection}/privateLinkServiceId"), json!(format!("{target}x"))),
            400,
            "InvalidResourceReference",
        ),
        (change(&format!("{connection}/privateLinkServiceId"), json!(unreadable)), 403, "AuthorizationFailed"),
        (
            change("/properties/subnet/id", json!(format!("{}/subnets/no", network_id()))),
            400,
            "InvalidResourceReference",
        ),
        (change("/location", json!("westeurope")), 400, "InvalidResourceReference"),
        (both, 400, "InvalidPrivateEndpointConnections"),
        (json!({ "location": "eastus" }), 400, "InvalidRequestFormat"),
    ];
    for (body, status, code) in table {
        let reply = cloud.put(&endpoint_id("pe"), body).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{reply:?}");
    }
}

#[tokio::test]
async fn sql_wants_a_description_and_has_states_of_its_own() {
    let cloud = TestCloud::with_slow_operations().await;
    let target = cloud.target("Microsoft.Sql/servers", "sql", json!({})).await;
    cloud.manual_endpoint("pe", &target, &["sqlServer"]).await;
    let connections = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
    let id = connections["value"][0]["id"].as_str().expect("an id");
    let without =
        json!({ "properties": { "privateLinkServiceConnectionState": { "status": "Approved", "description": null } } });
    assert_eq!(cloud.put(id, without).await.code(), "InvalidResourceIdSegment");
    assert_eq!(cloud.put(id, decision("Approved")).await.status, 202);
    assert_eq!(cloud.get(id).await.body["properties"]["provisioningState"], "Approving");
    assert_eq!(cloud.put(id, decision("Approved")).await.code(), "AnotherOperationInProgress");
}

#[tokio::test]
async fn refusals_are_worded_as_arm_words_them() {
    let cloud = TestCloud::with_network().await;
    let zone = format!("{NETWORK_PROVIDER}/privateDnsZones/z");
    let table = [
        ("/subscriptions/00000000-0000-0000-0000-000000000000".to_owned(), 404, "SubscriptionNotFound"),
        ("/subscriptions/92b2afd7-e3db-4660-90c5-0da4aebf53d4/resourceGroups".to_owned(), 403, "AuthorizationFailed"),
        (zone.replace("rg-app", "rg-no"), 404, "ResourceGroupNotFound"),
        (zone.clone(), 404, "ResourceNotFound"),
        (format!("{GROUP}/providers/Microsoft.No/things/t"), 404, "InvalidResourceType"),
        (format!("{zone}?api-version="), 400, "MissingApiVersionParameter"),
        (format!("{zone}?api-version=latest"), 400, "InvalidApiVersionParameter"),
        (format!("{GROUP}/providers/a%2f..%2fb/c/d"), 400, "InvalidRequestUri"),
    ];
    for (path, status, code) in table {
        let reply = cloud.get(&path).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{path}");
    }
    let url = format!("{}{GROUP}?api-version=2024-05-01", cloud.cloud.arm_endpoint);
    let anonymous = reply(cloud.http.get(&url).send().await.expect("an answer")).await;
    assert_eq!((anonymous.status.as_u16(), anonymous.code()), (401, "AuthenticationFailed"));
    assert!(anonymous.headers.contains_key("www-authenticate"));
    let garbled = cloud.http.put(&url).bearer_auth(&cloud.token).body("[".repeat(10_000)).send().await;
    assert_eq!(reply(garbled.expect("an answer")).await.code(), "InvalidRequestContent");
}

#[tokio::test]
async fn a_managed_endpoint_is_seen_from_the_target_only() {
    let mut cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    cloud.operations();
    let create = cloud.cloud.create_managed_endpoint(&target, &["blob"], "synapse.AzureBlob", "");
    let id = create.await.expect("a managed endpoint");
    assert_eq!(cloud.get(&id).await.code(), "AuthorizationFailed");
    let operations = cloud.operations();
    assert!(operations.iter().all(|name| name.contains("privateEndpointConnectionProxies")), "{operations:?}");
    let connections = cloud.get(&format!("{target}/privateEndpointConnections")).await.body;
    assert_eq!(connections["value"][0]["properties"]["privateEndpoint"]["id"], id.as_str());
}

#[tokio::test]
async fn lists_come_in_pages_and_faults_when_asked_for() {
    let cloud = TestCloud::with_network().await;
    for index in 0..5 {
        cloud.storage_account(&format!("st{index}")).await;
    }
    let path = "/subscriptions/22222222-2222-2222-2222-222222222222/providers/Microsoft.Storage/storageAccounts?$top=3";
    let first = cloud.get(path).await.body;
    let second = cloud.get(first["nextLink"].as_str().expect("a second page")).await.body;
    assert_eq!((first["value"].as_array().map(Vec::len), second["value"].as_array().map(Vec::len)), (Some(3), Some(2)));
    assert!(second["nextLink"].is_null());
    cloud.cloud.faults().answer_next(FaultRule {
        method: Some(Method::PUT),
        path_contains: "storageaccounts/late".to_owned(),
        times: 1,
        status: 503,
        code: "ServiceUnavailable".to_owned(),
        retry_after_seconds: Some(2),
        after_effect: true,
    });
    let late = format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/late");
    let lost = cloud.put(&late, json!({ "location": "eastus" })).await;
    assert_eq!((lost.status.as_u16(), lost.headers["retry-after"].to_str().ok()), (503, Some("2")));
    assert_eq!(cloud.get(&late).await.status, 200);
    let requests = cloud.cloud.requests();
    assert_eq!(requests.iter().filter(|request| request.path.contains("/late")).count(), 2);
}
