use portreeve_decisions::facts::ConnectionStatus;
use serde_json::json;

use super::*;
use crate::scripted::{ScriptedAnswer, ScriptedHttp, azure, in_force};

const TARGETS: &str = "11111111-1111-1111-1111-111111111111";
const APPLICATIONS: &str = "22222222-2222-2222-2222-222222222222";
const RULES: &str = "
version: 1
dns: { zones: [{ subscription: 11111111-1111-1111-1111-111111111111, resource_group: RG }] }
rules:
  - { id: apps, effect: approve, target: { group_ids: vault }, requester: { resource_group: rg } }
";

fn id(subscription: &str, type_and_name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/rg/providers/{type_and_name}")
}

fn vault() -> String {
    id(TARGETS, "Microsoft.KeyVault/vaults/kv")
}

fn pe(name: &str) -> String {
    id(APPLICATIONS, &format!("Microsoft.Network/privateEndpoints/{name}"))
}

fn zone() -> String {
    id(TARGETS, "Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net")
}

fn page(rows: &[Value]) -> ScriptedAnswer {
    (200, Vec::new(), json!({ "data": rows, "resultTruncated": "false" }).to_string())
}

fn subscriptions() -> ScriptedAnswer {
    let all = [TARGETS, APPLICATIONS].map(|guid| json!({ "subscriptionId": guid, "tenantId": "t" }));
    (200, Vec::new(), json!({ "value": all }).to_string())
}

fn refused() -> ScriptedAnswer {
    (400, Vec::new(), json!({ "error": { "code": "BadRequest", "message": "said so" } }).to_string())
}

/// An endpoint to the vault as its row is, with one name.
fn endpoint(name: &str, status: &str) -> Value {
    let request = json!({ "properties": {
        "privateLinkServiceId": vault(), "groupIds": ["vault"],
        "privateLinkServiceConnectionState": { "status": status },
    }});
    json!({
        "id": pe(name), "location": "westeurope", "targetLocation": "eastus", "provisioningState": "Succeeded",
        "privateLinkServiceConnections": [], "manualPrivateLinkServiceConnections": [request],
        "subnet": { "id": id(APPLICATIONS, "Microsoft.Network/virtualNetworks/vnet/subnets/pe") },
        "networkInterfaces": null,
        "customDnsConfigs": [{ "fqdn": "kv.vault.azure.net", "ipAddresses": ["10.0.0.4"] }],
    })
}

fn zone_rows() -> Vec<Value> {
    let network = id(APPLICATIONS, "Microsoft.Network/virtualNetworks/vnet");
    vec![
        json!({ "id": zone(), "network": "" }),
        json!({ "id": format!("{}/virtualNetworkLinks/l", zone()), "network": network }),
    ]
}

fn record(name: &str, owner: &str) -> Value {
    let metadata = json!({ "managedBy": "portreeve", "privateEndpoint": owner });
    json!({
        "id": format!("{}/A/{name}", zone()), "type": "microsoft.network/privatednszones/a",
        "aRecords": [{ "ipv4Address": "10.0.0.4" }], "aaaaRecords": null, "metadata": metadata,
    })
}

/// A connection of the vault as its row is.
fn connection(name: &str, endpoint: &str, status: &str) -> Value {
    let id = format!("{}/privateEndpointConnections/{name}", vault());
    json!({ "id": vault(), "location": "eastus", "connectionId": id, "connection": { "id": id, "properties": {
        "privateEndpoint": { "id": endpoint },
        "privateLinkServiceConnectionState": { "status": status, "description": "please" },
    }}})
}

async fn surveyed(answers: Vec<ScriptedAnswer>) -> (Result<Findings, AzureError>, std::sync::Arc<ScriptedHttp>) {
    let (azure, http) = azure(answers);
    (azure.survey(&in_force(RULES), &Story::new("story")).await, http)
}

fn names(subjects: &BTreeSet<Subject>) -> Vec<&str> {
    subjects.iter().map(|subject| subject.id().name()).collect()
}

