//! Tests that a document names, such as `decisions::decide::tests::a_name`: the crate, the module and the function.

use std::fs;
use std::path::Path;

use crate::kept::workspace;

/// Where the sources of each crate are that a document may name.
const SOURCES: [(&str, &[&str]); 6] = [
    ("decisions", &["handlers/decisions/src"]),
    ("azure", &["handlers/azure/src"]),
    ("functions", &["handlers/functions/src"]),
    ("portreeve", &["tools/portreeve/src", "tools/portreeve/tests"]),
    ("stories", &["tests"]),
    ("simulation", &["tests/simulation/tests"]),
];

/// The tests that a table's row names in its last cell.
pub fn of_row(row: &str) -> Vec<&str> {
    let last = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
    last.split('`').skip(1).step_by(2).collect()
}

/// Whether there is such a test.
pub fn exists(path: &str) -> bool {
    let (module, function) = path.rsplit_once("::").unwrap_or_default();
    let (name, module) = module.split_once("::").unwrap_or_default();
    let folders = SOURCES.iter().find(|(known, _)| *known == name).map_or(&[][..], |(_, folders)| folders);
    folders.iter().any(|folder| is_in(&workspace().join(folder), module, function))
}

/// Whether a file of the module has the test. `a::tests` is `a/tests.rs`, or stands in `a.rs`.
fn is_in(folder: &Path, module: &str, function: &str) -> bool {
    let path = module.replace("::", "/");
    let files = [path.strip_suffix("/tests").unwrap_or(&path), &path].map(|file| folder.join(format!("{file}.rs")));
    files.iter().filter_map(|file| fs::read_to_string(file).ok()).any(|source| is_test(&source, function))
}

fn is_test(source: &str, function: &str) -> bool {
    let Some((before, _)) = source.split_once(&format!("fn {function}(")) else { return false };
    // The line that the function stands in is not whole.
    let above = before.rsplit_once('\n').map_or("", |(above, _)| above);
    let attribute = above.lines().next_back().unwrap_or_default().trim();
    ["#[test]", "#[tokio::test"].iter().any(|start| attribute.starts_with(start))
}
