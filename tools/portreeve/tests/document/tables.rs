//! Tables of what the program knows, in Markdown.

use std::collections::BTreeMap;

use portreeve_decisions::allowlist::{CHECKS, LIMITS, schema};
use portreeve_decisions::catalogue::{Catalogue, GroupIds, TargetType};
use serde_json::Value;

/// A table by its name: `checks`, `limits`, `services`, `keys`, or `keys` with a definition of the schema.
pub fn table(name: &str) -> String {
    match name.split_once(' ').unwrap_or((name, "")) {
        ("checks", "") => checks(),
        ("limits", "") => limits(),
        ("services", "") => services(),
        ("keys", "") => keys(&schema()),
        ("keys", definition) => keys(&schema()["definitions"][definition]),
        _ => panic!("there is no table `{name}`"),
    }
}

fn checks() -> String {
    let rows = CHECKS.iter().map(|check| format!("| `{}` | {} | {} |\n", check.name, check.severity, check.about));
    format!("| Check | Severity | Finds |\n|---|---|---|\n{}", rows.collect::<String>())
}

fn limits() -> String {
    let rows = LIMITS.iter().map(|limit| format!("| {} | {} {} |\n", limit.about, limit.most, limit.unit));
    format!("| What | At most |\n|---|---|\n{}", rows.collect::<String>())
}

/// A row for each service, in the order of their names.
fn services() -> String {
    let mut by_service: BTreeMap<&str, Vec<&TargetType>> = BTreeMap::new();
    for row in Catalogue::known().target_types() {
        by_service.entry(&row.service).or_default().push(row);
    }
    let rows = by_service.iter().map(|(service, types)| {
        let names: Vec<String> = types.iter().map(|row| format!("`{}`", row.resource_type)).collect();
        let group_ids: Vec<String> = types.iter().map(|row| group_ids(&row.group_ids)).collect();
        format!("| {service} | {} | {} |\n", names.join("<br>"), group_ids.join("<br>"))
    });
    format!("| Service | Type | Group ids |\n|---|---|---|\n{}", rows.collect::<String>())
}

fn group_ids(group_ids: &GroupIds) -> String {
    match group_ids {
        GroupIds::None => "none".to_owned(),
        GroupIds::Listed(ids) => ids.join(", ").replace('*', "\\*"),
        GroupIds::ChosenByOwner => "chosen by its owner".to_owned(),
        GroupIds::Unpublished => "learned at run time".to_owned(),
    }
}

fn keys(definition: &Value) -> String {
    let required: Vec<&str> =
        definition["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = definition["properties"].as_object().expect("an object of the schema has keys");
    let (first, others): (Vec<_>, Vec<_>) = properties.iter().partition(|(key, _)| required.contains(&key.as_str()));
    let mut rows = String::from("| Key | Takes | Meaning |\n|---|---|---|\n");
    for (key, property) in first.into_iter().chain(others) {
        let is_required = if required.contains(&key.as_str()) { ", required" } else { "" };
        let meaning = property["description"].as_str().expect("every key says what it means");
        let takes = if key == "not" { "the same keys".to_owned() } else { takes(property) };
        rows.push_str(&format!("| `{key}`{is_required} | {takes} | {meaning} |\n"));
    }
    rows
}

/// What a key takes, in words.
fn takes(property: &Value) -> String {
    let reference =
        ["allOf", "anyOf"].iter().find_map(|of| property[of][0]["$ref"].as_str()).or(property["$ref"].as_str());
    if let Some(name) = reference.and_then(|reference| reference.rsplit('/').next()) {
        return of_definition(name);
    }
    let (least, most) = (property["minimum"].as_u64(), property["maximum"].as_u64());
    match property["type"].as_str() {
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer") => match (least, most) {
            (Some(least), Some(most)) if least == most => format!("`{least}`"),
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (least, _) => format!("a number from {}", least.unwrap_or(0)),
        },
        Some("array") => "a list".to_owned(),
        Some("object") => "names with values".to_owned(),
        _ => "a text".to_owned(),
    }
}

fn of_definition(name: &str) -> String {
    match name {
        "Values" => return "values".to_owned(),
        "Day" => return "a day, as 2027-06-30".to_owned(),
        "OneOrMore" => return "a text or a list".to_owned(),
        _ => {}
    }
    let schema = schema();
    match schema["definitions"][name]["oneOf"].as_array() {
        Some(words) => {
            let words: Vec<String> =
                words.iter().filter_map(|word| Some(format!("`{}`", word["const"].as_str()?))).collect();
            words.join(", ")
        }
        None => "keys, below".to_owned(),
    }
}
