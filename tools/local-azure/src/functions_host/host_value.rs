//! How the host writes one value for a custom handler: .NET's types decide, not the JSON they hold.
//! Source: `ScriptInvocationContextExtensions.GetHttpScriptInvocationContextValue` of Azure/azure-functions-host.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use time::{OffsetDateTime, UtcOffset, format_description::BorrowedFormatItem, macros::format_description};

/// A value as the host holds it.
#[derive(Clone, Debug)]
pub enum HostValue {
    /// `byte[]`
    Bytes(Vec<u8>),
    /// `DateTime`
    DateTime(OffsetDateTime),
    /// `DateTimeOffset`
    DateTimeOffset(OffsetDateTime),
    /// Everything else: an object, a string, a number, a truth value or an array.
    Json(Value),
}

/// .NET writes a time to text and reads it again, which loses fractions of a second and the kind of a `DateTime`.
const DATE_TIME: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");

impl HostValue {
    /// The value in `Data` or `Metadata`:
    ///
    /// | .NET | JSON |
    /// |---|---|
    /// | `byte[]` | base64 in a string |
    /// | `DateTime`, `DateTimeOffset` | a string, whole seconds |
    /// | an object | an object |
    /// | a string, number, truth value or array | its JSON text in a string |
    #[must_use]
    pub fn encode(&self) -> Value {
        match self {
            Self::Bytes(bytes) => STANDARD.encode(bytes).into(),
            Self::DateTime(time) => date_time(*time).into(),
            Self::DateTimeOffset(time) => format!("{}+00:00", date_time(*time)).into(),
            Self::Json(object @ Value::Object(_)) => object.clone(),
            Self::Json(other) => other.to_string().into(),
        }
    }
}

impl<T: Into<Value>> From<T> for HostValue {
    fn from(value: T) -> Self {
        Self::Json(value.into())
    }
}

fn date_time(time: OffsetDateTime) -> String {
    time.to_offset(UtcOffset::UTC).format(DATE_TIME).expect("the format has only parts that every time has")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn values_are_written_by_their_dotnet_type() {
        let time = datetime!(2026-11-20 12:27:30.25 UTC);
        for (value, expected) in [
            (HostValue::from(json!({"a": 1})), json!({"a": 1})),
            (HostValue::from("abc"), json!("\"abc\"")),
            (HostValue::from(1), json!("1")),
            (HostValue::from(true), json!("true")),
            (HostValue::from(json!([{"a": 1}])), json!(r#"[{"a":1}]"#)),
            (HostValue::from(r#"{"a":1}"#), json!(r#""{\"a\":1}""#)),
            (HostValue::Bytes(b"{\"a\":1}".to_vec()), json!("eyJhIjoxfQ==")),
            (HostValue::DateTime(time), json!("2026-11-20T12:27:30")),
            (HostValue::DateTimeOffset(time), json!("2026-11-20T12:27:30+00:00")),
        ] {
            assert_eq!(value.encode(), expected, "{value:?}");
        }
    }
}
