//! The value of an Event Grid trigger.
//! Source: `EventGridExtensionConfigProvider` of Azure/azure-sdk-for-net, extension 3.x.

use serde_json::Value;

use super::{binding_data::BindingData, call::Call, function_json::Cardinality, host_value::HostValue, json_dates};

/// The calls that one delivery causes.
///
/// With cardinality one each event is a call with an object; with many the delivery is one call, and its array
/// becomes text in a string because it is not an object.
#[must_use]
pub fn calls(binding_name: &str, cardinality: Cardinality, mut events: Vec<Value>) -> Vec<Call> {
    events.iter_mut().for_each(json_dates::rewrite);
    match cardinality {
        Cardinality::One => events.into_iter().map(|event| single(binding_name, event)).collect(),
        Cardinality::Many => vec![Call {
            binding_name: binding_name.to_owned(),
            value: HostValue::Json(Value::Array(events)),
            binding_data: BindingData::default(),
        }],
    }
}

fn single(binding_name: &str, event: Value) -> Call {
    let mut binding_data = BindingData::default();
    binding_data.set_some("data", event.get("data").filter(|data| !data.is_null()).cloned());
    Call { binding_name: binding_name.to_owned(), value: HostValue::Json(event), binding_data }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;

    fn body(cardinality: Cardinality, events: Vec<Value>) -> Vec<Value> {
        let calls = calls("event", cardinality, events);
        calls.into_iter().map(|call| call.body("F", OffsetDateTime::UNIX_EPOCH)).collect()
    }

    #[test]
    fn each_event_is_a_call_with_an_object() {
        let bodies = body(Cardinality::One, vec![json!({"id": "1", "data": {"a": 1}}), json!({"id": "2"})]);
        assert_eq!(bodies.len(), 2);
        assert_eq!(bodies[0]["Data"], json!({"event": {"id": "1", "data": {"a": 1}}}));
        assert_eq!(bodies[0]["Metadata"]["data"], json!({"a": 1}));
        assert_eq!(bodies[0]["Metadata"]["sys"]["MethodName"], "F");
        assert!(bodies[1]["Metadata"].get("data").is_none());
    }

    #[test]
    fn many_events_are_one_call_with_text() {
        let bodies = body(Cardinality::Many, vec![json!({"id": "1"}), json!({"id": "2"})]);
        assert_eq!(bodies.len(), 1);
        assert_eq!(bodies[0]["Data"], json!({"event": r#"[{"id":"1"},{"id":"2"}]"#}));
    }
}
