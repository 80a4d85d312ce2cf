//! The guide, the pages about the catalogue and dead letters and the README say what is so: their files are good, their commands print what stands below them, and their
//! tables name everything there is.
//!
//! `PORTREEVE_UPDATE_GUIDE=1 cargo test -p portreeve --test guide` writes outputs and tables as they are now; read the
//! difference before you keep it.

mod document;
mod kept;
mod letter_box;
mod named_tests;
mod replay;

use std::fs;
use std::process::Command;

use document::{Block, blocks, replayed, with_tables};
use kept::{check_kept, read, workspace};
use portreeve_decisions::allowlist::{Allowlist, KnownConnection, Severity, schema};
use serde_json::Value;
use time::Date;
use time::macros::date;

const GUIDE: &str = "docs/allowlist.md";
const CATALOGUE: &str = "docs/catalogue.md";
const DEAD_LETTERS: &str = "docs/dead-letters.md";
const THREATS: &str = "docs/threats.md";
const README: &str = "README.md";
/// A day on which no rule of the documents is over, or about to be.
const TODAY: Date = date!(2026 - 12 - 01);

fn check_allowlist(path: &str, block: &Block<'_>) {
    let place = format!("{path}:{}", block.line);
    let value: Value = serde_saphyr::from_str(block.text).unwrap();
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    assert!(validator.is_valid(&value), "{place}: {:?}", validator.validate(&value));
    let allowlist = Allowlist::parse(block.text).unwrap_or_else(|error| panic!("{place}: {error}"));
    let findings = allowlist.check(TODAY);
    let doubtful: Vec<_> = findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
    assert!(doubtful.is_empty(), "{place}: {doubtful:?}");
    let failed: Vec<_> = allowlist.run_tests(TODAY).filter(|outcome| outcome.failure.is_some()).collect();
    assert!(failed.is_empty(), "{place}: {failed:?}");
    assert!(path == README || !allowlist.tests().is_empty(), "{place}: it has no tests");
}

#[test]
fn every_allowlist_of_the_documents_is_good() {
    for (path, least) in [(GUIDE, 15), (README, 1)] {
        let text = read(path);
        let allowlists = blocks(&text).into_iter().filter(Block::is_allowlist);
        let good: Vec<Block<'_>> = allowlists.filter(|block| !block.is_meant_to_show_findings).collect();
        assert!(good.len() >= least, "{path}");
        good.iter().for_each(|block| check_allowlist(path, block));
    }
}

#[test]
fn what_is_not_good_is_shown_to_whom_it_is_not() {
    let text = read(GUIDE);
    let blocks = blocks(&text);
    for block in blocks.iter().filter(|block| block.is_meant_to_show_findings) {
        let name = block.name.unwrap_or_else(|| panic!("{GUIDE}:{}: it has no name", block.line));
        let is_shown = blocks.iter().any(|other| other.language == "console" && other.text.contains(name));
        assert!(is_shown, "{GUIDE}:{}: no command shows what there is to find in {name}", block.line);
    }
}

#[test]
fn no_example_goes_untested() {
    for path in [GUIDE, README] {
        let text = read(path);
        for block in blocks(&text).iter().filter(|block| block.language == "yaml") {
            let is_connection = serde_saphyr::from_str::<KnownConnection>(block.text).is_ok()
                || serde_saphyr::from_str::<Vec<KnownConnection>>(block.text).is_ok();
            let is_tested = block.is_allowlist() || block.is_recipe() || is_connection;
            assert!(is_tested, "{path}:{}: this is no allowlist, connection or recipe", block.line);
        }
    }
}

/// A folder with every file of the guide that has a name.
fn files_of(blocks: &[Block<'_>]) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for block in blocks {
        let Some(name) = block.name else { continue };
        let path = place.path().join(name);
        assert!(!path.exists(), "{GUIDE}:{}: there is a {name} already", block.line);
        fs::write(path, block.text).unwrap();
    }
    place
}

#[test]
fn commands_print_what_stands_below_them_and_tables_are_complete() {
    let kept = read(GUIDE);
    let blocks = blocks(&kept);
    let place = files_of(&blocks);
    check_kept(GUIDE, &kept, &with_tables(&replayed(&kept, place.path(), &[])));
}

#[test]
fn the_page_about_the_catalogue_prints_what_its_commands_print() {
    let kept = read(CATALOGUE);
    let place = tempfile::tempdir().unwrap();
    check_kept(CATALOGUE, &kept, &replayed(&kept, place.path(), &[]));
}

#[test]
fn the_page_about_dead_letters_prints_what_its_commands_print() {
    let kept = read(DEAD_LETTERS);
    let place = tempfile::tempdir().unwrap();
    check_kept(DEAD_LETTERS, &kept, &replayed(&kept, place.path(), &letter_box::environment()));
}

#[test]
fn the_readme_lists_every_service() {
    let kept = read(README);
    assert!(kept.contains("<!-- generated: services -->"));
    check_kept(README, &kept, &with_tables(&kept));
}

