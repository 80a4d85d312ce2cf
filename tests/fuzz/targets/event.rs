//! Any body of an event: reading it never fails, and what it wakes is named by the body and of a kind that is known.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portreeve_decisions::catalogue::Catalogue;
use portreeve_decisions::event::{Reading, Subject, parse};
use portreeve_decisions::resource_id::ResourceId;
use serde_json::Value;

/// Where a schema may put the resource's id.
const PLACES: [&str; 3] = ["/subject", "/data/resourceUri", "/data/resourceInfo/id"];
/// What stands below a target whose connections an event is about.
const CONNECTIONS: [&str; 2] = ["/privateendpointconnections/", "/privateendpointconnectionproxies/"];

fuzz_target!(|body: &[u8]| {
    let Ok(event) = serde_json::from_slice::<Value>(body) else { return };
    let reading = parse(&event, Catalogue::known());
    assert_eq!(reading, parse(&event, Catalogue::known()));
    match reading {
        Reading::Wake(subject) => check(&event, &subject),
        Reading::Ignored(reason) => assert!(!reason.chars().any(char::is_control), "{reason:?}"),
    }
});

fn check(event: &Value, subject: &Subject) {
    let id = subject.id();
    assert_eq!(ResourceId::parse(id.as_str()).as_ref(), Ok(id));
    let named =
        PLACES.iter().filter_map(|place| event.pointer(place)?.as_str()).find(|text| text.starts_with(id.as_str()));
    let named = named.unwrap_or_else(|| panic!("{id} is not named by {event}"));
    let below = named[id.as_str().len()..].to_ascii_lowercase();
    let is_known = match subject {
        Subject::Endpoint(id) => id.is_type("Microsoft.Network/privateEndpoints"),
        Subject::NetworkInterface(id) => id.is_type("Microsoft.Network/networkInterfaces"),
        Subject::Target(id) => {
            CONNECTIONS.iter().any(|word| below.starts_with(word)) || Catalogue::known().target_type(id).is_some()
        }
    };
    assert!(is_known, "{subject:?} of {event}");
}
