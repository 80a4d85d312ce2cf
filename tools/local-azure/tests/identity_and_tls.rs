//! Who is let in: the identity endpoint's checks, and ARM over HTTPS.

mod arm_client;

use arm_client::{Reply, TestCloud, reply};
use reqwest::{Certificate, Client};

#[tokio::test]
async fn a_token_is_given_to_those_who_know_the_header() {
    let cloud = TestCloud::start().await;
    let header = cloud.cloud.identity_header.as_str();
    let query = "api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.core.windows.net%2F";
    let table = [
        (None, query, 401),
        (Some("wrong"), query, 403),
        (Some(header), "api-version=2017-09-01&resource=x", 400),
        (Some(header), "api-version=2019-08-01", 400),
        (Some(header), query, 200),
    ];
    for (header, query, status) in table {
        assert_eq!(token(&cloud, header, query).await.status, status, "{header:?} {query}");
    }
    let body = token(&cloud, Some(header), query).await.body;
    assert_eq!(body["token_type"], "Bearer");
    assert!(body["expires_on"].as_str().expect("a text").parse::<i64>().is_ok());
    let url = format!("{}/subscriptions?api-version=2022-12-01", cloud.cloud.arm_endpoint);
    let listed = cloud.http.get(url).bearer_auth(body["access_token"].as_str().expect("a token")).send().await;
    assert_eq!(reply(listed.expect("an answer")).await.body["value"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn a_token_for_something_else_is_refused() {
    let cloud = TestCloud::start().await;
    let url = format!("{}/subscriptions?api-version=2022-12-01", cloud.cloud.arm_endpoint);
    let far = 4_000_000_000;
    let table = [
        (cloud.cloud.tokens.issue("https://management.azure.com", far), 200),
        (cloud.cloud.tokens.issue("https://servicebus.azure.net", far), 401),
        (cloud.cloud.tokens.issue("https://management.azure.com", 1), 401),
        ("opaque".to_owned(), 401),
    ];
    for (token, status) in table {
        let answer = cloud.http.get(&url).bearer_auth(&token).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{token}");
    }
}

#[tokio::test]
async fn https_is_trusted_by_those_who_know_the_authority() {
    let cloud = TestCloud::start().await;
    let authority = std::fs::read(&cloud.cloud.ca_file).expect("the authority's file");
    let certificate = Certificate::from_pem(&authority).expect("a certificate");
    let trusting = Client::builder().tls_certs_only([certificate]).build().expect("a client");
    for endpoint in
        [cloud.cloud.arm_tls_endpoint.clone(), cloud.cloud.arm_tls_endpoint.replace("localhost", "127.0.0.1")]
    {
        let metadata = trusting.get(format!("{endpoint}/metadata/endpoints?api-version=2022-09-01")).send().await;
        let metadata = reply(metadata.expect("an answer")).await;
        assert_eq!(metadata.body["authentication"]["loginEndpoint"], endpoint);
    }
    let stranger = cloud.http.get(&cloud.cloud.arm_tls_endpoint).send().await;
    stranger.expect_err("an authority that nobody told this client about");
}

async fn token(cloud: &TestCloud, header: Option<&str>, query: &str) -> Reply {
    let mut request = cloud.http.get(format!("{}?{query}", cloud.cloud.identity_endpoint));
    if let Some(header) = header {
        request = request.header("X-IDENTITY-HEADER", header);
    }
    reply(request.send().await.expect("an answer")).await
}
