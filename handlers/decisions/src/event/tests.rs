use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/privateEndpoints/pe-app-blob";
const INTERFACE: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg-app/providers/Microsoft.Network/networkInterfaces/pe-app-blob.nic.3f0a4c0e-5d0a-4f5e-8f0d-0c7a5b1d9e11";
const TARGET: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/stdataprod001";

const WRITE: &str = "Microsoft.Resources.ResourceWriteSuccess";
const ACTION: &str = "Microsoft.Resources.ResourceActionSuccess";
const DELETE: &str = "Microsoft.Resources.ResourceDeleteSuccess";
const NOTIFIED: &str = "Microsoft.ResourceNotifications.Resources.CreatedOrUpdated";
const NOTIFIED_DELETED: &str = "Microsoft.ResourceNotifications.Resources.Deleted";

/// What an event comes to, in one line.
fn read(event: &Value) -> String {
    match parse(event, Catalogue::known()) {
        Reading::Wake(Subject::Endpoint(id)) => format!("endpoint {id}"),
        Reading::Wake(Subject::Target(id)) => format!("target {id}"),
        Reading::Wake(Subject::NetworkInterface(id)) => format!("interface {id}"),
        Reading::Ignored(reason) => format!("ignored: {reason}"),
    }
}

fn event(event_type: &str, subject: &str) -> Value {
    json!({ "eventType": event_type, "subject": subject })
}

/// An Event Grid delivery is an array, and ours hold one event each.
fn sample(text: &str) -> Value {
    match serde_json::from_str(text).unwrap() {
        Value::Array(mut events) => {
            assert_eq!(events.len(), 1);
            events.remove(0)
        }
        event => event,
    }
}

#[test]
fn every_sample_is_understood() {
    let target = format!("target {TARGET}");
    let endpoint = format!("endpoint {ENDPOINT}");
    let validation =
        "ignored: events of type `Microsoft.EventGrid.SubscriptionValidationEvent` tell nothing of connections";
    let samples = [
        (include_str!("samples/arn-privateEndpoint-createdOrUpdated.cloudevents.json"), endpoint.as_str()),
        (include_str!("samples/arn-privateEndpoint-createdOrUpdated.eventgrid.json"), &endpoint),
        (include_str!("samples/arn-privateEndpoint-deleted.eventgrid.json"), &endpoint),
        (include_str!("samples/consumer-networkInterface-write.eventgrid.json"), &format!("interface {INTERFACE}")),
        (include_str!("samples/consumer-privateEndpoint-delete.eventgrid.json"), &endpoint),
        (include_str!("samples/consumer-privateEndpoint-write.eventgrid.json"), &endpoint),
        (include_str!("samples/eventgrid-subscription-validation.json"), validation),
        (include_str!("samples/target-connection-write-approved.cloudevents.json"), &target),
        (include_str!("samples/target-proxy-delete.eventgrid.json"), &target),
        (include_str!("samples/target-proxy-validate-action.eventgrid.json"), &target),
        (include_str!("samples/target-proxy-write-managed-synapse.eventgrid.json"), &target),
        (include_str!("samples/target-proxy-write.cloudevents.json"), &target),
        (include_str!("samples/target-proxy-write.eventgrid.json"), &target),
    ];
    for (text, expected) in samples {
        assert_eq!(read(&sample(text)), expected, "{text}");
    }
}

#[test]
fn each_resource_wakes_its_side_of_the_connection() {
    let zone_group = format!("{ENDPOINT}/privateDnsZoneGroups/default");
    let connection = format!("{TARGET}/privateEndpointConnections/c");
    let proxy = format!("{TARGET}/privateEndpointConnectionProxies/p");
    let below = format!("{connection}/anything/x");
    let unknown_type = TARGET.replace("storageAccounts", "somethingNew");
    let endpoint = format!("endpoint {ENDPOINT}");
    let target = format!("target {TARGET}");
    let cases = [
        (WRITE, ENDPOINT, endpoint.as_str()),
        (ACTION, ENDPOINT, &endpoint),
        (DELETE, ENDPOINT, &endpoint),
        (WRITE, &zone_group, &endpoint),
        (DELETE, &zone_group, &endpoint),
        (WRITE, INTERFACE, &format!("interface {INTERFACE}")),
        (NOTIFIED, INTERFACE, &format!("interface {INTERFACE}")),
        (WRITE, &connection, &target),
        (ACTION, &connection, &target),
        (DELETE, &connection, &target),
        (WRITE, &proxy, &target),
        (WRITE, &below, &target),
        (WRITE, &format!("{unknown_type}/privateEndpointConnections/c"), &format!("target {unknown_type}")),
        (NOTIFIED, TARGET, &target),
        (NOTIFIED_DELETED, TARGET, &target),
    ];
    for (event_type, subject, expected) in cases {
        assert_eq!(read(&event(event_type, subject)), expected, "{event_type} {subject}");
    }
}

