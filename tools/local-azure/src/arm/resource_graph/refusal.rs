//! How Azure Resource Graph words a query that it does not take: a general code, and the particular ones beneath.
//!
//! The shapes are those of public reports: <https://github.com/Azure/aztfexport/issues/485> (a query that cannot be parsed),
//! <https://github.com/Azure/azure-powershell/issues/13762> (an operator that is not supported) and
//! <https://github.com/Azure/azure-cli-extensions/issues/3325> (too many queries).

use serde_json::{Value, json};

use crate::arm::answer::Answer;

/// Why a query is not answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    status: u16,
    code: &'static str,
    details: Vec<Value>,
}

impl Refusal {
    /// The query cannot be read from this place on.
    pub fn parser(line: usize, column: usize, token: &str) -> Self {
        let token: String = token.chars().take(40).collect();
        let place = json!({ "line": line, "characterPositionInLine": column, "token": token });
        Self::query("ParserFailure", "ParserFailure", place)
    }

    /// The query uses something that there is not, or not here: what this answers is a part of the language.
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::query("InvalidQueryLanguage", "InvalidQueryLanguage", json!({ "token": what.into() }))
    }

    /// The query names what does not exist, or mixes kinds.
    pub fn semantic(message: impl Into<String>) -> Self {
        Self::query("SemanticError", &message.into(), json!({}))
    }

    fn query(code: &str, message: &str, mut particular: Value) -> Self {
        particular["code"] = json!(code);
        particular["message"] = json!(message);
        let text = "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.";
        let details = vec![json!({ "code": "InvalidQuery", "message": text }), particular];
        Self { status: 400, code: "BadRequest", details }
    }

    /// The request around the query is wrong.
    pub fn request(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code: "BadRequest", details: vec![json!({ "code": code, "message": message.into() })] }
    }

    /// None of the subscriptions is the caller's.
    pub fn no_access() -> Self {
        let message = "Subscriptions could not be resolved successfully.";
        let details = vec![json!({ "code": "NoValidSubscriptionsInQueryRequest", "message": message })];
        Self { status: 403, code: "AccessDenied", details }
    }

    /// The quota is used up.
    pub fn too_many() -> Self {
        let message = "Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.";
        Self { status: 429, code: "RateLimiting", details: vec![json!({ "code": "RateLimiting", "message": message })] }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let Refusal { status, code, details } = refusal;
        let message = "Please provide below info when asking for support: the correlation id of this answer.";
        Self::with(status, json!({ "error": { "code": code, "message": message, "details": details } }))
    }
}
