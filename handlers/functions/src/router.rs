//! The host's calls, each led to its Function.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::app::App;
use crate::deadlines::{self, Deadlines};
use crate::wire::{Invocation, Reply};
use crate::{connection_event, reconcile_job, status, sweep, validation_job};

/// One route for each Function, by the name of its folder in `function-definitions/`.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(ready))
        .route("/status", get(status::show))
        .route("/ConnectionEvent", post(event))
        .route("/ReconcileJob", post(|app, call| calls(app, call, &deadlines::RECONCILE_JOB, reconcile_job::handle)))
        .route("/ValidationJob", post(|app, call| calls(app, call, &deadlines::VALIDATION_JOB, validation_job::handle)))
        .route("/Sweep", post(|app, call| calls(app, call, &deadlines::SWEEP, sweep::handle)))
        .fallback(unknown)
        .with_state(app)
}

/// The host asks this to see whether we are there; it takes any answer for yes.
async fn ready() -> Json<serde_json::Value> {
    Json(json!({}))
}

async fn unknown() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "there is no such Function" }))).into_response()
}

/// Events alone come without limit.
async fn event(State(app): State<Arc<App>>, request: Request) -> Reply {
    match app.turns.event() {
        Some(_place) => {
            calls(State(app.clone()), request, &deadlines::CONNECTION_EVENT, connection_event::handle).await
        }
        None => said(Reply::Busy("too many events wait for their answers".to_owned()), ""),
    }
}

async fn calls<F, R>(State(app): State<Arc<App>>, request: Request, deadlines: &Deadlines, function: F) -> Reply
where
    F: FnOnce(Arc<App>, Invocation, String) -> R,
    R: Future<Output = Reply>,
{
    let (head, body) = request.into_parts();
    let invocation_id = head.headers.get("x-azure-functions-invocationid").and_then(|value| value.to_str().ok());
    let read = async {
        let (bytes, turn) = app.turns.body(body).await?;
        Invocation::parse(&bytes, invocation_id, turn)
    };
    match app.within(deadlines.read, read).await {
        Some(Ok(invocation)) => {
            let correlation_id = invocation.correlation_id();
            said(Box::pin(function(app, invocation, correlation_id.clone())).await, &correlation_id)
        }
        Some(Err(why)) => said(Reply::BadRequest(why), invocation_id.unwrap_or_default()),
        None => {
            let why = format!("the call was not there and read within {} s", deadlines.read.as_secs());
            said(Reply::Busy(why), invocation_id.unwrap_or_default())
        }
    }
}

/// The host drops what an answer says that is no success, so our log must say it.
fn said(reply: Reply, correlation_id: &str) -> Reply {
    match &reply {
        Reply::Done(_) => {}
        Reply::BadRequest(why) => tracing::warn!(event = "refused", correlation_id, "{why}"),
        Reply::Busy(why) => tracing::warn!(event = "failed", correlation_id, "the host is to call again: {why}"),
        Reply::Failed(why) => tracing::error!(event = "failed", correlation_id, "the host is to call again: {why}"),
    }
    reply
}

#[cfg(test)]
mod tests;
