//! The managed-identity token endpoint, as App Service and Functions offer it to the code that runs there.

use std::collections::HashMap;

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    middleware::from_fn_with_state,
    routing::get,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    arm::faults::CutOff,
    chance::now,
    tokens::{MANAGED_IDENTITY, Tokens},
};

/// A token is good for an hour.
const LIFETIME_SECONDS: i64 = 3600;

/// The only version of the protocol that App Service speaks.
const API_VERSION: &str = "2019-08-01";

/// The endpoint with its secret, which a caller must send as `X-IDENTITY-HEADER`.
#[derive(Clone, Debug)]
pub struct IdentityServer {
    /// Issues the tokens.
    pub tokens: Tokens,
    /// The secret.
    pub header: String,
    /// Whose request is cut off.
    pub cut_off: CutOff,
}

impl IdentityServer {
    /// An endpoint with a new secret.
    #[must_use]
    pub fn new(tokens: Tokens, cut_off: CutOff) -> Self {
        Self { tokens, header: Uuid::new_v4().simple().to_string(), cut_off }
    }

    /// The axum router: `GET /msi/token`.
    pub fn router(self) -> Router {
        let cut_off = from_fn_with_state(self.cut_off.clone(), CutOff::layer);
        Router::new().route("/msi/token", get(token)).layer(cut_off).with_state(self)
    }
}

async fn token(
    State(server): State<IdentityServer>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> (StatusCode, Json<Value>) {
    match headers.get("x-identity-header").map(|value| value.to_str().unwrap_or_default()) {
        None => return refusal(StatusCode::UNAUTHORIZED, "The header X-IDENTITY-HEADER is missing."),
        Some(header) if header != server.header => {
            return refusal(StatusCode::FORBIDDEN, "The header X-IDENTITY-HEADER is wrong.");
        }
        Some(_) => {}
    }
    if query.get("api-version").map(String::as_str) != Some(API_VERSION) {
        return refusal(StatusCode::BAD_REQUEST, "The api-version must be 2019-08-01.");
    }
    let Some(resource) = query.get("resource").filter(|resource| !resource.is_empty()) else {
        return refusal(StatusCode::BAD_REQUEST, "The parameter resource is missing.");
    };
    if query.get("client_id").is_some_and(|id| Uuid::parse_str(id).is_err()) {
        return refusal(StatusCode::BAD_REQUEST, "No managed identity has this client_id.");
    }
    let expires_on = now().unix_timestamp() + LIFETIME_SECONDS;
    let body = json!({
        "access_token": server.tokens.issue_to(MANAGED_IDENTITY, resource, expires_on),
        "expires_on": expires_on.to_string(),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": query.get("client_id"),
    });
    (StatusCode::OK, Json(body))
}

fn refusal(status: StatusCode, message: &str) -> (StatusCode, Json<Value>) {
    (status, Json(json!({ "statusCode": status.as_u16(), "message": message })))
}
