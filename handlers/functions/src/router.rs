//! The host's calls, each led to its Function.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::app::App;
use crate::wire::{Invocation, Reply};
use crate::{connection_event, reconcile_job, status, sweep, validation_job};

/// An Event Grid event has up to 1 MB and a Service Bus message up to 256 KB; double encoding can more than double
/// them. The host itself has no limit towards us.
const BODY_MAX_BYTES: usize = 16 * 1024 * 1024;

/// One route for each Function, by the name of its folder in `function-definitions/`.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(ready))
        .route("/status", get(status::show))
        .route("/ConnectionEvent", post(|app, headers, body| call(app, headers, body, connection_event::handle)))
        .route("/ReconcileJob", post(|app, headers, body| call(app, headers, body, reconcile_job::handle)))
        .route("/ValidationJob", post(|app, headers, body| call(app, headers, body, validation_job::handle)))
        .route("/Sweep", post(|app, headers, body| call(app, headers, body, sweep::handle)))
        .fallback(unknown)
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .with_state(app)
}

/// The host asks this to see whether we are there; it takes any answer for yes.
async fn ready() -> Json<serde_json::Value> {
    Json(json!({}))
}

async fn unknown() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "there is no such Function" }))).into_response()
}

async fn call<F, R>(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes, function: F) -> Reply
where
    F: FnOnce(Arc<App>, Invocation, String) -> R,
    R: Future<Output = Reply>,
{
    let invocation_id = headers.get("x-azure-functions-invocationid").and_then(|value| value.to_str().ok());
    match Invocation::parse(&body, invocation_id) {
        Ok(invocation) => {
            // The parsed form is all that is needed from here on.
            drop(body);
            let correlation_id = invocation.correlation_id();
            said(Box::pin(function(app, invocation, correlation_id.clone())).await, &correlation_id)
        }
        Err(why) => said(Reply::BadRequest(why), invocation_id.unwrap_or_default()),
    }
}

/// The host drops what an answer says that is no success, so our log must say it.
fn said(reply: Reply, correlation_id: &str) -> Reply {
    match &reply {
        Reply::Done(_) => {}
        Reply::BadRequest(why) => tracing::warn!(event = "refused", correlation_id, "{why}"),
        Reply::Failed(why) => tracing::error!(event = "failed", correlation_id, "the host is to call again: {why}"),
    }
    reply
}

#[cfg(test)]
mod tests;
