//! Azure Resource Graph: one query over many subscriptions, page after page and no faster than it lets us.
//!
//! What it answers may be seconds or minutes behind ARM, so it says where to look and never what to do.

use std::time::Duration;

use portreeve_decisions::untrusted::escaped;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::arm::Arm;
use crate::clock::Clock;
use crate::error::{AzureError, ErrorKind};
use crate::transport::Answer;

const PATH: &str = "/providers/Microsoft.ResourceGraph/resources";
/// Not the newest: what is used of it is the same in all, and every cloud has this one.
const API_VERSION: &str = "2022-10-01";
/// The most rows on a page: <https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results>.
const PAGE_ROWS: usize = 1000;
/// More pages than any answer of ours has; an endless chain of tokens ends here.
const PAGES_MAX: usize = 1000;
/// The most subscriptions that one request may name:
/// <https://learn.microsoft.com/azure/governance/resource-graph/troubleshoot/general>.
const SUBSCRIPTIONS_MAX: usize = 1000;
/// After this many refusals of one query it is the query that is wrong, and not a few of the subscriptions.
const REFUSALS_MAX: usize = 100;
/// How often one page is asked for where the quota is said to be used up.
const TRIES: u32 = 10;
/// The window that the quota is counted in, for an answer that does not say when it ends.
const USUAL_WINDOW: Duration = Duration::from_secs(5);

/// The way to Resource Graph, with what it said about when to come back.
#[derive(Debug, Default)]
pub(crate) struct ResourceGraph {
    /// Held while asking: one question at a time, so that what an answer says of the quota is true for the next one.
    not_before: Mutex<Option<OffsetDateTime>>,
}

/// The rows of a query.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    pub rows: Vec<T>,
    /// The subscriptions that it could not be asked over, and why.
    pub left_out: Vec<(String, AzureError)>,
}

impl ResourceGraph {
    /// Asks over all of these subscriptions at once. Where that is refused, over each half of them, until those are left
    /// alone that are refused by themselves.
    ///
    /// # Errors
    /// What time may cure, and refusals that halving does not help against.
    pub async fn rows<T: DeserializeOwned>(
        &self,
        arm: &Arm,
        clock: &dyn Clock,
        subscriptions: &[String],
        query: &str,
    ) -> Result<Rows<T>, AzureError> {
        let (mut rows, mut left_out) = (Vec::new(), Vec::new());
        let mut parts: Vec<&[String]> = subscriptions.chunks(SUBSCRIPTIONS_MAX).rev().collect();
        let mut refusals = 0;
        while let Some(part) = parts.pop() {
            match (self.all_pages(arm, clock, part, query).await, part) {
                (Ok(found), _) => rows.extend(found),
                (Err(error), _) if !error.is_refusal() || refusals == REFUSALS_MAX => return Err(error),
                (Err(error), [alone]) => {
                    refusals += 1;
                    left_out.push((alone.clone(), error));
                }
                (Err(_), several) => {
                    refusals += 1;
                    let (first, second) = several.split_at(several.len() / 2);
                    parts.extend([second, first]);
                }
            }
        }
        Ok(Rows { rows, left_out })
    }

    /// All pages of one question, or none: what was read before a failure would be read twice.
    async fn all_pages<T: DeserializeOwned>(
        &self,
        arm: &Arm,
        clock: &dyn Clock,
        subscriptions: &[String],
        query: &str,
    ) -> Result<Vec<T>, AzureError> {
        let refused = |detail: &str| AzureError::new(ErrorKind::Refused, format!("POST {PATH}"), detail);
        let mut rows = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let options = json!({ "resultFormat": "objectArray", "$top": PAGE_ROWS, "$skipToken": token });
            let body = json!({ "subscriptions": subscriptions, "query": query, "options": options });
            let answer = self.ask(arm, clock, &body).await?;
            let page = page_of(&answer).map_err(|error| {
                refused(&format!("the answer is not understood: {}", escaped(&error.to_string(), 300)))
            })?;
            token = page.skip_token.filter(|token| !token.is_empty());
            if token.is_none() && page.result_truncated.is_some_and(|truncated| is_true(&truncated)) {
                return Err(refused("the answer was cut, and cannot be gone on with"));
            }
            rows.extend(page.data.into_iter().map(|row| row.0));
            if token.is_none() {
                return understood(rows, arm);
            }
        }
        Err(refused(&format!("the answer has more than {PAGES_MAX} pages")))
    }

    /// One question, no sooner than the last answer allows.
    async fn ask(&self, arm: &Arm, clock: &dyn Clock, body: &Value) -> Result<Answer, AzureError> {
        let mut not_before = self.not_before.lock().await;
        let mut tries = 1;
        loop {
            if let Some(wait) = not_before.and_then(|at| Duration::try_from(at - clock.now()).ok()) {
                clock.sleep(wait).await;
            }
            let (wait, outcome) = match arm.post(PATH, API_VERSION, body).await {
                Ok(answer) => (wait_after(&answer), Ok(answer)),
                Err(error) if error.kind == ErrorKind::Throttled => {
                    (Some(error.retry_after.unwrap_or(USUAL_WINDOW)), Err(error))
                }
                Err(error) => (None, Err(error)),
            };
            *not_before = wait.map(|wait| clock.now() + wait);
            match outcome {
                Err(error) if error.kind == ErrorKind::Throttled && tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }
}

/// How long the next question has to wait, where this answer's was the last of its window.
fn wait_after(answer: &Answer) -> Option<Duration> {
    let is_last = answer.header("x-ms-user-quota-remaining")?.trim() == "0";
    is_last.then(|| answer.quota_resets_after().unwrap_or(USUAL_WINDOW))
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Page<T> {
    data: Vec<Row<T>>,
    #[serde(rename = "$skipToken")]
    skip_token: Option<String>,
    /// A text or a truth, by the api-version.
    #[serde(rename = "resultTruncated")]
    result_truncated: Option<Value>,
}

/// A row, or why it is not understood. Each is read by itself: a page of JSON is many times as large as its facts.
struct Row<T>(Result<T, String>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let row = Value::deserialize(deserializer)?;
        Ok(Self(serde_json::from_value(row).map_err(|error| escaped(&error.to_string(), 300))))
    }
}

fn page_of<T: DeserializeOwned>(answer: &Answer) -> serde_json::Result<Page<T>> {
    serde_json::from_slice(&answer.body)
}

fn is_true(truncated: &Value) -> bool {
    truncated == &json!(true) || truncated.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// The rows that are understood; the others are left out, and said. Where none is, it is the answer that has another shape.
fn understood<T>(rows: Vec<Result<T, String>>, arm: &Arm) -> Result<Vec<T>, AzureError> {
    let (mut kept, mut count, mut first) = (Vec::new(), 0, None);
    for row in rows {
        match row {
            Ok(row) => kept.push(row),
            Err(error) => {
                count += 1;
                first.get_or_insert(error);
            }
        }
    }
    let Some(error) = first else { return Ok(kept) };
    if kept.is_empty() {
        let detail = format!("none of the {count} rows is understood: {error}");
        return Err(AzureError::new(ErrorKind::Refused, format!("POST {PATH}"), detail));
    }
    tracing::warn!(
        event = "not_understood",
        correlation_id = arm.client_request_id(),
        error,
        "{count} rows of Resource Graph were left out"
    );
    Ok(kept)
}

#[cfg(test)]
mod tests;
