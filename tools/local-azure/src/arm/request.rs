//! One request as the routes see it: taken apart, authenticated, its body read.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    chance::guid,
    cloud::{arm_error::ArmError, precondition::Precondition},
};

/// A request to ARM.
#[derive(Clone, Debug)]
pub struct ArmRequest {
    /// The method.
    pub method: Method,
    /// The path, percent-encoded as it arrived.
    pub path: String,
    /// Query parameters by lower-cased name.
    pub query: BTreeMap<String, String>,
    /// The body, or an empty object where there is none.
    pub body: Map<String, Value>,
    /// `If-Match` and `If-None-Match`.
    pub precondition: Precondition,
    /// Scheme and host that were asked, for absolute urls in the answer.
    pub base_url: String,
    /// The caller's correlation id, or a new one.
    pub correlation_id: String,
    /// Seconds to wait between polls.
    pub retry_after_seconds: u64,
}

impl ArmRequest {
    /// Takes method, url and headers apart; the body is added by `read_body`.
    #[must_use]
    pub fn new(method: Method, uri: &Uri, headers: &HeaderMap, scheme: &str, retry_after_seconds: u64) -> Self {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Self {
            method,
            path: uri.path().to_owned(),
            query: query.map(|(name, value)| (name.to_ascii_lowercase(), value.into_owned())).collect(),
            body: Map::new(),
            precondition: Precondition { if_match: header("if-match"), if_none_match: header("if-none-match") },
            base_url: base_url(scheme, header("host").as_deref()),
            correlation_id: header("x-ms-correlation-request-id")
                .filter(|id| Uuid::parse_str(id).is_ok())
                .unwrap_or_else(|| guid().to_string()),
            retry_after_seconds,
        }
    }

    /// Reads the body of a PUT, PATCH or POST, which must be a JSON object where there is one.
    pub fn read_body(&mut self, bytes: &[u8]) -> Result<(), ArmError> {
        if bytes.is_empty() || matches!(self.method, Method::GET | Method::HEAD | Method::DELETE) {
            return Ok(());
        }
        self.body = serde_json::from_slice(bytes).map_err(|error| {
            let message = format!("The request content was invalid and could not be deserialized: '{error}'.");
            ArmError::bad_request("InvalidRequestContent", message)
        })?;
        Ok(())
    }

    /// Refuses a request without `api-version`, or with one that is not a date.
    pub fn check_api_version(&self) -> Result<(), ArmError> {
        match self.query.get("api-version").map(String::as_str) {
            None | Some("") => Err(ArmError::bad_request(
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )),
            Some(version) if is_api_version(version) => Ok(()),
            Some(_) => Err(ArmError::bad_request(
                "InvalidApiVersionParameter",
                "The api-version is invalid. It must be a date such as '2024-05-01', optionally followed by '-preview'.",
            )),
        }
    }
}

fn base_url(scheme: &str, host: Option<&str>) -> String {
    let host = host.filter(|host| host.parse::<axum::http::uri::Authority>().is_ok()).unwrap_or("localhost");
    format!("{scheme}://{host}")
}

fn is_api_version(version: &str) -> bool {
    let stable = ["-preview", "-privatepreview"].into_iter().find_map(|suffix| version.strip_suffix(suffix));
    let date = stable.unwrap_or(version).as_bytes();
    date.len() == 10
        && date.iter().enumerate().all(
            |(index, byte)| {
                if index == 4 || index == 7 { *byte == b'-' } else { byte.is_ascii_digit() }
            },
        )
}
