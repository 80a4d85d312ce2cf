//! Binding data: what a trigger tells about its value, and what a JSON value overwrites in it.
//! Sources: `Utility.ApplyBindingData` and `ToHttpScriptInvocationContext` of Azure/azure-functions-host.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{host_value::HostValue, json_dates};

/// Entries by name, compared without case; the spelling of the first one stays.
#[derive(Clone, Debug, Default)]
pub struct BindingData {
    entries: BTreeMap<String, (String, HostValue)>,
}

impl BindingData {
    /// Sets an entry, or overwrites the one with that name.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.set_value(name, HostValue::Json(value.into()));
    }

    /// Sets an entry that is no plain JSON.
    pub fn set_value(&mut self, name: &str, value: HostValue) {
        let entry = self.entries.entry(name.to_lowercase());
        entry.and_modify(|entry| entry.1 = value.clone()).or_insert_with(|| (name.to_owned(), value));
    }

    /// Sets an entry that may be absent, as .NET's null is.
    pub fn set_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// Copies the top-level properties of a trigger value that is the text of a JSON object. They shadow entries of
    /// the same name, whatever the broker said. Arrays and nulls are left out.
    pub fn shadow(&mut self, trigger_value: &str) {
        let Ok(Value::Object(properties)) = serde_json::from_str(trigger_value) else { return };
        for (name, value) in properties {
            match value {
                Value::Array(_) | Value::Null => {}
                object @ Value::Object(_) => self.set(&name, object),
                scalar => self.set(&name, as_text(&scalar)),
            }
        }
    }

    /// The call's `Metadata`. Entries whose name ends in "trigger" are left out: they would repeat the value.
    #[must_use]
    pub fn into_metadata(self) -> Map<String, Value> {
        let entries = self.entries.into_iter().filter(|(key, _)| !key.ends_with("trigger"));
        entries.map(|(_, (name, value))| (name, value.encode())).collect()
    }
}

/// A scalar as .NET converts it to a string.
fn as_text(scalar: &Value) -> String {
    match scalar {
        Value::String(text) => json_dates::invariant_culture(text).unwrap_or_else(|| text.clone()),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn properties_of_the_value_shadow_what_the_broker_said() {
        let mut data = BindingData::default();
        data.set("MessageId", "from-the-broker");
        data.set("DeliveryCount", 1);
        data.set("Client", json!({}));
        data.shadow(r#"{"messageid":"forged","Client":{"x":1},"DeliveryCount":7,"list":[1],"none":null,"ok":true}"#);
        let expected = json!({
            "MessageId": "\"forged\"",
            "Client": {"x": 1},
            "DeliveryCount": "\"7\"",
            "ok": "\"True\"",
        });
        assert_eq!(Value::Object(data.into_metadata()), expected);
    }

    #[test]
    fn a_value_that_is_no_json_object_shadows_nothing() {
        for text in ["", "plain", "[1]", "\"text\"", "{"] {
            let mut data = BindingData::default();
            data.shadow(text);
            assert!(data.into_metadata().is_empty(), "{text}");
        }
    }

    #[test]
    fn names_that_end_in_trigger_are_dropped() {
        let mut data = BindingData::default();
        data.set("TimerTrigger", json!({}));
        data.set("eventgridtrigger", "x");
        data.set("triggered", 1);
        assert_eq!(Value::Object(data.into_metadata()), json!({"triggered": "1"}));
    }
}
