use azure_core::http::Body;

use super::*;
use crate::scripted::arm;

#[tokio::test]
async fn a_record_set_is_written_with_its_owner_and_its_time_to_live() {
    let group = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network";
    let id = |name: &str| ResourceId::parse(&format!("{group}/{name}")).unwrap();
    let owner = id("privateEndpoints/PE");
    let cases = [
        (RecordType::A, "10.0.0.4", "A", json!({ "aRecords": [{ "ipv4Address": "10.0.0.4" }] })),
        (RecordType::Aaaa, "fd00::4", "AAAA", json!({ "aaaaRecords": [{ "ipv6Address": "fd00::4" }] })),
    ];
    for (record_type, address, word, mut expected) in cases {
        let (arm, http, _) = arm(vec![(201, Vec::new(), "{}".to_owned())]);
        let record_set = RecordSetRef { zone: id("privateDnsZones/z.example"), record_type, name: "a.b".to_owned() };
        let addresses = [address.parse().unwrap()];
        arm.write_record_set(&record_set, &addresses, &owner, 300, Condition::Absent).await.unwrap();
        let request = &http.requests()[0];
        assert!(request.url().path().ends_with(&format!("/privateDnsZones/z.example/{word}/a.b")));
        let Body::Bytes(body) = request.body() else { panic!("no bytes") };
        expected["ttl"] = json!(300);
        expected["metadata"] = json!({ "managedBy": "portreeve", "privateEndpoint": owner.key() });
        assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), json!({ "properties": expected }));
    }
}

#[tokio::test]
async fn a_zones_address_records_of_both_types_are_listed_and_nothing_else() {
    let zone = ResourceId::parse("/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/z.example").unwrap();
    let set = |word: &str, name: &str, records: Value| {
        let kind = format!("Microsoft.Network/privateDnsZones/{word}");
        json!({ "name": name, "type": kind, "etag": "e", "properties": records })
    };
    let body = json!({ "value": [
        set("SOA", "@", json!({})),
        set("A", "a", json!({ "aRecords": [{ "ipv4Address": "10.0.0.4" }] })),
        set("aaaa", "a", json!({ "aaaaRecords": [{ "ipv6Address": "fd00::4" }] })),
        set("TXT", "a", json!({})),
        json!({ "name": "odd" }),
    ]});
    let (arm, http, _) = arm(vec![(200, Vec::new(), body.to_string())]);
    let records = arm.record_sets_in(&zone).await.unwrap();
    let top = http.requests()[0].url().query_pairs().find(|(name, _)| name == "$top").map(|(_, top)| top.into_owned());
    assert_eq!(top.as_deref(), Some("1000"));
    let shown: Vec<String> = records.iter().map(|(set, record)| format!("{set} {:?}", record.addresses)).collect();
    assert_eq!(shown, ["A a.z.example in rg [10.0.0.4]", "AAAA a.z.example in rg [fd00::4]"]);
}

#[tokio::test]
async fn a_record_set_that_is_gone_already_needs_no_delete() {
    let zone = ResourceId::parse(&listed_zone("z.example")).unwrap();
    let record_set = RecordSetRef { zone, record_type: RecordType::A, name: "a".to_owned() };
    let cases =
        [(204, "", None), (404, "NotFound", None), (412, "PreconditionFailed", Some(ErrorKind::PreconditionFailed))];
    for (status, code, expected) in cases {
        let (arm, ..) = arm(vec![(status, Vec::new(), json!({ "error": { "code": code } }).to_string())]);
        let deleted = arm.delete_record_set(&record_set, "e1").await;
        assert_eq!(deleted.err().map(|error| error.kind), expected, "{status}");
    }
}

fn scope() -> ZoneScope {
    ZoneScope {
        subscription: "22222222-2222-2222-2222-222222222222".to_owned(),
        resource_group: "rg".to_owned(),
        link: LinkRule::EndpointNetwork,
    }
}

fn listed_zone(name: &str) -> String {
    let ZoneScope { subscription, resource_group, .. } = scope();
    let group = format!("/subscriptions/{subscription}/resourceGroups/{resource_group}");
    format!("{group}/providers/Microsoft.Network/privateDnsZones/{name}")
}

#[tokio::test]
async fn a_zone_that_goes_while_zones_are_read_hides_no_other() {
    let zones = json!({ "value": [{ "id": listed_zone("gone.example") }, { "id": listed_zone("there.example") }] });
    let answer = |status: u16, code: &str| {
        let gone = json!({ "error": { "code": code } }).to_string();
        vec![
            (200, Vec::new(), zones.to_string()),
            (status, Vec::new(), gone),
            (200, Vec::new(), json!({ "value": [] }).to_string()),
        ]
    };
    for code in ["ParentResourceNotFound", "ResourceNotFound", "NotFound"] {
        let (arm, ..) = arm(answer(404, code));
        let found = arm.zones_in(&scope()).await.unwrap();
        assert_eq!(found.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>(), ["there.example"], "{code}");
    }
    let (arm, ..) = arm(answer(403, "AuthorizationFailed"));
    assert_eq!(arm.zones_in(&scope()).await.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_zone_is_new_if_we_made_it_and_nothing_is_in_it_yet() {
    let id = listed_zone;
    let zones = json!({ "value": [
        { "id": id("ours.example"), "tags": { "managedBy": "portreeve" }, "properties": { "numberOfRecordSets": 1 } },
        { "id": id("filled.example"), "tags": { "managedBy": "portreeve" }, "properties": { "numberOfRecordSets": 2 } },
        { "id": id("theirs.example"), "tags": { "managedBy": "somebody" }, "properties": { "numberOfRecordSets": 1 } },
        { "id": id("nobodys.example") },
    ]});
    let links = || (200, Vec::new(), json!({ "value": [] }).to_string());
    let (arm, ..) = arm(vec![(200, Vec::new(), zones.to_string()), links(), links(), links(), links()]);
    let found = arm.zones_in(&scope()).await.unwrap();
    let new: Vec<_> = found.iter().filter(|zone| zone.is_new).map(|zone| zone.name.as_str()).collect();
    assert_eq!((found.len(), new), (4, vec!["ours.example"]));
}
