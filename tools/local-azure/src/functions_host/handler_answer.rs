//! What the host makes of the handler's answer to a call.
//! Sources: `DefaultHttpWorkerService` and `HttpScriptInvocationResult` of Azure/azure-functions-host.

use serde_json::{Map, Value};

/// What an answer means.
#[derive(Debug, PartialEq)]
pub enum HandlerAnswer {
    /// The invocation succeeded.
    Succeeded(HandlerResult),
    /// The invocation failed, and why. Outputs and logs are lost.
    Failed(String),
    /// The host reads a result of null, forgets the invocation, and waits until it times out.
    NeverCompletes,
}

/// The answer's body.
#[derive(Debug, Default, PartialEq)]
pub struct HandlerResult {
    /// Values for output bindings, by their names.
    pub outputs: Map<String, Value>,
    /// Lines for the function's log.
    pub logs: Vec<String>,
    /// The value for the binding `$return`.
    pub return_value: Value,
}

/// Reads an answer.
///
/// | Answer | Means |
/// |---|---|
/// | a status outside 200 to 299 | failed |
/// | 204, no body, or `null` | never completes |
/// | a media type other than JSON, or JSON of another shape | failed |
/// | an object | succeeded |
#[must_use]
pub fn read(status: u16, content_type: Option<&str>, declared_empty: bool, body: &[u8]) -> HandlerAnswer {
    if !(200..300).contains(&status) {
        return HandlerAnswer::Failed(format!("the handler answered {status}"));
    }
    if status == 204 || declared_empty {
        return HandlerAnswer::NeverCompletes;
    }
    if !content_type.is_some_and(is_json) {
        return HandlerAnswer::Failed(format!("the handler answered with media type {content_type:?} instead of JSON"));
    }
    if body.trim_ascii().is_empty() {
        return HandlerAnswer::NeverCompletes;
    }
    match serde_json::from_slice(body) {
        Ok(Value::Null) => HandlerAnswer::NeverCompletes,
        Ok(Value::Object(properties)) => {
            result(&properties).map_or_else(HandlerAnswer::Failed, HandlerAnswer::Succeeded)
        }
        Ok(_) => HandlerAnswer::Failed("the handler answered with JSON that is not an object".to_owned()),
        Err(error) => HandlerAnswer::Failed(format!("the handler answered with bad JSON: {error}")),
    }
}

/// The media types of .NET's JSON formatter; `application/problem+json` is not one of them.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    ["application/json", "text/json"].iter().any(|json| json.eq_ignore_ascii_case(media_type))
}

fn result(properties: &Map<String, Value>) -> Result<HandlerResult, String> {
    let outputs = match property(properties, "Outputs") {
        Value::Null => Map::new(),
        Value::Object(outputs) => outputs,
        _ => return Err("Outputs is not an object".to_owned()),
    };
    let logs = match property(properties, "Logs") {
        Value::Null => Vec::new(),
        Value::Array(lines) => lines.into_iter().map(line).collect::<Result<_, _>>()?,
        _ => return Err("Logs is not an array".to_owned()),
    };
    Ok(HandlerResult { outputs, logs, return_value: property(properties, "ReturnValue") })
}

/// Newtonsoft.Json compares property names without case.
fn property(properties: &Map<String, Value>, name: &str) -> Value {
    properties.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map_or(Value::Null, |(_, value)| value.clone())
}

fn line(value: Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Array(_) | Value::Object(_) => Err("Logs has an element that is not a string".to_owned()),
        scalar => Ok(scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Option<&str> = Some("application/json; charset=utf-8");

    #[test]
    fn an_object_succeeds_in_any_letter_case() {
        let body = br#"{"outputs":{"q":["a"]},"LOGS":["one",2],"returnValue":3}"#;
        let HandlerAnswer::Succeeded(result) = read(200, JSON, false, body) else { panic!("it failed") };
        assert_eq!(result.logs, ["one", "2"]);
        assert_eq!(result.return_value, 3);
        assert_eq!(Value::Object(result.outputs), serde_json::json!({"q": ["a"]}));
        assert_eq!(read(202, Some("text/json"), false, b"{}"), HandlerAnswer::Succeeded(HandlerResult::default()));
    }

    #[test]
    fn nothing_and_null_hang() {
        for (status, content_type, declared_empty, body) in
            [(204, None, true, ""), (200, None, true, ""), (200, JSON, false, ""), (200, JSON, false, " null ")]
        {
            let answer = read(status, content_type, declared_empty, body.as_bytes());
            assert_eq!(answer, HandlerAnswer::NeverCompletes, "{status} {content_type:?} {body:?}");
        }
    }

    #[test]
    fn other_answers_fail() {
        for (status, content_type, body) in [
            (500, JSON, "{}"),
            (404, JSON, "{}"),
            (304, JSON, "{}"),
            (200, None, "{}"),
            (200, Some("text/plain"), "{}"),
            (200, Some("application/problem+json"), "{}"),
            (200, JSON, "{"),
            (200, JSON, "[]"),
            (200, JSON, r#"{"Logs":"one"}"#),
            (200, JSON, r#"{"Outputs":[]}"#),
        ] {
            let answer = read(status, content_type, false, body.as_bytes());
            assert!(matches!(answer, HandlerAnswer::Failed(_)), "{status} {content_type:?} {body}: {answer:?}");
        }
    }
}
