//! Azure Resource Graph: one query over many subscriptions, in the part of its language that `parser` reads. Whatever else
//! is asked for is refused, never answered wrongly.
//!
//! The request and its limits: <https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources>,
//! pages: <https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results>. Unlike Azure's, this graph
//! never lags behind.

mod evaluation;
mod kinds;
mod lexer;
mod parser;
pub mod quota;
mod refusal;
mod syntax;
mod tables;

use axum::http::Method;
use serde_json::{Map, Value, json};

use self::{
    evaluation::Row,
    kinds::{Columns, Kind, columns_of},
    quota::Quota,
    refusal::Refusal,
    syntax::{Query, Step},
};
use super::{answer::Answer, request::ArmRequest};
use crate::cloud::{arm_error::ArmError, state::State, subscriptions::SUBSCRIPTIONS};

/// The most rows on a page, and how many there are where nobody says.
const PAGE_MAX: usize = 1000;
/// The most subscriptions that a request may name:
/// <https://learn.microsoft.com/azure/governance/resource-graph/troubleshoot/general>.
const SUBSCRIPTIONS_MAX: usize = 1000;

/// Answers a request for `/providers/Microsoft.ResourceGraph/resources`.
pub fn answer(state: &State, request: &ArmRequest, quota: &Quota) -> Answer {
    if request.method != Method::POST {
        return ArmError::method_not_allowed(request.method.as_str(), "Microsoft.ResourceGraph/resources").into();
    }
    let left = quota.take();
    let page = if left.is_within { page(state, &request.body) } else { Err(Refusal::too_many()) };
    let mut answer = page.map_or_else(Answer::from, Answer::ok);
    answer.headers.extend(left.headers());
    answer
}

fn page(state: &State, body: &Map<String, Value>) -> Result<Value, Refusal> {
    refuse_others(body, &["query", "subscriptions", "options"])?;
    let text = body.get("query").and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| Refusal::request("InvalidQuery", "The query is missing."))?;
    let options = Options::read(body.get("options"))?;
    let query = parser::parse(text)?;
    let columns = columns_of(&query)?;
    let subscriptions = subscriptions(body.get("subscriptions"))?;
    let skipped = options.skipped(text)?;
    let mut rows = evaluation::rows(state, &subscriptions, &query)?;
    if skipped > 0 && !query.steps.iter().any(|step| matches!(step, Step::Order(_))) {
        // Nobody promises an order that was not asked for, not even the same one twice.
        rows.reverse();
    }
    let total = rows.len();
    let data: Vec<Row> = rows.into_iter().skip(skipped).take(options.top).collect();
    let next = skipped + data.len();
    let is_paged = next < total && can_be_paged(&query, &columns);
    let is_truncated = !is_paged && next < total || query.steps.iter().any(|step| matches!(step, Step::Limit(_)));
    let mut page = json!({
        "totalRecords": total,
        "count": data.len(),
        "data": data,
        "facets": [],
        "resultTruncated": is_truncated.to_string(),
    });
    if is_paged {
        page["$skipToken"] = json!(token(text, next));
    }
    Ok(page)
}

/// Queries with `limit`, and those without a column to go on from, have one page.
fn can_be_paged(query: &Query, columns: &Columns) -> bool {
    let is_limited = query.steps.iter().any(|step| matches!(step, Step::Limit(_)));
    !is_limited && columns.values().any(|kind| *kind != Kind::Dynamic)
}

/// Those that are asked for and the caller's; of the others nothing is said.
fn subscriptions(asked: Option<&Value>) -> Result<Vec<&'static str>, Refusal> {
    let own = SUBSCRIPTIONS.iter().map(|(id, _)| *id);
    let Some(asked) = asked.filter(|asked| !asked.is_null()) else { return Ok(own.collect()) };
    let invalid = || Refusal::request("InvalidSubscriptions", "subscriptions must be a list of up to 1000 ids.");
    let asked = asked.as_array().filter(|asked| asked.len() <= SUBSCRIPTIONS_MAX).ok_or_else(invalid)?;
    let asked: Vec<&str> = asked.iter().map(|id| id.as_str().ok_or_else(invalid)).collect::<Result<_, _>>()?;
    let found: Vec<&str> = own.filter(|own| asked.iter().any(|id| id.eq_ignore_ascii_case(own))).collect();
    if found.is_empty() { Err(Refusal::no_access()) } else { Ok(found) }
}

struct Options {
    top: usize,
    skip: usize,
    token: Option<String>,
}

impl Options {
    fn read(options: Option<&Value>) -> Result<Self, Refusal> {
        let invalid = |what: &str| Refusal::request("InvalidOptions", format!("{what} is not valid."));
        let empty = Map::new();
        let options = match options {
            None | Some(Value::Null) => &empty,
            Some(options) => options.as_object().ok_or_else(|| invalid("options"))?,
        };
        refuse_others(options, &["$top", "$skip", "$skipToken", "resultFormat"])?;
        let number = |name: &str, usual: usize| match options.get(name) {
            None | Some(Value::Null) => Ok(usual),
            Some(value) => value.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| invalid(name)),
        };
        let top = number("$top", PAGE_MAX)?;
        if !(1..=PAGE_MAX).contains(&top) {
            return Err(invalid("$top"));
        }
        if options.get("resultFormat").is_some_and(|format| format != "objectArray") {
            return Err(invalid("resultFormat"));
        }
        let token = options.get("$skipToken").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { top, skip: number("$skip", 0)?, token })
    }

    /// How many rows came before. A token is good for the query that it was given for.
    fn skipped(&self, query: &str) -> Result<usize, Refusal> {
        let Some(token) = &self.token else { return Ok(self.skip) };
        let number = token.split('.').next().and_then(|number| number.parse().ok());
        number
            .filter(|number| *token == self::token(query, *number))
            .ok_or_else(|| Refusal::request("InvalidSkipToken", "The skip token is not one of this query's."))
    }
}

fn token(query: &str, skip: usize) -> String {
    let sum = query.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    format!("{skip}.{sum:x}")
}

fn refuse_others(object: &Map<String, Value>, known: &[&str]) -> Result<(), Refusal> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(other) => Err(Refusal::request("Unsupported", format!("'{other}' is not supported here."))),
    }
}
