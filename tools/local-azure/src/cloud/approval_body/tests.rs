//! Each rule with bodies that it lets pass and bodies that it refuses.

use serde_json::{Value, json};

use super::ApprovalBody;

fn observed() -> Value {
    json!({
        "id": "/subscriptions/s/c",
        "name": "c",
        "properties": {
            "groupIds": ["g"],
            "provisioningState": "Succeeded",
            "privateLinkServiceConnectionState": { "status": "Pending", "description": "please" },
        },
    })
}

fn state(description: &str) -> Value {
    json!({ "status": "Approved", "description": description })
}

fn minimal() -> Value {
    json!({ "properties": { "privateLinkServiceConnectionState": state("yes") } })
}

/// The minimal body with a member more at the top, or in the properties.
fn with(pointer: &str, name: &str, value: Value) -> Value {
    let mut body = minimal();
    body.pointer_mut(pointer).expect("an object")[name] = value;
    body
}

#[test]
fn each_rule_refuses_what_it_is_about() {
    let same_id = with("", "id", json!("/Subscriptions/S/C"));
    let mut with_name = same_id.clone();
    with_name["name"] = json!("c");
    let with_endpoint = with("/properties", "privateEndpoint", json!({ "id": "e" }));
    let mut id_and_endpoint = with_endpoint.clone();
    id_and_endpoint["id"] = json!("/subscriptions/s/c");
    let with_groups = with("/properties", "groupIds", json!(["g"]));
    let kept = json!({ "properties": { "privateLinkServiceConnectionState": state("please") } });
    let table = [
        (ApprovalBody::Any, observed(), ""),
        (ApprovalBody::Any, minimal(), ""),
        (ApprovalBody::IdAndState, same_id.clone(), ""),
        (ApprovalBody::IdAndState, minimal(), "InvalidRequestContent"),
        (ApprovalBody::IdAndState, with("", "id", json!("/other")), "InvalidRequestContent"),
        (ApprovalBody::IdAndState, id_and_endpoint, "InvalidRequestContent"),
        (ApprovalBody::IdNameAndState, with_name, ""),
        (ApprovalBody::IdNameAndState, same_id, "InvalidRequestContent"),
        (ApprovalBody::StateAndEndpoint, with_endpoint, ""),
        (ApprovalBody::StateAndEndpoint, minimal(), ""),
        (ApprovalBody::StateAndEndpoint, observed(), "InvalidRequestContent"),
        (ApprovalBody::WritableOnly, minimal(), ""),
        (ApprovalBody::WritableOnly, observed(), "InvalidResource"),
        (ApprovalBody::GroupIds, with_groups, ""),
        (ApprovalBody::GroupIds, minimal(), "InvalidRequestContent"),
        (ApprovalBody::GroupIds, with("/properties", "groupIds", json!(["h"])), "InvalidRequestContent"),
        (ApprovalBody::FixedDescription, kept, ""),
        (ApprovalBody::FixedDescription, minimal(), "InvalidRequestContent"),
    ];
    for (rule, body, code) in table {
        let refusal = rule.check(body.as_object().expect("an object"), &observed()).err();
        assert_eq!(refusal.map(|error| error.code).unwrap_or_default(), code, "{rule:?} {body}");
    }
}
