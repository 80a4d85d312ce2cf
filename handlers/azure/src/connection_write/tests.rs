use portreeve_decisions::catalogue::Catalogue;
use portreeve_decisions::resource_id::ResourceId;

use super::*;

const TARGET: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers";
const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe";

fn with_write<T>(resource_type: &str, check: impl FnOnce(StateWrite<'_>) -> T) -> T {
    let connection = format!("{TARGET}/{resource_type}/it/privateEndpointConnections/c");
    let write = ConnectionWrite {
        connection: ResourceId::parse(&connection).unwrap(),
        endpoint: ResourceId::parse(ENDPOINT).unwrap(),
        description: "Approved by Portreeve, rule r".to_owned(),
    };
    let row = Catalogue::known().named(resource_type).unwrap();
    check(StateWrite { write: &write, status: &ConnectionStatus::Approved, row })
}

fn state() -> Value {
    json!({ "status": "Approved", "description": "Approved by Portreeve, rule r" })
}

#[test]
fn the_smallest_body_names_the_endpoint_unless_its_type_refuses_that() {
    let usual = json!({ "properties": {
        "privateEndpoint": { "id": ENDPOINT }, "privateLinkServiceConnectionState": state(),
    }});
    for resource_type in ["Microsoft.KeyVault/vaults", "Microsoft.Sql/servers", "Microsoft.DataFactory/factories"] {
        with_write(resource_type, |write| {
            assert_eq!(write.smallest(), usual, "{resource_type}");
            assert_eq!(write.method(), Method::Put);
        });
    }
    with_write("Microsoft.Network/privateLinkServices", |write| {
        let mut body = usual.clone();
        body["id"] = json!(write.write.connection);
        body["name"] = json!("c");
        assert_eq!(write.smallest(), body);
    });
    with_write("Microsoft.ApiManagement/service", |write| {
        let properties = json!({ "privateLinkServiceConnectionState": state() });
        assert_eq!(write.smallest(), json!({ "id": write.write.connection, "properties": properties }));
    });
    with_write("Microsoft.Batch/batchAccounts", |write| {
        assert_eq!(write.smallest(), json!({ "properties": { "privateLinkServiceConnectionState": state() } }));
        assert_eq!(write.method(), Method::Patch);
    });
    with_write("Microsoft.NotificationHubs/namespaces", |write| {
        let state = &write.smallest()["properties"]["privateLinkServiceConnectionState"];
        assert_eq!(*state, json!({ "status": "Approved" }));
    });
}

/// What a provider shows, with everything that any of them adds.
fn observed() -> Value {
    json!({
        "id": "…", "name": "c", "type": "…", "etag": "e", "systemData": {}, "location": "westeurope",
        "properties": {
            "groupIds": ["vault"],
            "groupId": "Sql",
            "provisioningState": "Succeeded",
            "linkIdentifier": "1",
            "privateEndpoint": { "id": ENDPOINT, "location": "westeurope", "properties": {} },
            "privateLinkServiceConnectionState": {
                "status": "Pending", "description": "please", "actionsRequired": "None",
            },
        },
    })
}

#[test]
fn the_fuller_body_is_the_observed_one_without_what_is_read_only() {
    let endpoint = json!({ "id": ENDPOINT });
    let mut state = state();
    state["actionsRequired"] = json!("None");
    with_write("Microsoft.KeyVault/vaults", |write| {
        let properties = json!({
            "linkIdentifier": "1", "privateEndpoint": endpoint, "privateLinkServiceConnectionState": state,
        });
        assert_eq!(write.fuller(observed()), json!({ "etag": "e", "properties": properties }));
    });
    with_write("Microsoft.RecoveryServices/vaults", |write| {
        let body = write.fuller(observed());
        assert_eq!(body["properties"]["groupIds"], json!(["vault"]));
        assert_eq!(body["properties"].get("groupId"), None);
        assert_eq!(body["properties"].get("provisioningState"), None);
    });
    with_write("Microsoft.DocumentDB/databaseAccounts", |write| {
        let body = write.fuller(observed());
        assert_eq!(body["properties"]["groupId"], "Sql");
        assert_eq!(body["properties"].get("groupIds"), None);
    });
    with_write("Microsoft.AppConfiguration/configurationStores", |write| {
        let body = write.fuller(observed());
        assert_eq!(body["properties"]["privateLinkServiceConnectionState"], super::tests::state());
    });
    with_write("Microsoft.NotificationHubs/namespaces", |write| {
        let body = write.fuller(observed());
        let state = &body["properties"]["privateLinkServiceConnectionState"];
        assert_eq!(*state, json!({ "status": "Approved", "actionsRequired": "None" }));
    });
}

#[test]
fn a_body_that_is_none_still_becomes_one() {
    with_write("Microsoft.KeyVault/vaults", |write| {
        for odd in [json!({}), json!({ "properties": null }), json!({ "properties": { "privateEndpoint": 7 } })] {
            assert_eq!(write.fuller(odd.clone()), write.smallest(), "{odd}");
        }
    });
}

#[test]
fn a_body_of_another_shape_adds_nothing_and_is_no_panic() {
    for observed in [json!([]), json!({ "properties": [] }), json!("x"), Value::Null] {
        with_write("Microsoft.Storage/storageAccounts", |write| {
            let state = &write.fuller(observed.clone())["properties"]["privateLinkServiceConnectionState"];
            assert_eq!(*state, self::state(), "{observed}");
        });
    }
}
