//! Who may ask ARM: bearers of a token that this run issued for ARM.

use axum::http::HeaderMap;

use super::answer::Answer;
use crate::{
    chance::now,
    cloud::{
        arm_error::ArmError,
        subscriptions::{self, PARTNER_TENANT_ID},
    },
    tokens::{TENANT_ID, Tokens},
};

/// The names of ARM as an audience, two in each cloud; Azure takes both, with or without a slash at the end.
const AUDIENCES: [&str; 6] = [
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.usgovcloudapi.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
    "https://management.core.chinacloudapi.cn",
];

/// Refuses a request without a valid token for the tenant of the subscription that it is about.
///
/// The refusal names that tenant, to strangers too (resource-manager-api-authentication). Assumed: a stranger who asks
/// about a subscription that is nowhere is told so.
pub fn check(tokens: &Tokens, headers: &HeaderMap, subscription: Option<&str>) -> Result<(), Answer> {
    let tenant = match subscription.map(|subscription| (subscription, subscriptions::tenant_of(subscription))) {
        Some((_, Some(tenant))) => tenant,
        Some((subscription, None)) if !headers.contains_key("authorization") => {
            return Err(subscriptions::not_found(subscription).into());
        }
        Some((_, None)) | None => TENANT_ID,
    };
    check_token(tokens, headers).map_err(|(code, message)| refusal(tenant, code, message))?;
    // A token for nobody's subscription but its own tenant's. Microsoft's is refused later, by the missing role.
    if tenant == PARTNER_TENANT_ID {
        return Err(refusal(tenant, "InvalidAuthenticationTokenTenant", &wrong_tenant(tenant)));
    }
    Ok(())
}

/// Who asks, by a token that is good; nobody in particular without one.
pub fn principal(tokens: &Tokens, headers: &HeaderMap) -> String {
    bearer(headers).and_then(|token| tokens.principal(token)).unwrap_or_default()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get("authorization")?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

/// The code and message of the refusal of a token that is missing or no good.
fn check_token(tokens: &Tokens, headers: &HeaderMap) -> Result<(), (&'static str, &'static str)> {
    if !headers.contains_key("authorization") {
        let message = "Authentication failed. The 'Authorization' header is missing.";
        return Err(("AuthenticationFailed", message));
    }
    let audience = bearer(headers).and_then(|token| tokens.audience(token, now().unix_timestamp()));
    match audience {
        Some(audience) if AUDIENCES.contains(&audience.trim_end_matches('/')) => Ok(()),
        Some(_) => Err((
            "InvalidAuthenticationTokenAudience",
            "The access token has been obtained for wrong audience or resource.",
        )),
        None => Err(("InvalidAuthenticationToken", "The access token is invalid or has expired.")),
    }
}

fn wrong_tenant(tenant: &str) -> String {
    format!(
        "The access token is from the wrong issuer 'https://sts.windows.net/{TENANT_ID}/'. It must match the tenant 'https://sts.windows.net/{tenant}/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/{tenant}' to get the token."
    )
}

fn refusal(tenant: &str, code: &str, message: &str) -> Answer {
    let mut answer = Answer::from(ArmError::new(401, code, message));
    let header = format!(
        "Bearer authorization_uri=\"https://login.windows.net/{tenant}\", error=\"invalid_token\", error_description=\"{message}\""
    );
    answer.headers.push(("www-authenticate", header));
    answer
}
