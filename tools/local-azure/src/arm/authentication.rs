//! Who may ask ARM: bearers of a token that this run issued for ARM.

use axum::http::HeaderMap;
use time::OffsetDateTime;

use super::answer::Answer;
use crate::{
    cloud::arm_error::ArmError,
    tokens::{TENANT_ID, Tokens},
};

/// The two names of ARM as an audience; Azure takes both, with or without a slash at the end.
const AUDIENCES: [&str; 2] = ["https://management.azure.com", "https://management.core.windows.net"];

/// Refuses a request without a valid token. The refusal names the tenant, as Azure's does.
pub fn check(tokens: &Tokens, headers: &HeaderMap) -> Result<(), Answer> {
    let Some(header) = headers.get("authorization") else {
        let message = "Authentication failed. The 'Authorization' header is missing.";
        return Err(refusal("AuthenticationFailed", message));
    };
    let token = header.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    });
    let audience = token.and_then(|token| tokens.audience(token, OffsetDateTime::now_utc().unix_timestamp()));
    match audience {
        Some(audience) if AUDIENCES.contains(&audience.trim_end_matches('/')) => Ok(()),
        Some(_) => Err(refusal(
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience or resource.",
        )),
        None => Err(refusal("InvalidAuthenticationToken", "The access token is invalid or has expired.")),
    }
}

fn refusal(code: &str, message: &str) -> Answer {
    let mut answer = Answer::from(ArmError::new(401, code, message));
    let header = format!(
        "Bearer authorization_uri=\"https://login.windows.net/{TENANT_ID}\", error=\"invalid_token\", error_description=\"{message}\""
    );
    answer.headers.push(("www-authenticate", header));
    answer
}
