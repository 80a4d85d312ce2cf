//! What a Service Bus output binding makes of a handler's output. The body is all that an output can set.
//! Sources: `FunctionBinding` and `HttpScriptInvocationResult` handling of Azure/azure-functions-host.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::service_bus::NewMessage;

/// The messages of one output:
///
/// | Output | Messages |
/// |---|---|
/// | null | none |
/// | an array | one for each element; strings exactly as they are |
/// | a string that is valid base64 | one with the text `System.Byte[]`, the name of the type it was decoded to |
/// | a string with JSON, or an object | one, written again with indentation |
/// | another string | one, as it is |
#[must_use]
pub fn messages(output: &Value) -> Vec<NewMessage> {
    let bodies = match output {
        Value::Null => Vec::new(),
        Value::Array(elements) => elements.iter().map(element).collect(),
        Value::String(text) => vec![single(text)],
        other => vec![indented(other)],
    };
    bodies.into_iter().map(message).collect()
}

fn element(element: &Value) -> String {
    match element {
        Value::String(text) => text.clone(),
        other => indented(other),
    }
}

fn single(text: &str) -> String {
    if STANDARD.decode(text).is_ok() {
        return "System.Byte[]".to_owned();
    }
    match serde_json::from_str(text) {
        Ok(json @ (Value::Object(_) | Value::Array(_))) => indented(&json),
        _ => text.to_owned(),
    }
}

fn indented(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a JSON value can always be written")
}

fn message(body: String) -> NewMessage {
    NewMessage { body: body.into(), content_type: Some("text/plain".to_owned()), ..NewMessage::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn outputs_become_the_bodies_that_the_host_makes() {
        for (output, expected) in [
            (json!(null), vec![]),
            (json!(["{\"a\":1}", {"b": 2}]), vec!["{\"a\":1}", "{\n  \"b\": 2\n}"]),
            (json!("{\"a\":1}"), vec!["{\n  \"a\": 1\n}"]),
            (json!({"a": 1}), vec!["{\n  \"a\": 1\n}"]),
            (json!("plain text"), vec!["plain text"]),
            (json!("test"), vec!["System.Byte[]"]),
        ] {
            let bodies: Vec<_> = messages(&output).into_iter().map(|message| message.body).collect();
            assert_eq!(bodies, expected, "{output}");
        }
    }
}
