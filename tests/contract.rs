//! One name in four places: a Function's folder, its file, its route and its test file; and one queue name in three.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use platform::workspace_root;
use portreeve_decisions::allowlist::Allowlist;
use serde_json::Value;

fn functions() -> BTreeSet<String> {
    let folders = fs::read_dir(workspace_root().join("function-definitions")).unwrap();
    folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// `ConnectionEvent` as a file has it: `connection_event`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn read(path: impl AsRef<Path>) -> String {
    let path = workspace_root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_function_has_its_folder_its_file_its_route_and_its_tests() {
    let router = read("handlers/functions/src/router.rs");
    // The host posts; what is got is for people.
    let routes: BTreeSet<String> = router
        .split(".route(\"/")
        .skip(1)
        .filter_map(|rest| rest.split_once("\", post("))
        .map(|(route, _)| route.to_owned())
        .filter(|route| !route.contains('"'))
        .collect();
    assert_eq!(routes, functions());
    for function in functions() {
        let file = snake(&function);
        assert!(
            read(format!("handlers/functions/src/{file}.rs")).starts_with(&format!("//! `{function}`: ")),
            "{function}"
        );
        assert!(read(format!("tests/{file}.rs")).starts_with(&format!("//! `{function}`: ")), "{function}");
        assert!(router.contains(&format!("{file}::handle")), "{function}");
    }
}

#[test]
fn the_queues_of_the_triggers_are_the_queues_that_are_sent_to() {
    let mut triggered = BTreeSet::new();
    for function in functions() {
        let definition: Value =
            serde_json::from_str(&read(format!("function-definitions/{function}/function.json"))).unwrap();
        for binding in definition["bindings"].as_array().unwrap() {
            triggered.extend(binding["queueName"].as_str().map(str::to_owned));
        }
    }
    let sent_to = [portreeve_azure::QueueName::ReconcileJobs, portreeve_azure::QueueName::ValidationJobs];
    assert_eq!(triggered, sent_to.map(|queue| queue.as_str().to_owned()).into());
    let bicep = read("infra/modules/service-bus.bicep");
    assert!(triggered.iter().all(|queue| bicep.contains(&format!("'{queue}'"))), "{triggered:?}");
}

#[test]
fn the_deliveries_that_are_told_of_are_those_that_a_queue_gives() {
    let code = read("handlers/functions/src/delivery.rs");
    let told = code.split("DELIVERIES_MAX: u64 = ").nth(1).and_then(|rest| rest.split_once(';')).unwrap().0;
    assert!(read("infra/modules/service-bus.bicep").contains(&format!("maxDeliveryCount: {told}\n")), "{told}");
}

#[test]
fn the_allowlists_that_we_ship_are_good() {
    let shipped = fs::read_dir(workspace_root().join("infra/allowlists")).unwrap();
    let paths = shipped.map(|entry| entry.unwrap().path());
    // The schema for editors lies beside them.
    let yaml = paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let mut texts: Vec<String> = yaml.map(|path| fs::read_to_string(path).unwrap()).collect();
    let readme = read("README.md");
    texts.extend(readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned));
    assert!(texts.len() >= 2, "an example of infra/ and the README's");
    for text in texts {
        let allowlist = Allowlist::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(!allowlist.rules().is_empty(), "{text}");
    }
}