#[test]
fn every_threat_is_met_by_tests_that_there_are() {
    let page = read(THREATS);
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() > 30, "{THREATS}");
    for row in rows {
        let tests = named_tests::of_row(row);
        assert!(row.matches(" | ").count() == 4 && !tests.is_empty(), "{THREATS}: {row}");
        let missing: Vec<&str> = tests.into_iter().filter(|test| !named_tests::exists(test)).collect();
        assert!(missing.is_empty(), "{THREATS}: there are no such tests: {missing:?}");
    }
    for missing in ["decisions::decide::tests::no_such_test", "decisions::decide::decide", "nowhere::tests::a", "a"] {
        assert!(!named_tests::exists(missing), "{missing}");
    }
}

#[test]
fn every_group_of_keys_has_its_table() {
    let guide = read(GUIDE);
    let schema = schema();
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        let has_table = guide.contains(&format!("<!-- generated: keys {name} -->"));
        assert!(has_table || definition.get("properties").is_none(), "{GUIDE} has no table of the keys of {name}");
    }
    for table in ["keys", "checks", "limits"] {
        assert!(guide.contains(&format!("<!-- generated: {table} -->")), "{table}");
    }
}

/// A repository as the recipes want it, on a branch that edits the allowlist.
fn repository(blocks: &[Block<'_>]) -> tempfile::TempDir {
    let files = files_of(blocks);
    let place = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@contoso.example"];
        let output = Command::new("git").args(identity).args(arguments).current_dir(place.path()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let copy = |from: &str, to: &str| fs::copy(files.path().join(from), place.path().join(to)).unwrap();
    fs::create_dir(place.path().join("allowlists")).unwrap();
    git(&["init", "-q"]);
    copy("connections.yaml", "connections.yaml");
    copy("one-team.yaml", "allowlists/allowlist.yaml");
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "before"]);
    git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    copy("some-weeks.yaml", "allowlists/allowlist.yaml");
    place
}

/// The scripts of a recipe, without what installs the program.
fn scripts(recipe: &Value) -> Vec<String> {
    let mut steps = recipe.pointer("/jobs/allowlist/steps").or(recipe.get("steps")).unwrap().as_array().unwrap().iter();
    let script = |step: &Value| step.get("run").or(step.get("bash")).and_then(Value::as_str).map(str::to_owned);
    let mut scripts: Vec<String> = steps.by_ref().filter_map(script).collect();
    scripts.retain(|script| !script.starts_with("cargo install "));
    scripts
}

#[test]
fn the_recipes_run() {
    let text = read(GUIDE);
    let blocks = blocks(&text);
    let recipes: Vec<&Block<'_>> = blocks.iter().filter(|block| block.is_recipe()).collect();
    assert_eq!(recipes.len(), 2);
    for recipe in recipes {
        let place = repository(&blocks);
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().display();
        let variables = format!(
            "export GITHUB_BASE_REF=main SYSTEM_PULLREQUEST_TARGETBRANCHNAME=main RUNNER_TEMP={folder} \
             AGENT_TEMPDIRECTORY={folder} GITHUB_STEP_SUMMARY={folder}/diff.md"
        );
        let scripts = scripts(&serde_saphyr::from_str(recipe.text).unwrap());
        assert!(scripts.len() >= 2, "{scripts:?}");
        for script in scripts {
            let printed = replay::run(&format!("{variables}; set -e; {script}"), place.path(), &[]);
            assert!(!printed.contains("[exit "), "{script}\n{printed}");
        }
        let summary = fs::read_to_string(temporary.path().join("diff.md")).unwrap();
        assert!(summary.contains("- less permissive"), "{summary}");
    }
}

/// The source of the handler, without its tests.
fn handler_sources() -> Vec<String> {
    let mut sources = Vec::new();
    let mut folders = vec![workspace().join("handlers/functions/src"), workspace().join("handlers/azure/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.file_stem().and_then(|name| name.to_str()) {
                Some("tests" | "scripted" | "samples") => {}
                _ if path.is_dir() => folders.push(path),
                _ => sources.push(fs::read_to_string(path).unwrap().split("#[cfg(test)]").next().unwrap().to_owned()),
            }
        }
    }
    sources
}

/// The fields of a record: what is written `name = value`, `name` or `%name` in its macro.
fn fields(record: &str) -> Vec<&str> {
    let written = record.split(',').map(|part| part.trim().trim_start_matches(['%', '?']));
    let names = written.map(|part| part.split(" = ").next().unwrap_or_default());
    names.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).collect()
}

#[test]
fn the_readme_names_every_setting_event_and_field() {
    let readme = read(README);
    let mut missing = Vec::new();
    for source in handler_sources() {
        for text in source.split('"').filter(|text| text.starts_with("PORTREEVE_")) {
            missing.extend((!readme.contains(&format!("`{text}`"))).then(|| text.to_owned()));
        }
        for record in source.split("event = \"").skip(1) {
            let record = record.split(");\n").next().unwrap();
            let (event, rest) = record.split_once('"').unwrap();
            // What only a developer's log level shows.
            if event == "retry" {
                continue;
            }
            for name in fields(rest).into_iter().chain([event]) {
                missing.extend((!readme.contains(&format!("`{name}`"))).then(|| format!("{event}: {name}")));
            }
        }
    }
    assert!(missing.is_empty(), "{README} does not name: {missing:#?}");
}
