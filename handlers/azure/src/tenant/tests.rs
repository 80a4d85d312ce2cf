use azure_core::http::headers::HeaderName;

use super::*;
use crate::scripted::{ScriptedAnswer, arm};

const SUBSCRIPTION: &str = "aaaaaaaa-1111-1111-1111-111111111111";
const TENANT: &str = "0f0f0f0f-2222-3333-4444-abcdefabcdef";

fn answer(status: u16, code: &str) -> ScriptedAnswer {
    (status, Vec::new(), format!(r#"{{"error":{{"code":"{code}","message":"said so"}}}}"#))
}

fn refusal(header: &'static str) -> ScriptedAnswer {
    (401, vec![("www-authenticate", header)], r#"{"error":{"code":"AuthenticationFailed"}}"#.to_owned())
}

const NAMED: &str = "Bearer authorization_uri=\"https://login.windows.net/0F0F0F0F-2222-3333-4444-ABCDEFABCDEF\", error=\"invalid_token\", error_description=\"The authentication failed because of missing 'Authorization' header.\"";

#[tokio::test]
async fn a_subscription_of_ours_tells_its_tenant() {
    let body = format!(r#"{{"tenantId":"{}"}}"#, TENANT.to_uppercase());
    let (arm, http, _) = arm(vec![(200, Vec::new(), body)]);
    assert_eq!(arm.tenant_of(SUBSCRIPTION).await.unwrap().as_deref(), Some(TENANT));
    assert_eq!(http.requests().len(), 1);
}

#[tokio::test]
async fn the_tenant_of_any_other_is_asked_for_without_a_token_and_at_arm_only() {
    let refusals =
        [(401, "InvalidAuthenticationTokenTenant"), (403, "AuthorizationFailed"), (404, "SubscriptionNotFound")];
    for (status, code) in refusals {
        let (arm, http, _) = arm(vec![answer(status, code), refusal(NAMED)]);
        assert_eq!(arm.tenant_of(SUBSCRIPTION).await.unwrap().as_deref(), Some(TENANT), "{status}");
        let requests = http.requests();
        assert_eq!(requests.len(), 2);
        let authorization =
            |index: usize| requests[index].headers().get_optional_str(&HeaderName::from_static("authorization"));
        assert_eq!((authorization(0), authorization(1)), (Some("Bearer token-1"), None));
        let url = format!("https://management.azure.com/subscriptions/{SUBSCRIPTION}?api-version=2022-12-01");
        assert!(requests.iter().all(|request| request.url().as_str() == url), "{requests:?}");
    }
}

#[tokio::test]
async fn only_a_whole_guid_in_the_authority_is_a_tenant() {
    let cases = [
        ("Bearer authorization_uri=\"https://login.microsoftonline.com/0f0f0f0f-2222-3333-4444-abcdefabcdef/\"", true),
        ("Bearer authorization_uri=\"https://login.windows.net/\", error=\"invalid_token\"", false),
        ("Bearer authorization_uri=\"https://login.windows.net/common\"", false),
        ("Bearer authorization_uri=\"https://login.windows.net/0f0f0f0f-2222-3333-4444-abcdefabcdef/oauth2\"", false),
        ("Bearer authorization_uri=\"https://login.windows.net/0f0f0f0f-2222-3333-4444-abcdefabcdefa\"", false),
        ("Bearer authorization_uri=\"http://login.windows.net/0f0f0f0f-2222-3333-4444-abcdefabcdef\"", false),
        ("Bearer authorization_uri=\"https://login.windows.net/0f0f0f0f-2222-3333-4444-abcdefabcdef", false),
        ("Bearer realm=\"0f0f0f0f-2222-3333-4444-abcdefabcdef\"", false),
        ("", false),
    ];
    for (header, is_read) in cases {
        let (arm, ..) = arm(vec![answer(403, "AuthorizationFailed"), refusal(header)]);
        let tenant = arm.tenant_of(SUBSCRIPTION).await.unwrap();
        assert_eq!(tenant.as_deref(), is_read.then_some(TENANT), "{header}");
    }
}

#[tokio::test]
async fn what_arm_does_not_say_is_unknown() {
    let strangers = [answer(404, "SubscriptionNotFound"), answer(401, "AuthenticationFailed"), answer(200, "x")];
    for stranger in strangers {
        let (arm, ..) = arm(vec![answer(404, "SubscriptionNotFound"), stranger.clone()]);
        assert_eq!(arm.tenant_of(SUBSCRIPTION).await.unwrap(), None, "{stranger:?}");
    }
    for body in ["{}", r#"{"tenantId":"contoso.onmicrosoft.com"}"#, "", "[]"] {
        let (arm, ..) = arm(vec![(200, Vec::new(), body.to_owned())]);
        assert_eq!(arm.tenant_of(SUBSCRIPTION).await.unwrap(), None, "{body}");
    }
}

#[tokio::test]
async fn what_is_no_subscription_is_not_asked_for() {
    let (arm, http, _) = arm(Vec::new());
    for text in ["", "..", "aaaaaaaa-1111-1111-1111-111111111111/providers", "x?y"] {
        assert_eq!(arm.tenant_of(text).await.unwrap(), None, "{text}");
    }
    assert!(http.requests().is_empty());
}

#[tokio::test]
async fn a_busy_arm_is_an_error_either_time() {
    let busy = || (429, vec![("retry-after", "30")], "{}".to_owned());
    let (client, ..) = arm(vec![busy()]);
    assert_eq!(client.tenant_of(SUBSCRIPTION).await.unwrap_err().kind, ErrorKind::Throttled);
    let (client, http, _) = arm(vec![answer(403, "AuthorizationFailed"), busy()]);
    assert_eq!(client.tenant_of(SUBSCRIPTION).await.unwrap_err().kind, ErrorKind::Throttled);
    assert_eq!(http.requests().len(), 2);
    let (client, ..) = arm(vec![answer(403, "AuthorizationFailed"), (0, Vec::new(), String::new())]);
    assert_eq!(client.tenant_of(SUBSCRIPTION).await.unwrap_err().kind, ErrorKind::Transient);
}
