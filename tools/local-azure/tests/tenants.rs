//! Whose a subscription is: told to its readers, and by a refusal to everybody else.

mod arm_client;

use arm_client::{Reply, TestCloud, endpoint_body, endpoint_id, reply};
use local_azure::cloud::subscriptions::{
    MICROSOFT_SUBSCRIPTION, MICROSOFT_TENANT_ID, PARTNER_SUBSCRIPTION, PARTNER_TENANT_ID,
};
use local_azure::tokens::TENANT_ID;

const OURS: &str = "22222222-2222-2222-2222-222222222222";

async fn ask_as_stranger(cloud: &TestCloud, subscription: &str) -> Reply {
    let url = format!("{}/subscriptions/{subscription}?api-version=2022-12-01", cloud.cloud.arm_endpoint);
    reply(cloud.http.get(url).send().await.expect("an answer")).await
}

fn authority(reply: &Reply) -> &str {
    let header = reply.headers["www-authenticate"].to_str().expect("a text");
    let rest = header.strip_prefix("Bearer authorization_uri=\"").expect("an authority");
    rest.split('"').next().expect("its end")
}

#[tokio::test]
async fn a_subscription_tells_its_tenant_to_its_readers() {
    let cloud = TestCloud::start().await;
    let subscription = cloud.get(&format!("/subscriptions/{OURS}")).await;
    assert_eq!((subscription.status.as_u16(), &subscription.body["tenantId"]), (200, &TENANT_ID.into()));
}

#[tokio::test]
async fn a_refusal_tells_a_stranger_the_tenant() {
    let cloud = TestCloud::start().await;
    let table =
        [(OURS, TENANT_ID), (MICROSOFT_SUBSCRIPTION, MICROSOFT_TENANT_ID), (PARTNER_SUBSCRIPTION, PARTNER_TENANT_ID)];
    for (subscription, tenant) in table {
        let refusal = ask_as_stranger(&cloud, subscription).await;
        assert_eq!((refusal.status.as_u16(), refusal.code()), (401, "AuthenticationFailed"));
        assert_eq!(authority(&refusal), format!("https://login.windows.net/{tenant}"));
    }
    let nowhere = ask_as_stranger(&cloud, "00000000-0000-0000-0000-000000000000").await;
    assert_eq!((nowhere.status.as_u16(), nowhere.code()), (404, "SubscriptionNotFound"));
    assert!(!nowhere.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn a_token_is_worth_nothing_in_another_tenant() {
    let cloud = TestCloud::with_network().await;
    for path in ["", "/resourceGroups/rg", "/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe"] {
        let refusal = cloud.get(&format!("/subscriptions/{PARTNER_SUBSCRIPTION}{path}")).await;
        assert_eq!((refusal.status.as_u16(), refusal.code()), (401, "InvalidAuthenticationTokenTenant"), "{path}");
        assert_eq!(authority(&refusal), format!("https://login.windows.net/{PARTNER_TENANT_ID}"));
    }
    let list = cloud.get("/subscriptions").await.body;
    assert!(!list.to_string().contains(PARTNER_SUBSCRIPTION));
    let theirs =
        format!("/subscriptions/{PARTNER_SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/v");
    let reply = cloud.put(&endpoint_id("pe"), endpoint_body(&theirs, &["vault"], true)).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (403, "LinkedAuthorizationFailed"));
}

#[tokio::test]
async fn a_partners_endpoint_is_seen_from_the_target_only() {
    let mut cloud = TestCloud::with_network().await;
    let target = cloud.storage_account("stacct").await;
    cloud.operations();
    let create = cloud.cloud.create_partner_endpoint(&target, &["blob"], "pe-theirs", "from us to you");
    let id = create.await.expect("an endpoint");
    assert_eq!(cloud.get(&id).await.code(), "InvalidAuthenticationTokenTenant");
    let operations = cloud.operations();
    assert!(operations.iter().all(|name| name.contains("privateEndpointConnectionProxies")), "{operations:?}");
    let connection = cloud.get(&format!("{target}/privateEndpointConnections")).await.body["value"][0].clone();
    let properties = &connection["properties"];
    assert_eq!(properties["privateEndpoint"]["id"], id.as_str());
    assert_eq!(properties["privateLinkServiceConnectionState"]["status"], "Pending");
    assert_eq!(properties["privateLinkServiceConnectionState"]["description"], "from us to you");
    cloud.approve(&target).await;
    let again = cloud.cloud.create_partner_endpoint(&target, &["blob"], "PE-theirs", "");
    again.await.expect_err("it is there");
}
