//! What a listener of ARM does with each request: faults, the order of refusals, the headers of every answer.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::State as Extracted,
    http::{HeaderMap, HeaderValue, Method, Request, Response},
    middleware::from_fn_with_state,
};

use tokio::time::Instant;

use super::{
    answer::Answer,
    authentication,
    dispatch::dispatch,
    faults::{CutOff, Fault, FaultRule, Faults},
    path::{self, Route},
    recorded_requests::{RecordedRequest, RecordedRequests},
    request::ArmRequest,
    request_limits::{Remaining, RequestLimits},
    resource_graph::quota::Quota,
    subscription_routes,
};
use crate::{
    chance::guid,
    cloud::{Cloud, arm_error::ArmError},
    tokens::Tokens,
};

/// ARM refuses larger bodies, too.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// What a listener of ARM needs.
#[derive(Clone)]
pub struct ArmServer {
    /// The state.
    pub cloud: Arc<Cloud>,
    /// Which tokens are good.
    pub tokens: Tokens,
    /// Faults that are due.
    pub faults: Faults,
    /// Where requests are recorded.
    pub requests: RecordedRequests,
    /// What is left to ask Resource Graph.
    pub graph_quota: Quota,
    /// How many requests are taken.
    pub limits: RequestLimits,
    /// Seconds to wait between polls.
    pub retry_after_seconds: u64,
}

impl ArmServer {
    /// A server with tokens and a quota of its own, no faults and no requests.
    #[must_use]
    pub fn new(cloud: Arc<Cloud>, retry_after_seconds: u64) -> Self {
        let (tokens, faults, requests, graph_quota, limits) = Default::default();
        Self { cloud, tokens, faults, requests, graph_quota, limits, retry_after_seconds }
    }

    /// The axum router for a listener that speaks `http` or `https`; absolute urls in answers begin with that.
    pub fn router(self, scheme: &'static str) -> Router {
        let cut_off = from_fn_with_state(self.faults.cut_off.clone(), CutOff::layer);
        Router::new().fallback(move |state, request| handle(scheme, state, request)).layer(cut_off).with_state(self)
    }
}

async fn handle(scheme: &'static str, Extracted(server): Extracted<ArmServer>, http: Request<Body>) -> Response<Body> {
    let (parts, body) = http.into_parts();
    let path = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let client_request_id = header(&parts.headers, "x-ms-client-request-id");
    let mut request =
        ArmRequest::new(parts.method.clone(), &parts.uri, &parts.headers, scheme, server.retry_after_seconds);
    let body = axum::body::to_bytes(body, MAX_BODY_BYTES).await;
    let mut remaining = None;
    let mut answer =
        |request: &mut ArmRequest| answer(&server, &parts.headers, request, body.as_deref().ok(), &mut remaining);
    let answer = match server.faults.take(&parts.method, &path) {
        Some(Fault::Answer(rule)) => {
            if rule.after_effect {
                answer(&mut request);
            }
            faulty(&rule)
        }
        Some(Fault::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            answer(&mut request)
        }
        None => answer(&mut request),
    };
    let (status, method) = (answer.status, parts.method);
    let mut response = answer.into_response();
    add_headers(response.headers_mut(), &request, &method, client_request_id.as_deref(), remaining);
    server.requests.add(RecordedRequest { method, path, status, client_request_id });
    response
}

/// The answer to a request whose body is `body`, or was too large, and what is left for more of them.
fn answer(
    server: &ArmServer,
    headers: &HeaderMap,
    request: &mut ArmRequest,
    body: Option<&[u8]>,
    remaining: &mut Option<Remaining>,
) -> Answer {
    let route = match path::parse(&request.path) {
        Ok(Route::MetadataEndpoints) => {
            return Answer::ok(subscription_routes::metadata(server.cloud.read(|state| state.cloud), request));
        }
        Ok(route) => route,
        Err(error) => return error.into(),
    };
    let subscription = match &route {
        Route::In { subscription, .. } => Some(subscription.as_str()),
        Route::Subscriptions
        | Route::Providers
        | Route::Provider(_)
        | Route::ResourceGraph
        | Route::MetadataEndpoints => None,
    };
    if let Err(refusal) = authentication::check(&server.tokens, headers, subscription) {
        return refusal;
    }
    let principal = authentication::principal(&server.tokens, headers);
    match server.limits.count(&principal, &request.method, &route, &request.precondition, Instant::now()) {
        Ok(left) => *remaining = left,
        Err(refusal) => return refusal.into(),
    }
    let Some(body) = body else {
        let message = format!("The request content is larger than {MAX_BODY_BYTES} bytes.");
        return ArmError::new(413, "RequestContentTooLarge", message).into();
    };
    let checked = request.check_api_version().and_then(|()| request.read_body(body));
    let answered = checked.and_then(|()| {
        let correlation_id = request.correlation_id.clone();
        server.cloud.change(&correlation_id, |state| dispatch(state, request, route, &server.graph_quota))
    });
    answered.unwrap_or_else(Answer::from)
}

fn faulty(rule: &FaultRule) -> Answer {
    let mut error = ArmError::new(rule.status, &rule.code, "A test asked for this fault.");
    error.retry_after_seconds = rule.retry_after_seconds;
    error.into()
}

/// The headers that every answer of ARM carries. Without limits the remaining counts never run out.
fn add_headers(
    headers: &mut HeaderMap,
    request: &ArmRequest,
    method: &Method,
    client_request_id: Option<&str>,
    remaining: Option<Remaining>,
) {
    let mut insert = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    insert("x-ms-request-id", &guid().to_string());
    insert("x-ms-correlation-request-id", &request.correlation_id);
    if let Some(id) = client_request_id {
        insert("x-ms-client-request-id", id);
    }
    if let Some((name, requests)) = remaining {
        return insert(name, &requests.to_string());
    }
    match *method {
        Method::GET | Method::HEAD => insert("x-ms-ratelimit-remaining-subscription-reads", "249"),
        Method::DELETE => insert("x-ms-ratelimit-remaining-subscription-deletes", "199"),
        _ => insert("x-ms-ratelimit-remaining-subscription-writes", "199"),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
