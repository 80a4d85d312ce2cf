use azure_core::http::Body;

use super::*;
use crate::scripted::arm;

#[tokio::test]
async fn a_record_set_is_written_with_its_owner_and_its_time_to_live() {
    let group = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network";
    let id = |name: &str| ResourceId::parse(&format!("{group}/{name}")).unwrap();
    let (arm, http, _) = arm(vec![(201, Vec::new(), "{}".to_owned())]);
    let record_set = RecordSetRef { zone: id("privateDnsZones/z.example"), name: "a.b".to_owned() };
    let owner = id("privateEndpoints/PE");
    let addresses = [Ipv4Addr::new(10, 0, 0, 4)];
    arm.write_record_set(&record_set, &addresses, &owner, 300, Condition::Absent).await.unwrap();
    let request = &http.requests()[0];
    assert!(request.url().path().ends_with("/privateDnsZones/z.example/A/a.b"));
    let Body::Bytes(body) = request.body() else { panic!("no bytes") };
    let expected = json!({ "properties": {
        "ttl": 300,
        "metadata": { "managedBy": "portreeve", "privateEndpoint": owner.key() },
        "aRecords": [{ "ipv4Address": "10.0.0.4" }],
    }});
    assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), expected);
}
