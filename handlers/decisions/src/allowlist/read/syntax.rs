//! Says what the YAML library refused in the words of whoever wrote the file, with what to do about it.

use serde_saphyr::{Error, Location};

use super::Problem;
use crate::allowlist::spelling::meant;
use crate::untrusted::escaped;

const COMPARE: &str = "compare with the examples in docs/allowlist.md";

/// The problem that kept the whole of `text` from being read.
pub(super) fn problem(text: &str, error: &Error) -> Problem {
    let error = error.without_snippet();
    let place = error.location().unwrap_or(Location::UNKNOWN);
    let (message, remedy) = if text.trim_start().starts_with('<') {
        let remedy = "see where the file came from; often this is a sign-in or error page";
        ("this is HTML or XML and no allowlist".to_owned(), remedy.to_owned())
    } else {
        explain(error)
    };
    Problem { line: place.line().max(1), column: place.column().max(1), message: escaped(&message, 300), remedy }
}

/// What is wrong, and the remedy. The library's errors are open-ended, so what is not told apart keeps its own words.
fn explain(error: &Error) -> (String, String) {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            (format!("there is no key `{field}` here"), one_of(field, expected))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            (format!("`{variant}` cannot stand here"), one_of(variant, expected))
        }
        Error::SerdeMissingField { field, .. } => (format!("the key `{field}` is missing"), to_add(field)),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or("?");
            (format!("the key `{key}` stands here twice"), "keep one of the two".to_owned())
        }
        Error::SerdeInvalidType { unexpected, .. } if unexpected.starts_with("unit") => no_value(),
        Error::NullIntoString { .. } => no_value(),
        Error::SerdeInvalidType { unexpected, expected, .. } => {
            (format!("{} cannot stand here", in_yaml_words(unexpected)), format!("write {expected}"))
        }
        Error::Unexpected { expected, .. } => of_shape(expected),
        Error::InvalidScalar { ty: "boolean", .. } | Error::InvalidBooleanStrict { .. } => {
            ("this is neither true nor false".to_owned(), "write `true` or `false`".to_owned())
        }
        Error::InvalidScalar { ty, .. } => {
            let digits = "write it in digits alone, as in `version: 1`";
            let remedy = if *ty == "u16" { "write digits alone, up to 65535" } else { digits };
            ("this is not a whole number that can stand here".to_owned(), remedy.to_owned())
        }
        Error::ExternallyTaggedEnumExpectedScalarOrMapping { .. } => of_shape("string scalar"),
        Error::Eof { .. } => (
            "the file is empty".to_owned(),
            "write `version: 1` and the rules; `rules: []` holds every connection".to_owned(),
        ),
        Error::MultipleDocuments { .. } => {
            ("a second document begins here".to_owned(), "keep one, and take the `---` out".to_owned())
        }
        Error::UnsupportedTag { tag, .. } => {
            (format!("the tag `{tag}` means nothing here"), "take it out, or put the text in quotes".to_owned())
        }
        Error::UnknownAnchor { .. } => glob_taken_for_alias(),
        Error::AliasError { error, .. } => explain(error),
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } => too_much(),
        Error::ExternalMessage { msg, .. } => of_syntax(msg),
        other => of_our_own(&without_place(&other.to_string())),
    }
}

/// What our own types refuse says its remedy itself, behind a semicolon.
fn of_our_own(message: &str) -> (String, String) {
    match message.split_once("; ") {
        Some((message, remedy)) => (message.to_owned(), remedy.to_owned()),
        None if message.contains("is not a resource id") => {
            let remedy = "write the whole id, as Azure shows it: /subscriptions/GUID/resourceGroups/…/providers/…";
            (message.to_owned(), remedy.to_owned())
        }
        None => (message.to_owned(), COMPARE.to_owned()),
    }
}

/// The word that was probably meant, or else all that could stand there.
fn one_of(text: &str, expected: &[&str]) -> String {
    // YAML takes a line that is indented deeper for the rest of the text above it.
    if let Some((first, _)) = text.split_once(' ')
        && expected.contains(&first)
    {
        return format!("write `{first}` alone, and indent the line below it as its own key");
    }
    match (meant(text, expected), expected) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, [only]) => format!("use `{only}`"),
        (None, _) => format!("use one of {}", expected.join(", ")),
    }
}

fn to_add(field: &str) -> String {
    match field {
        "version" => "begin the file with `version: 1`".to_owned(),
        "id" => "give the rule a name of its own, as in `id: defender-from-platform`".to_owned(),
        "effect" => "add `effect: approve`, `effect: hold` or `effect: reject`".to_owned(),
        _ => format!("add `{field}:` with its value"),
    }
}

fn no_value() -> (String, String) {
    ("the key has no value".to_owned(), "write one, or take the key out".to_owned())
}

fn too_much() -> (String, String) {
    (
        "the file is nested too deep, or its aliases repeat too much".to_owned(),
        "write the values where they are used, and nothing deeper than docs/allowlist.md shows".to_owned(),
    )
}

fn glob_taken_for_alias() -> (String, String) {
    ("to YAML a `*` in front makes this an alias".to_owned(), "put a glob in quotes, as in \"*-prod\"".to_owned())
}

/// Serde speaks of Rust's types.
fn in_yaml_words(unexpected: &str) -> String {
    match unexpected {
        "map" => "a group of keys".to_owned(),
        "sequence" => "a list".to_owned(),
        other => other.replace("floating point", "number").replace("boolean", "yes or no value"),
    }
}

fn of_shape(expected: &str) -> (String, String) {
    let (message, remedy) = match expected {
        "mapping start" => ("keys with values belong here", "write them as `key: value`"),
        "sequence start" => ("a list belongs here", "write `[…]`, or each entry on a line of its own after `- `"),
        "string scalar" => ("one text belongs here", "write it without brackets or keys"),
        other => return (format!("{other} belongs here"), COMPARE.to_owned()),
    };
    (message.to_owned(), remedy.to_owned())
}

/// The scanner tells its errors apart by their words alone, and only the remedy hangs on them.
fn of_syntax(message: &str) -> (String, String) {
    let message = without_place(message);
    let remedies = [
        ("recursion limit", None),
        ("nesting", None),
        ("anchor or alias", Some("put a glob that begins with `*` in quotes, as in \"*-prod\"")),
        ("tab", Some("indent with spaces; YAML takes no tabs there")),
        ("mapping values", Some("put a text with `: ` in it in quotes, or mend the indentation")),
        ("unclosed", Some("close it, or mend the line before it")),
        ("mismatched", Some("close it, or mend the line before it")),
        ("unexpected character", Some("put a text that begins with it in quotes")),
    ];
    match remedies.iter().find(|(words, _)| message.contains(words)) {
        Some((_, None)) => too_much(),
        Some((_, Some(remedy))) => (message, (*remedy).to_owned()),
        None => (message, "mend the YAML here; indentation and quotes are the usual causes".to_owned()),
    }
}

/// The place is said by line and column; the message's own suffix would say it twice.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or_default().replace('\n', " ")
}
