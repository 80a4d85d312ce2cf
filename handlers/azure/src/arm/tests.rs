use azure_core::http::headers::HeaderName;

use super::*;
use crate::scripted::{ScriptedAnswer, arm};

fn vault() -> ResourceId {
    let id =
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv";
    ResourceId::parse(id).unwrap()
}

fn ok(body: &str) -> ScriptedAnswer {
    (200, Vec::new(), body.to_owned())
}

fn error(status: u16, code: &str, headers: Vec<(&'static str, &'static str)>) -> ScriptedAnswer {
    (status, headers, format!(r#"{{"error":{{"code":"{code}","message":"said so"}}}}"#))
}

#[tokio::test]
async fn a_request_carries_token_id_and_version() {
    let (arm, http, _) = arm(vec![ok("{}")]);
    arm.for_request("request-1").get(&vault(), "2025-05-01").await.unwrap();
    let request = &http.requests()[0];
    assert_eq!(request.url().as_str(), format!("https://management.azure.com{}?api-version=2025-05-01", vault()));
    let header = |name| request.headers().get_optional_str(&HeaderName::from_static(name));
    assert_eq!(header("authorization"), Some("Bearer token-1"));
    assert_eq!(header("x-ms-client-request-id"), Some("request-1"));
}

#[tokio::test]
async fn pages_are_followed_on_arms_own_host_only() {
    let next = r#"{"value":[1],"nextLink":"https://management.azure.com/more?token=2"}"#;
    let (client, http, _) = arm(vec![ok(next), ok(r#"{"value":[2]}"#)]);
    assert_eq!(client.list("/subscriptions", "1").await.unwrap().len(), 2);
    assert_eq!(http.requests()[1].url().as_str(), "https://management.azure.com/more?token=2");

    for link in [
        "https://evil.example/more",
        "http://management.azure.com/more",
        "//evil.example/",
        "https://management.azure.com@evil.example/",
    ] {
        let (client, http, _) = arm(vec![ok(&format!(r#"{{"value":[],"nextLink":"{link}"}}"#))]);
        assert_eq!(client.list("/subscriptions", "1").await.unwrap_err().kind, ErrorKind::Refused, "{link}");
        assert_eq!(http.requests().len(), 1, "{link} was asked");
    }
}

#[tokio::test]
async fn a_list_is_whole_or_an_error() {
    let next = |item: u32| ok(&format!(r#"{{"value":[{item}],"nextLink":"https://management.azure.com/more"}}"#));
    let (client, _, _) = arm(vec![next(1), next(2), ok(r#"{"value":[3]}"#)]);
    assert_eq!(client.list("/subscriptions", "1").await.unwrap(), [1, 2, 3]);
    let (client, _, _) = arm(vec![next(1), error(403, "AuthorizationFailed", Vec::new())]);
    assert_eq!(client.list("/subscriptions", "1").await.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_short_retry_after_is_sat_out_and_a_long_one_is_handed_on() {
    let (client, http, clock) = arm(vec![error(429, "TooManyRequests", vec![("retry-after", "2")]), ok("{}")]);
    client.get(&vault(), "1").await.unwrap();
    assert!(clock.slept().contains(&Duration::from_secs(2)));
    assert_eq!(http.requests().len(), 2);

    let (client, http, _) = arm(vec![error(503, "ServerBusy", vec![("retry-after", "17")])]);
    let failure = client.get(&vault(), "1").await.unwrap_err();
    assert_eq!(failure.retry_after, Some(Duration::from_secs(17)));
    assert_eq!(http.requests().len(), 1);
}

#[tokio::test]
async fn a_broken_exchange_is_tried_three_times() {
    let broken = || (0, Vec::new(), String::new());
    let (client, _, _) = arm(vec![broken(), error(500, "InternalServerError", Vec::new()), ok("{}")]);
    client.get(&vault(), "1").await.unwrap();
    let (client, http, _) = arm(vec![broken(), broken(), broken()]);
    assert_eq!(client.get(&vault(), "1").await.unwrap_err().kind, ErrorKind::Transient);
    assert_eq!(http.requests().len(), 3);
}

#[tokio::test]
async fn each_refusal_has_its_kind_and_is_not_repeated() {
    let cases = [
        (400, "InvalidRequest", ErrorKind::Refused),
        (401, "ExpiredAuthenticationToken", ErrorKind::NoToken),
        (401, "InvalidAuthenticationTokenTenant", ErrorKind::Forbidden),
        (403, "AuthorizationFailed", ErrorKind::Forbidden),
        (404, "ResourceNotFound", ErrorKind::NotFound),
        (409, "AnotherOperationInProgress", ErrorKind::Conflict),
        (412, "PreconditionFailed", ErrorKind::PreconditionFailed),
        (429, "RetryableErrorDueToAnotherOperation", ErrorKind::Conflict),
    ];
    for (status, code, kind) in cases {
        let (client, _, _) = arm(vec![error(status, code, Vec::new())]);
        let failure = client.get(&vault(), "1").await.unwrap_err();
        assert_eq!(failure.kind, kind, "{status} {code}");
        assert!(failure.to_string().contains(code) && failure.to_string().contains("said so"), "{failure}");
    }
}

#[tokio::test]
async fn only_a_missing_resource_is_gone() {
    for (code, is_gone) in [
        ("ResourceNotFound", true),
        ("ResourceGroupNotFound", true),
        ("SubscriptionNotFound", false),
        ("InvalidResourceType", false),
    ] {
        let (client, _, _) = arm(vec![error(404, code, Vec::new())]);
        assert_eq!(client.get(&vault(), "1").await.unwrap_err().is_gone(), is_gone, "{code}");
    }
}

#[tokio::test]
async fn an_operation_is_followed_to_its_end() {
    let begun =
        (202, vec![("azure-asyncoperation", "https://management.azure.com/op/1"), ("retry-after", "3")], String::new());
    let running = (200, vec![("retry-after", "5")], r#"{"status":"InProgress"}"#.to_owned());
    let (client, http, clock) = arm(vec![begun.clone(), running, ok(r#"{"status":"Succeeded"}"#)]);
    assert_eq!(client.put(&vault(), "1", &serde_json::json!({}), Condition::None).await.unwrap(), Written::Completed);
    assert!(clock.slept().ends_with(&[Duration::from_secs(3), Duration::from_secs(5)]));
    assert_eq!(http.requests()[2].url().path(), "/op/1");

    let failed = ok(r#"{"status":"Failed","error":{"code":"Busy","message":"later"}}"#);
    let (client, _, _) = arm(vec![begun, failed]);
    let failure = client.put(&vault(), "1", &serde_json::json!({}), Condition::None).await.unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("Busy"));

    let elsewhere = (201, vec![("azure-asyncoperation", "https://evil.example/op/1")], String::new());
    let (client, http, _) = arm(vec![elsewhere]);
    assert!(client.put(&vault(), "1", &serde_json::json!({}), Condition::None).await.is_err());
    assert_eq!(http.requests().len(), 1);
}

#[tokio::test]
async fn conditions_are_sent_as_headers() {
    for (condition, name, value) in
        [(Condition::Absent, "if-none-match", "*"), (Condition::Unchanged("e1"), "if-match", "e1")]
    {
        let (client, http, _) = arm(vec![ok("{}")]);
        client.put(&vault(), "1", &serde_json::json!({}), condition).await.unwrap();
        assert_eq!(http.requests()[0].headers().get_optional_str(&HeaderName::from_static(name)), Some(value));
    }
}

#[tokio::test]
async fn an_answer_of_another_shape_is_no_list_and_no_panic() {
    for body in ["", "null", "1", "true", "\"x\"", "{}", r#"{"value":{}}"#, r#"{"value":"x"}"#, "<html>"] {
        let (client, _, _) = arm(vec![ok(body)]);
        assert_eq!(client.list("/subscriptions", "1").await.unwrap_err().kind, ErrorKind::Transient, "{body}");
    }
    let (client, _, _) = arm(vec![ok("[1,2]")]);
    assert_eq!(client.list("/subscriptions", "1").await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_operation_without_a_status_goes_by_the_resources_own_state() {
    let begun = || (201, vec![("azure-asyncoperation", "https://management.azure.com/op/1")], String::new());
    let resource = |state: &str| ok(&format!(r#"{{"properties":{{"provisioningState":"{state}"}}}}"#));
    let script =
        vec![begun(), resource("Approving"), resource("Updating"), (202, Vec::new(), String::new()), resource("Ready")];
    let (client, http, _) = arm(script);
    assert_eq!(client.put(&vault(), "1", &serde_json::json!({}), Condition::None).await.unwrap(), Written::Completed);
    assert_eq!(http.requests().len(), 5);
}

/// Where a hostile answer could want a token to go.
const ELSEWHERE: [&str; 9] = [
    "https://evil.example/more",
    "//evil.example/more",
    "https://management.azure.com.evil.example/more",
    "https://management.azure.com@evil.example/more",
    "https://evil.example\\@management.azure.com/more",
    "https://management.azure.com:8443/more",
    "http://management.azure.com/more",
    "file:///more",
    "https://user:password@management.azure.com/more",
];

#[tokio::test]
async fn no_link_leads_a_token_to_another_host_port_scheme_or_user() {
    for link in ELSEWHERE {
        let (client, http, _) = arm(vec![ok(&serde_json::json!({ "value": [], "nextLink": link }).to_string())]);
        assert_eq!(client.list("/subscriptions", "1").await.unwrap_err().kind, ErrorKind::Refused, "{link}");
        assert_eq!(http.requests().len(), 1, "{link} was asked");
        for header in ["location", "azure-asyncoperation"] {
            let (client, http, _) = arm(vec![(202, vec![(header, link)], String::new())]);
            let failure = client.put(&vault(), "1", &serde_json::json!({}), Condition::None).await.unwrap_err();
            assert_eq!(failure.kind, ErrorKind::Refused, "{header}: {link}");
            assert_eq!(http.requests().len(), 1, "{header}: {link} was asked");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_no_answer_and_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let away = || (status, vec![("location", "https://evil.example/")], String::new());
        let (client, http, _) = arm(vec![away(), away(), away()]);
        assert_eq!(client.get(&vault(), "1").await.unwrap_err().kind, ErrorKind::Transient, "{status}");
        let hosts = http.requests();
        assert!(hosts.iter().all(|request| request.url().host_str() == Some("management.azure.com")), "{status}");
    }
}

#[tokio::test]
async fn a_list_without_an_end_ends() {
    let page = || ok(r#"{"value":[],"nextLink":"https://management.azure.com/more"}"#);
    let (client, http, _) = arm((0..=PAGES_MAX).map(|_| page()).collect());
    assert_eq!(client.list("/subscriptions", "1").await.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(http.requests().len(), PAGES_MAX);

    let text = "x".repeat(LIST_MAX_BYTES / 8);
    let large = format!(r#"{{"value":["{text}"],"nextLink":"https://management.azure.com/more"}}"#);
    let (client, http, _) = arm(vec![ok(&large); 9]);
    assert_eq!(client.list("/subscriptions", "1").await.unwrap_err().kind, ErrorKind::Refused);
    assert_eq!(http.requests().len(), 8);
}

#[tokio::test]
async fn a_foreign_request_id_becomes_no_other_header_and_is_cut() {
    let (client, http, _) = arm(vec![ok("{}")]);
    let foreign = format!("a\r\nauthorization: b\u{212a}{}", "c".repeat(1_000_000));
    client.for_request(&foreign).get(&vault(), "1").await.unwrap();
    let requests = http.requests();
    let id = requests[0].headers().get_optional_str(&HeaderName::from_static("x-ms-client-request-id")).unwrap();
    assert!(id.starts_with("aauthorizationbccc") && id.len() == 64, "{id}");
}

#[tokio::test]
async fn no_answer_can_ask_for_a_wait_without_end() {
    let (hour, day) = (Duration::from_secs(3600), Duration::from_secs(24 * 3600));
    let never = "18446744073709551615";
    let cases = [
        (("retry-after", never), Some(day)),
        (("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"), Some(day)),
        // What does not say how long counts like what says nothing.
        (("retry-after", "-1"), Some(Duration::from_secs(10))),
        (("retry-after", "soon"), Some(Duration::from_secs(10))),
        (("x-ms-user-quota-resets-after", "999999:59:59"), Some(hour)),
        (("x-ms-user-quota-resets-after", "9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9:9"), Some(hour)),
        (("x-ms-user-quota-resets-after", "-1:00:NaN"), Some(Duration::from_secs(10))),
    ];
    for (header, expected) in cases {
        let (client, ..) = arm(vec![error(429, "TooManyRequests", vec![header])]);
        assert_eq!(client.get(&vault(), "1").await.unwrap_err().retry_after, expected, "{header:?}");
    }
    // An operation that asks for more than it is followed for is put off at once.
    let begun = (
        202,
        vec![("azure-asyncoperation", "https://management.azure.com/op/1"), ("retry-after", never)],
        String::new(),
    );
    let (client, http, clock) = arm(vec![begun]);
    let failure = client.put(&vault(), "1", &serde_json::json!({}), Condition::None).await.unwrap_err();
    assert_eq!((failure.kind, failure.retry_after), (ErrorKind::Conflict, Some(day)));
    assert_eq!((http.requests().len(), clock.slept().contains(&hour)), (1, false));
}

#[tokio::test]
async fn reads_of_work_that_has_begun_wait_longer_than_those_of_new_work() {
    let refused = error(429, "SubscriptionRequestsThrottled", vec![("retry-after", "5")]);
    let (client, http, clock) = arm(vec![ok("{}"), refused, ok("{}")]);
    let [begun, refused, new] = [(); 3].map(|()| client.in_place_of(None, Duration::from_secs(10)));
    begun.get(&vault(), "1").await.unwrap();
    assert_eq!(refused.get(&vault(), "1").await.unwrap_err().kind, ErrorKind::Throttled, "it goes by its own refusal");
    assert_eq!(new.get(&vault(), "1").await.unwrap_err().kind, ErrorKind::Throttled);
    let slept = clock.slept().into_iter().sum::<Duration>();
    assert!(http.requests().len() == 2 && slept < Duration::from_secs(1), "new work is not even asked for");
    begun.get(&vault(), "1").await.unwrap();
    let slept = clock.slept().into_iter().sum::<Duration>() - slept;
    assert!(http.requests().len() == 3 && slept >= Duration::from_secs(4), "{slept:?}");
}
