//! One call of the handler: the body of `POST /{FunctionName}`.

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{binding_data::BindingData, host_value::HostValue};
use crate::chance::guid;

const UTC_NOW: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z");

/// A trigger's value and what is known about it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name of the trigger's binding.
    pub binding_name: String,
    /// The value.
    pub value: HostValue,
    /// What the trigger tells about it.
    pub binding_data: BindingData,
}

impl Call {
    /// The request's body for the function `function_name`.
    #[must_use]
    pub fn body(self, function_name: &str, now: OffsetDateTime) -> Value {
        let mut binding_data = self.binding_data;
        binding_data.set("sys", system_binding_data(function_name, now));
        if let HostValue::Json(Value::String(text)) = &self.value {
            binding_data.shadow(text);
        }
        let data: Map<String, Value> = [(self.binding_name, self.value.encode())].into_iter().collect();
        json!({ "Data": data, "Metadata": binding_data.into_metadata() })
    }
}

/// `SystemBindingData` of Azure/azure-webjobs-sdk.
fn system_binding_data(function_name: &str, now: OffsetDateTime) -> Value {
    json!({
        "MethodName": function_name,
        "UtcNow": now.format(UTC_NOW).expect("the format has only parts that every time has"),
        "RandGuid": guid().to_string(),
    })
}
