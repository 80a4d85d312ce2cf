//! Long-running operations: followed from the first answer until ARM says how they ended.
//!
//! A write that is not done yet answers with a URL to ask (`Azure-AsyncOperation`, or else `Location`) and how long to
//! wait between questions. See <https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations>.

use std::time::Duration;

use azure_core::http::Method;
use portreeve_decisions::catalogue::is_under_way;
use portreeve_decisions::resource_id::ResourceId;
use portreeve_decisions::untrusted::escaped;
use serde_json::Value;
use url::Url;

use super::Arm;
use crate::error::{AzureError, ErrorKind};
use crate::transport::Answer;

/// How long an operation is followed before the work is put off; the caller's own deadline is usually sooner.
const FOLLOW_MAX: Duration = Duration::from_secs(60);
/// The wait between questions where ARM asks for none.
const POLL_DEFAULT: Duration = Duration::from_secs(1);
/// The least wait between questions, whatever ARM asks for.
const POLL_MIN: Duration = Duration::from_millis(50);

enum Question {
    /// Answers `{"status": …}`.
    Status(Url),
    /// Answers 202 until it is done.
    Location(Url),
}

impl Arm {
    /// Returns once the operation that `answer` began has succeeded, and whether it began one at all.
    pub(super) async fn see_through(&self, id: &ResourceId, answer: &Answer) -> Result<bool, AzureError> {
        let Some(question) = self.question_of(answer)? else { return Ok(false) };
        let attempted = format!("follow the operation on {id}");
        let mut wait = answer.retry_after(self.clock.as_ref()).unwrap_or(POLL_DEFAULT);
        let mut waited = Duration::ZERO;
        loop {
            wait = wait.max(POLL_MIN);
            if waited + wait > FOLLOW_MAX {
                let detail = format!("it has not ended after {} s", waited.as_secs());
                return Err(AzureError::new(ErrorKind::Conflict, attempted, detail).with_retry_after(Some(wait)));
            }
            self.clock.sleep(wait).await;
            waited += wait;
            let (url, is_status) = match &question {
                Question::Status(url) => (url, true),
                Question::Location(url) => (url, false),
            };
            let answer = self.send(self.request(url.clone(), Method::Get)).await?;
            if ended(&answer, is_status, &attempted)? {
                return Ok(true);
            }
            wait = answer.retry_after(self.clock.as_ref()).unwrap_or(POLL_DEFAULT);
        }
    }

    fn question_of(&self, answer: &Answer) -> Result<Option<Question>, AzureError> {
        if let Some(link) = answer.header("azure-asyncoperation") {
            return Ok(Some(Question::Status(self.url_from_azure(link)?)));
        }
        match answer.header("location") {
            Some(link) if answer.status == 202 => Ok(Some(Question::Location(self.url_from_azure(link)?))),
            _ => Ok(None),
        }
    }
}

fn ended(answer: &Answer, is_status: bool, attempted: &str) -> Result<bool, AzureError> {
    if !is_status {
        return Ok(answer.status != 202);
    }
    let body = answer.json();
    let status = body.get("status").and_then(Value::as_str).unwrap_or_default();
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Ok(true),
        "failed" | "canceled" | "cancelled" => {
            let said = |key: &str| body.pointer(&format!("/error/{key}")).and_then(Value::as_str).map(str::to_owned);
            let message = said("message").unwrap_or_else(|| "no message".to_owned());
            let detail = format!("it ended {status}: {}", escaped(&message, 500));
            // A failed operation can be begun anew: the next observation decides whether it should be.
            Err(AzureError::new(ErrorKind::Conflict, attempted, detail).with_code(said("code")))
        }
        // A provider that answers with the resource instead of an operation says so by its provisioning state.
        "" => {
            let state = body.pointer("/properties/provisioningState").and_then(Value::as_str).unwrap_or_default();
            Ok(answer.status != 202 && !is_under_way(state))
        }
        _ => Ok(false),
    }
}
