//! The JSON Schema that is kept for editors says what the reader says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portreeve_decisions::allowlist::{Allowlist, schema};
use serde_json::{Value, json};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(workspace().join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn value(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap()
}

fn everything() -> Value {
    value(&read("tools/portreeve/tests/files/everything.yaml"))
}

/// JSON is YAML, so that a changed value can be given to the reader as it is.
fn reader_takes(file: &Value) -> bool {
    Allowlist::parse(&file.to_string()).is_ok()
}

#[test]
fn the_file_for_editors_is_what_the_command_prints() {
    let printed = Command::new(env!("CARGO_BIN_EXE_portreeve")).args(["allowlist", "schema"]).output().unwrap().stdout;
    let kept = read("infra/allowlists/schema.json");
    assert!(
        printed == kept.as_bytes(),
        "write it anew: cargo run -p portreeve -- allowlist schema > infra/allowlists/schema.json"
    );
}

#[test]
fn every_allowlist_of_this_repository_is_valid_and_names_the_schema_it_can_reach() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    for path in ["infra/allowlists/example.yaml", "tests/azure-cli/allowlist.yaml", "tests/demo/allowlist.yaml"] {
        let text = read(path);
        assert!(validator.is_valid(&value(&text)), "{path}: {:?}", validator.validate(&value(&text)));
        let reference = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").expect(path);
        let named = workspace().join(path).parent().unwrap().join(reference).canonicalize().unwrap();
        assert_eq!(named, workspace().join("infra/allowlists/schema.json").canonicalize().unwrap(), "{path}");
    }
}

/// Every object of a value, by its JSON pointer.
fn objects(pointer: String, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                objects(format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), inner, into);
            }
            into.push(pointer);
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                objects(format!("{pointer}/{index}"), inner, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Where the author names the keys: sets, zones and target types.
fn has_keys_of_its_own(pointer: &str) -> bool {
    ["/sets", "/dns/overrides", "/validation/ports"].contains(&pointer)
}

/// Applies `change` to each object of the file with every key, and expects schema and reader to agree on the result.
fn check_each_object(change: impl Fn(&str, &mut serde_json::Map<String, Value>) -> Vec<Value>, taken: bool) {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    let file = everything();
    let mut pointers = Vec::new();
    objects(String::new(), &file, &mut pointers);
    for pointer in pointers {
        let object = file.pointer(&pointer).unwrap().as_object().unwrap();
        for changed_object in change(&pointer, &mut object.clone()) {
            let mut changed = file.clone();
            *changed.pointer_mut(&pointer).unwrap() = changed_object.clone();
            assert_eq!(validator.is_valid(&changed), taken, "schema: {pointer}: {changed_object}");
            assert_eq!(reader_takes(&changed), taken, "reader: {pointer}: {changed_object}");
        }
    }
}

#[test]
fn every_key_of_the_schema_is_read() {
    let file = everything();
    assert!(jsonschema::draft7::new(&schema()).unwrap().is_valid(&file));
    assert!(reader_takes(&file));
    let mut pointers = Vec::new();
    objects(String::new(), &file, &mut pointers);
    let used: BTreeSet<String> = pointers
        .iter()
        .flat_map(|pointer| file.pointer(pointer).unwrap().as_object().unwrap().keys().cloned())
        .collect();
    let schema = schema();
    let mut schema_pointers = Vec::new();
    objects(String::new(), &schema, &mut schema_pointers);
    let properties = schema_pointers.iter().filter(|pointer| pointer.ends_with("/properties"));
    for key in properties.flat_map(|pointer| schema.pointer(pointer).unwrap().as_object().unwrap().keys()) {
        assert!(used.contains(key), "everything.yaml has no `{key}`");
    }
}

#[test]
fn an_unknown_key_is_refused_everywhere() {
    let change = |pointer: &str, object: &mut serde_json::Map<String, Value>| {
        object.insert("surprise".to_owned(), json!("x"));
        if has_keys_of_its_own(pointer) { Vec::new() } else { vec![Value::Object(object.clone())] }
    };
    check_each_object(change, false);
}

#[test]
fn a_key_without_a_value_is_refused_everywhere() {
    let change = |_: &str, object: &mut serde_json::Map<String, Value>| {
        let keys: Vec<String> = object.keys().cloned().collect();
        let without = |key: &String| {
            let mut changed = object.clone();
            changed.insert(key.clone(), Value::Null);
            Value::Object(changed)
        };
        keys.iter().map(without).collect()
    };
    check_each_object(change, false);
}

/// A place in the file with every key, a value to put there, and whether schema and reader take it.
fn edges() -> Vec<(&'static str, Value, bool)> {
    vec![
        ("/version", json!(0), false),
        ("/version", json!(2), false),
        ("/on_change", json!("approve"), false),
        ("/dns/ttl_seconds", json!(0), false),
        ("/dns/ttl_seconds", json!(1), true),
        ("/dns/ttl_seconds", json!(86_400), true),
        ("/dns/ttl_seconds", json!(86_401), false),
        ("/dns/create_missing_zones", json!("no"), false),
        ("/dns/zones/0/link", json!("hub"), false),
        ("/validation/attempts", json!(0), false),
        ("/validation/attempts", json!(30), true),
        ("/validation/attempts", json!(31), false),
        ("/validation/ports/Microsoft.Network~1privateLinkServices", json!([]), false),
        ("/validation/ports/Microsoft.Network~1privateLinkServices", json!([0]), false),
        ("/validation/ports/Microsoft.Network~1privateLinkServices", json!([65_535]), true),
        ("/validation/ports/Microsoft.Network~1privateLinkServices", json!([65_536]), false),
        ("/validation/ports/Microsoft.Network~1privateLinkServices", json!(443), false),
        ("/rules/0/effect", json!("allow"), false),
        ("/rules/0/limit", json!(0), false),
        ("/rules/0/limit", json!(1), true),
        ("/rules/0/expires", json!("30.06.2027"), false),
        ("/rules/0/expires", json!("2027-6-30"), false),
        ("/rules/0/target/group_ids", json!([]), false),
        ("/rules/0/target/group_ids", json!("containers"), true),
        ("/rules/0/target/group_ids", json!([["containers"]]), false),
        ("/rules/0/target/location", json!([{ "set": "regions" }, "northeurope"]), true),
        ("/rules/0/target/name", json!(7), false),
        ("/sets/platform", json!([]), false),
        ("/sets/platform", json!([{ "set": "regions" }]), false),
        ("/tests/0/connection/approved_by_rule", json!(-1), false),
        ("/tests/0/connection/address", json!(["10.1.0.4"]), true),
        ("/tests/1/rule", json!(["defender-from-platform"]), false),
    ]
}

#[test]
fn values_at_the_edge_are_judged_alike() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    for (pointer, value, taken) in edges() {
        let mut file = everything();
        *file.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
        assert_eq!(reader_takes(&file), taken, "reader: {pointer}: {value}");
        assert_eq!(validator.is_valid(&file), taken, "schema: {pointer}: {value}");
    }
}

#[test]
fn ids_of_rules_are_judged_alike() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    let long = "a".repeat(64);
    let too_long = "a".repeat(65);
    for (id, taken) in [("A.b_c-9", true), ("", false), ("a b", false), ("ä", false), (&long, true), (&too_long, false)]
    {
        let mut file = everything();
        file["rules"][0]["id"] = json!(id);
        file["tests"].as_array_mut().unwrap().clear();
        assert_eq!((validator.is_valid(&file), reader_takes(&file)), (taken, taken), "{id}");
    }
}
