//! A record of every request to ARM, for tests that count them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::Method;

/// One request and how it was answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// Path and query, as they arrived.
    pub path: String,
    /// The status of the answer.
    pub status: u16,
    /// `x-ms-client-request-id` of the caller.
    pub client_request_id: Option<String>,
}

/// All requests so far. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct RecordedRequests {
    requests: Arc<Mutex<Vec<RecordedRequest>>>,
}

impl RecordedRequests {
    /// Adds one.
    pub fn add(&self, request: RecordedRequest) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// A copy of all of them, in the order of their answers.
    #[must_use]
    pub fn all(&self) -> Vec<RecordedRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