#[test]
fn everything_else_is_ignored_with_the_reason() {
    let cases = [
        (WRITE, TARGET, "operations on `Microsoft.Storage/storageAccounts` tell nothing of connections"),
        (
            NOTIFIED,
            &TARGET.replace("storageAccounts", "somethingNew"),
            "operations on `Microsoft.Storage/somethingNew` tell nothing of connections",
        ),
        (
            WRITE,
            &format!("{ENDPOINT}/privateLinkServiceProxies/x"),
            "operations on `Microsoft.Network/privateEndpoints/privateLinkServiceProxies` tell nothing of connections",
        ),
        (
            WRITE,
            &ENDPOINT.replace("privateEndpoints", "privateEndpointsOfMine"),
            "operations on `Microsoft.Network/privateEndpointsOfMine` tell nothing of connections",
        ),
        (
            DELETE,
            INTERFACE,
            "a deleted network interface can no longer tell its endpoint; the endpoint's own event does",
        ),
        (
            NOTIFIED_DELETED,
            INTERFACE,
            "a deleted network interface can no longer tell its endpoint; the endpoint's own event does",
        ),
        (
            "Microsoft.Resources.ResourceWriteFailure",
            ENDPOINT,
            "events of type `Microsoft.Resources.ResourceWriteFailure` tell nothing of connections",
        ),
        (
            "Microsoft.Storage.BlobCreated\u{1b}[2J",
            ENDPOINT,
            "events of type `Microsoft.Storage.BlobCreated\\u{1b}[2J` tell nothing of connections",
        ),
        (WRITE, "", "`` is not a resource id: it does not start with `/subscriptions/`"),
    ];
    for (event_type, subject, expected) in cases {
        assert_eq!(read(&event(event_type, subject)), format!("ignored: {expected}"), "{event_type} {subject}");
    }
}

#[test]
fn letter_case_makes_no_difference() {
    for (event_type, subject) in [
        (WRITE, ENDPOINT.to_owned()),
        (DELETE, format!("{TARGET}/privateEndpointConnectionProxies/p")),
        (NOTIFIED, TARGET.to_owned()),
    ] {
        let expected = parse(&event(event_type, &subject), Catalogue::known());
        assert!(matches!(expected, Reading::Wake(_)));
        let shout = event(&event_type.to_ascii_uppercase(), &subject.to_ascii_uppercase());
        let whisper = event(&event_type.to_ascii_lowercase(), &subject.to_ascii_lowercase());
        assert_eq!(parse(&shout, Catalogue::known()), expected);
        assert_eq!(parse(&whisper, Catalogue::known()), expected);
    }
}

#[test]
fn the_id_is_found_wherever_the_schemas_put_it() {
    let endpoint = format!("endpoint {ENDPOINT}");
    let cases = [
        json!({ "type": WRITE, "specversion": "1.0", "subject": ENDPOINT }),
        json!({ "eventType": WRITE, "data": { "resourceUri": ENDPOINT } }),
        json!({ "eventType": NOTIFIED, "subject": null, "data": { "resourceInfo": { "id": ENDPOINT } } }),
        json!({ "eventType": WRITE, "subject": "no id", "data": { "resourceUri": ENDPOINT } }),
        json!({ "eventType": 12, "type": WRITE, "subject": ENDPOINT }),
    ];
    for event in cases {
        assert_eq!(read(&event), endpoint, "{event}");
    }
}

