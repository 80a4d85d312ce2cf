//! The host's own endpoints: the Event Grid webhook and the admin API.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinError;

use super::{
    admin, event_grid_trigger,
    function_json::{FunctionDefinition, Trigger},
    invoker::Invoker,
};

/// `ScriptConstants.DefaultMaxRequestBodySize` of Azure/azure-functions-host.
const BODY_LIMIT_BYTES: usize = 104_857_600;

/// What the endpoints work with.
#[derive(Clone, Debug)]
pub(super) struct Endpoints {
    pub url: String,
    pub functions: Vec<Arc<FunctionDefinition>>,
    pub invoker: Arc<Invoker>,
}

pub(super) fn router(endpoints: Endpoints) -> Router {
    Router::new()
        .route("/runtime/webhooks/eventgrid", post(event_grid_webhook))
        .route("/admin/functions", get(admin::list))
        .route("/admin/functions/{name}", post(admin::invoke))
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .with_state(endpoints)
}

/// `HttpRequestProcessor` of Azure/azure-sdk-for-net, Event Grid extension.
async fn event_grid_webhook(
    State(endpoints): State<Endpoints>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let name = query.get("functionName").map(String::as_str).unwrap_or_default();
    let Some(function) = endpoints.functions.iter().find(|function| function.name == name && is_event_grid(function))
    else {
        return (StatusCode::NOT_FOUND, format!("there is no function \"{name}\" with an Event Grid trigger"))
            .into_response();
    };
    let event_type = headers.get("aeg-event-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    match event_type.to_ascii_lowercase().as_str() {
        "subscriptionvalidation" => handshake(&body),
        "notification" => notify(&endpoints.invoker, function, &body).await,
        "unsubscribe" => StatusCode::ACCEPTED.into_response(),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn is_event_grid(function: &FunctionDefinition) -> bool {
    matches!(function.trigger.trigger, Trigger::EventGrid { .. })
}

/// The host answers the handshake itself; the handler never sees it.
fn handshake(body: &[u8]) -> Response {
    let events: Value = serde_json::from_slice(body).unwrap_or_default();
    match events[0]["data"]["validationCode"].as_str() {
        Some(code) => Json(json!({ "validationResponse": code })).into_response(),
        None => (StatusCode::INTERNAL_SERVER_ERROR, "the first event has no data.validationCode").into_response(),
    }
}

/// Each event on its own and all at once; one that fails fails the delivery.
///
/// Each call is a task of its own: it goes on when the sender hangs up, so a delivery that is tried again runs beside
/// the first one, as in Azure.
async fn notify(invoker: &Arc<Invoker>, function: &Arc<FunctionDefinition>, body: &[u8]) -> Response {
    let events = match serde_json::from_slice(body) {
        Ok(Value::Array(events)) if events.iter().all(Value::is_object) => events,
        Ok(event @ Value::Object(_)) => vec![event],
        // The extension throws on both, and the host turns that into a 500.
        Ok(_) => return (StatusCode::INTERNAL_SERVER_ERROR, "an event must be an object").into_response(),
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, format!("not JSON: {error}")).into_response(),
    };
    let Trigger::EventGrid { cardinality } = &function.trigger.trigger else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let calls = event_grid_trigger::calls(&function.trigger.name, *cardinality, events);
    let results = join_all(calls.into_iter().map(|call| {
        let (invoker, function) = (invoker.clone(), function.clone());
        tokio::spawn(async move { invoker.invoke(&function, call).await })
    }));
    let failure = |result: Result<_, JoinError>| result.unwrap_or_else(|error| Err(error.to_string())).err();
    match results.await.into_iter().find_map(failure) {
        Some(reason) => (StatusCode::INTERNAL_SERVER_ERROR, reason).into_response(),
        None => StatusCode::ACCEPTED.into_response(),
    }
}
