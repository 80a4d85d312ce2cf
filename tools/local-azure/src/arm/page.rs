//! Lists in pages: `$top`, `$skiptoken` and an absolute `nextLink`.

use serde_json::{Value, json};

use super::{answer::Answer, request::ArmRequest};
use crate::cloud::arm_error::ArmError;

/// Items on a page where the caller does not say; small, so that callers who ignore `nextLink` are found out.
const DEFAULT_SIZE: usize = 100;

/// The most that `$top` can ask for.
const MAX_SIZE: usize = 1000;

/// One page of `items`. Only the items on the page are rendered.
pub fn answer<T>(request: &ArmRequest, items: impl Iterator<Item = T>, render: impl Fn(T) -> Value) -> Answer {
    let number = |name: &str| request.query.get(name).and_then(|text| text.parse::<usize>().ok());
    let size = number("$top").unwrap_or(DEFAULT_SIZE).clamp(1, MAX_SIZE);
    let skipped = number("$skiptoken").unwrap_or(0);
    let mut items = items.skip(skipped);
    let value: Vec<Value> = items.by_ref().take(size).map(render).collect();
    let mut body = json!({ "value": value });
    if items.next().is_some() {
        body["nextLink"] = json!(next_link(request, skipped + size));
    }
    Answer::ok(body)
}

/// Refuses a `$top` that public Azure DNS refuses (<https://github.com/MicrosoftDocs/feedback/issues/1111>); private zones
/// are taken to do so, too. What other providers do is not known: their pages are cut.
pub fn check_top(request: &ArmRequest) -> Result<(), ArmError> {
    match request.query.get("$top") {
        Some(top) if !top.parse().is_ok_and(|top| (1..=MAX_SIZE).contains(&top)) => {
            let message = format!("Invalid $top value: '{top}'. It must be a number between '1' and '{MAX_SIZE}'.");
            Err(ArmError::bad_request("BadRequest", message))
        }
        _ => Ok(()),
    }
}

fn next_link(request: &ArmRequest, skip: usize) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(request.query.iter().filter(|(name, _)| *name != "$skiptoken"));
    query.append_pair("$skiptoken", &skip.to_string());
    format!("{}{}?{}", request.base_url, request.path, query.finish())
}
