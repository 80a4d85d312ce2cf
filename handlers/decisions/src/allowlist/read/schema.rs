//! The JSON Schema of the file, for editors. What the schema cannot say (a GUID, an id used twice) the reader checks.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::file::RawFile;

/// The JSON Schema of an allowlist file, of the draft that editors know best.
#[must_use]
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<RawFile>();
    Tidy.transform(&mut schema);
    schema.to_value()
}

/// A value, or a list of values: any of them may match.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only the schema is made of it; `RawValues` reads it")]
pub(super) enum Values {
    One(OneValue),
    More(#[schemars(length(min = 1))] Vec<OneValue>),
}

#[derive(JsonSchema)]
#[schemars(rename = "Value")]
#[serde(untagged, deny_unknown_fields)]
#[expect(dead_code, reason = "as above")]
pub(super) enum OneValue {
    /// A text or a glob: `*` stands for any characters and `?` for one. Case is ignored.
    Text(String),
    /// All values of a set.
    Set {
        /// The name of one of the file's `sets`.
        set: String,
    },
}

/// A text or a glob, or a list of such.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "as above")]
pub(super) enum Texts {
    One(String),
    More(#[schemars(length(min = 1))] Vec<String>),
}

/// A day (UTC), such as 2027-06-30.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "as above")]
pub(super) struct Day(#[schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$"))] String);

/// The TCP ports to try, by target types such as `Microsoft.Network/privateLinkServices`.
pub(super) type Ports = BTreeMap<String, PortList>;

#[derive(JsonSchema)]
#[schemars(inline)]
#[expect(dead_code, reason = "as above")]
pub(super) struct PortList(#[schemars(length(min = 1), inner(range(min = 1)))] Vec<u16>);

/// Makes the schema say what holds for every key: none may stand without a value, so null is nowhere allowed and no
/// default is worth telling. Lines that the source breaks are joined again.
struct Tidy;

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        schema.remove("default");
        if let Some(Value::String(description)) = schema.get_mut("description") {
            let paragraphs: Vec<String> = description.split("\n\n").map(|text| text.replace('\n', " ")).collect();
            *description = paragraphs.join("\n\n");
        }
        if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
            choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        }
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
    }
}
