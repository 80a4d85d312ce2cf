//! What people ask ARM for.

use anyhow::Context;
use axum::body::Body;
use axum::http::{Method, Request};
use local_azure::cloud::target_types::TargetType;
use serde_json::Value;

use crate::exchange::Answer;
use crate::{ARM, InMemoryCloud};

/// For everything but targets, whose types have versions of their own.
const API_VERSION: &str = "2024-05-01";
/// The length of a version that is no preview.
const DATE_LENGTH: usize = "2024-05-01".len();

impl InMemoryCloud {
    /// One request of a person's, by the newest version of its type that is no preview.
    ///
    /// # Errors
    /// Where the id makes no request.
    pub async fn ask(&self, method: Method, id: &str, body: Option<&Value>) -> anyhow::Result<Answer> {
        let row = TargetType::of_path(id);
        let newest = row.and_then(|row| row.api_versions.iter().find(|version| version.len() == DATE_LENGTH));
        let version = newest.map_or(API_VERSION, String::as_str);
        let request = Request::builder()
            .method(method)
            .uri(format!("{ARM}{id}?api-version={version}"))
            .header("host", "management.azure.com")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.arm.tokens.issue(ARM, i64::MAX)))
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .context("a request")?;
        Ok(Answer::of(&self.arm_router, request).await)
    }

    /// Writes something as a person does.
    ///
    /// # Errors
    /// Where Azure refuses it.
    pub async fn put(&self, id: &str, body: &Value) -> anyhow::Result<()> {
        let Answer { status, body, .. } = self.ask(Method::PUT, id, Some(body)).await?;
        anyhow::ensure!((200..300).contains(&status), "{id}: {status} {}", String::from_utf8_lossy(&body));
        Ok(())
    }
}