#[tokio::test]
async fn rows_become_facts() {
    let managed = id("92b2afd7-e3db-4660-90c5-0da4aebf53d4", "Microsoft.Network/privateEndpoints/managed");
    let unknown = json!({ "id": id(TARGETS, "Contoso.Widgets/widgets/w"), "location": "West Europe", "connection": {
        "id": id(TARGETS, "Contoso.Widgets/widgets/w/privateEndpointConnections/c"),
        "properties": {
            "privateEndpoint": { "id": managed }, "privateLinkServiceConnectionState": { "status": "Pending" },
        },
    }});
    let mut strange = connection("other", &managed, "Pending");
    strange["connection"]["id"] = json!(id(TARGETS, "Microsoft.KeyVault/vaults/victim/privateEndpointConnections/c"));
    let rows = [connection("c", &managed, "Pending"), unknown, strange];
    let records = [record("kv", &pe("one")), json!({ "id": format!("{}/A/empty", zone()), "type": "x/a" })];
    let script =
        vec![subscriptions(), page(&[endpoint("one", "Approved")]), page(&rows), page(&zone_rows()), page(&records)];
    let (azure, http) = azure(script);
    let listing = azure.list(&in_force(RULES), &Story::new("story"), Which::NotSettled).await.unwrap();
    assert_eq!(listing.subscriptions.keys().collect::<Vec<_>>(), [TARGETS, APPLICATIONS]);
    let [one] = &listing.endpoints[..] else { panic!("{:?}", listing.endpoints) };
    assert_eq!((one.id.as_str(), one.requests[0].status.as_str()), (pe("one").as_str(), "Approved"));
    assert_eq!((one.names[0].fqdn.as_str(), one.addresses().len()), ("kv.vault.azure.net", 1));
    assert_eq!(one.virtual_network.as_ref().map(|network| network.name().to_owned()), Some("vnet".to_owned()));
    let regions: Vec<&str> = listing.target_locations.values().map(String::as_str).collect();
    assert_eq!(regions, ["westeurope", "eastus"]);
    let seen = listing.connections.iter().map(|seen| (seen.target.name(), seen.endpoint.name(), &seen.status));
    let pending = &ConnectionStatus::Pending;
    assert_eq!(seen.collect::<Vec<_>>(), [("kv", "managed", pending), ("w", "managed", pending)]);
    assert_eq!((listing.zones.len(), listing.zones[0].linked_networks.len()), (1, 1));
    assert_eq!(listing.records.iter().map(|(at, _)| at.name.as_str()).collect::<Vec<_>>(), ["kv"]);
    assert!(listing.are_records_whole);
    assert_eq!(http.requests().len(), 5);
}

#[tokio::test]
async fn what_is_listed_is_judged() {
    let script = vec![
        subscriptions(),
        page(&[endpoint("one", "Approved"), endpoint("waits", "Pending")]),
        page(&[]),
        page(&zone_rows()),
        page(&[record("gone", &pe("gone"))]),
    ];
    let found = surveyed(script).await.0.unwrap();
    assert_eq!((names(&found.pending), names(&found.records)), (vec!["waits"], vec!["one"]));
    assert_eq!(names(&found.orphans), ["gone"]);
}

/// Neither an endpoint nor a record counts as missing where it could not have been listed, and the rest is found.
#[tokio::test]
async fn nothing_is_missed_in_a_subscription_that_is_left_out() {
    let without_endpoints = vec![
        subscriptions(),
        refused(),
        page(&[]),
        refused(),
        page(&[connection("c", &pe("waits"), "Pending")]),
        page(&zone_rows()),
        page(&[record("gone", &pe("gone"))]),
    ];
    let found = surveyed(without_endpoints).await.0.unwrap();
    assert_eq!((found.orphans.len(), names(&found.undone())), (0, vec!["kv"]));

    let without_records = vec![
        subscriptions(),
        page(&[endpoint("one", "Approved"), endpoint("waits", "Pending")]),
        page(&[]),
        page(&zone_rows()),
        refused(),
    ];
    let found = surveyed(without_records).await.0.unwrap();
    assert_eq!(names(&found.undone()), ["waits"]);
}

/// Where zones are made, a group that is not ours to read would make every endpoint look as if it needed one.
#[tokio::test]
async fn a_group_that_cannot_be_read_is_not_taken_for_empty() {
    let rules = RULES.replace("dns: {", "dns: { create_missing_zones: true,");
    let forbidden = (403, Vec::new(), json!({ "error": { "code": "AuthorizationFailed" } }).to_string());
    let no_zones = (200, Vec::new(), json!({ "value": [] }).to_string());
    for (answer, found) in [(forbidden, vec![]), (no_zones, vec!["one"])] {
        let script =
            vec![subscriptions(), page(&[endpoint("one", "Approved")]), page(&[]), page(&[]), page(&[]), answer];
        let (azure, _) = azure(script);
        let findings = azure.survey(&in_force(&rules), &Story::new("story")).await.unwrap();
        assert_eq!(names(&findings.records), found);
    }
}

#[tokio::test]
async fn zones_of_a_subscription_that_is_not_ours_to_see_are_not_asked_for() {
    let only = json!({ "value": [{ "subscriptionId": APPLICATIONS }] }).to_string();
    let script = vec![(200, Vec::new(), only), page(&[endpoint("waits", "Pending")]), page(&[])];
    let (found, http) = surveyed(script).await;
    assert_eq!((names(&found.unwrap().undone()), http.requests().len()), (vec!["waits"], 3));
}

#[tokio::test]
async fn without_an_allowlist_nothing_is_asked() {
    let (azure, http) = azure(Vec::new());
    let found = azure.survey(&InForce::Nothing("none".to_owned()), &Story::new("story")).await.unwrap();
    assert_eq!((found.queue().len(), http.requests().len()), (0, 0));
}