/// A forged event must not make us ask another host or another path, nor write control characters to a terminal.
#[test]
fn hostile_ids_are_ignored_and_shown_escaped() {
    let cases = [
        (format!("{ENDPOINT}/../x"), "segment that means another path"),
        (ENDPOINT.replace("rg-app", ".."), "segment that means another path"),
        (
            ENDPOINT.replace("rg-app", "rg%2Fapp"),
            "`/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg%2Fapp/",
        ),
        (ENDPOINT.replace("rg-app", "rg%2e%2e"), "character that no resource id has"),
        (ENDPOINT.replace("rg-app", "rg\u{1b}[2J\napp"), "rg\\u{1b}[2J\\napp"),
        (ENDPOINT.replace("rg-app", "rg\u{202e}"), "rg\\u{202e}"),
        (ENDPOINT.replace("rg-app", "rg\0"), "rg\\u{0}"),
        (format!("https://evil.example{ENDPOINT}"), "does not start with `/subscriptions/`"),
        (format!("//evil.example{ENDPOINT}"), "does not start with `/subscriptions/`"),
        (format!("@evil.example{ENDPOINT}"), "does not start with `/subscriptions/`"),
        (ENDPOINT.replace("rg-app", "evil.example:443"), "character that no resource id has"),
        (format!("{ENDPOINT}?api-version=1"), "character that no resource id has"),
        (format!("{ENDPOINT}/{}", "a/".repeat(5_000)), "longer than 2048 bytes"),
    ];
    for (subject, expected) in cases {
        let reading = read(&event(WRITE, &subject));
        assert!(reading.starts_with("ignored: "), "{subject:?} woke {reading}");
        assert!(reading.contains(expected), "{expected}: {reading}");
        assert!(!reading.contains(char::is_control) && reading.chars().count() < 400, "{reading:?}");
    }
}

#[test]
fn what_is_no_event_is_ignored() {
    let deep = (0..10_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let no_type = "ignored: it is neither an Event Grid event nor a CloudEvent: it has no eventType or type";
    let no_resource = "ignored: it names no resource";
    let cases = [
        (Value::Null, no_type),
        (json!([]), no_type),
        (json!("Microsoft.Resources.ResourceWriteSuccess"), no_type),
        (json!({ "eventType": null, "type": [WRITE], "subject": ENDPOINT }), no_type),
        (json!({ "eventType": WRITE }), no_resource),
        (json!({ "eventType": WRITE, "subject": { "id": ENDPOINT }, "data": [ENDPOINT] }), no_resource),
    ];
    for (event, expected) in cases {
        assert_eq!(read(&event), expected);
    }
    assert_eq!(read(&deep), no_type);
    let mut around = event(WRITE, ENDPOINT);
    around["data"] = deep;
    assert_eq!(read(&around), format!("endpoint {ENDPOINT}"));
}

/// Any JSON, with the keys and values of events likelier than chance would make them.
fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("eventType"),
        Just("type"),
        Just("subject"),
        Just("data"),
        Just("resourceUri"),
        Just("resourceInfo"),
        Just("id"),
        Just("x")
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        prop_oneof![Just(WRITE), Just(DELETE), Just(NOTIFIED)].prop_map(Value::from),
        any_id().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..6).prop_map(object),
        ]
    })
}

fn object(members: BTreeMap<&str, Value>) -> Value {
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Ids that look right, and some of which are not.
fn any_id() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-zA-Z0-9.-]{1,6}",
        2 => prop_oneof![Just("privateEndpoints"), Just("privateEndpointConnections"), Just("networkInterfaces")].prop_map(str::to_owned),
        1 => prop_oneof![Just(".."), Just(""), Just("%2e"), Just("a:b"), Just("a\nb")].prop_map(str::to_owned),
    ];
    let start = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network";
    prop::collection::vec(word, 1..6).prop_map(move |words| format!("{start}/{}", words.join("/")))
}

proptest! {
    #[test]
    fn any_json_is_read_without_panic_and_wakes_only_for_ids(
        event_type in prop_oneof![Just(WRITE), Just(DELETE), Just(NOTIFIED)], mut event in any_json(), subject in any_id()
    ) {
        for whole in [false, true] {
            if whole && event.is_object() {
                event["eventType"] = event_type.into();
                event["subject"] = subject.as_str().into();
            }
            if let Reading::Wake(subject) = parse(&event, Catalogue::known()) {
                let places = ["/subject", "/data/resourceUri", "/data/resourceInfo/id"];
                let ids = places.iter().filter_map(|place| ResourceId::parse(event.pointer(place)?.as_str()?).ok());
                let key = subject.id().key();
                prop_assert!(ids.into_iter().any(|id| id.key().starts_with(key)), "{} from {}", key, event);
                prop_assert!(ResourceId::parse(subject.id().as_str()).is_ok());
            }
        }
    }
}
