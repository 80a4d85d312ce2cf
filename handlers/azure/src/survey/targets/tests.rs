use std::iter::once;

use portreeve_decisions::catalogue::Catalogue;
use serde_json::json;

use super::*;
use crate::scripted::{ScriptedAnswer, ScriptedHttp, azure};

const TARGETS: &str = "11111111-1111-1111-1111-111111111111";
const APPLICATIONS: &str = "22222222-2222-2222-2222-222222222222";

fn id(subscription: &str, type_and_name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/rg/providers/{type_and_name}")
}

fn parsed(subscription: &str, type_and_name: &str) -> ResourceId {
    ResourceId::parse(&id(subscription, type_and_name)).unwrap()
}

fn list(values: &[Value]) -> ScriptedAnswer {
    (200, Vec::new(), json!({ "value": values }).to_string())
}

fn error(status: u16, code: &str) -> ScriptedAnswer {
    (status, Vec::new(), json!({ "error": { "code": code, "message": "said so" } }).to_string())
}

fn resource(type_and_name: &str) -> Value {
    json!({ "id": id(TARGETS, type_and_name), "location": "West Europe" })
}

/// A vault, as the list of vaults shows it.
fn vault() -> Value {
    let vault = id(TARGETS, "Microsoft.KeyVault/vaults/kv");
    let connection = json!({ "id": format!("{vault}/privateEndpointConnections/c"), "properties": {
        "privateEndpoint": { "id": id(APPLICATIONS, "Microsoft.Network/privateEndpoints/pe") },
        "privateLinkServiceConnectionState": { "status": "Pending" },
    }});
    json!({ "id": vault, "location": "westeurope", "properties": { "privateEndpointConnections": [connection] } })
}

fn vaults_present() -> ScriptedAnswer {
    list(&[resource("Microsoft.KeyVault/vaults/kv")])
}

/// The provider of vaults, which offers these versions.
fn provider(versions: &[&str]) -> ScriptedAnswer {
    let vaults = json!({ "resourceType": "vaults", "apiVersions": versions });
    (200, Vec::new(), json!({ "resourceTypes": [vaults] }).to_string())
}

/// What was asked for: last segments and versions.
fn asked(http: &ScriptedHttp) -> Vec<String> {
    let requests = http.requests();
    let shown = requests.iter().map(|request| {
        let version = request.url().query_pairs().find(|(key, _)| key == "api-version").unwrap().1.into_owned();
        format!("{} {version}", request.url().path().rsplit('/').next().unwrap())
    });
    shown.collect()
}

/// What listing the targets' subscription gave, and of what it told: type, code of the error, how many subscriptions.
struct Listed {
    result: Result<(), AzureError>,
    listing: Listing,
    unlisted: Vec<(String, Option<String>, usize)>,
    asked: Vec<String>,
}

/// Lists the targets' subscription as often as asked.
async fn list_targets(times: usize, answers: Vec<ScriptedAnswer>) -> Listed {
    let (azure, http) = azure(answers);
    let (story, mut listing, mut result) = (Story::new("story"), Listing::default(), Ok(()));
    let arm = azure.arm(&story);
    let mut targets = TargetLister::new(&azure, &arm, &story, std::iter::empty());
    for _ in 0..times {
        result = targets.list(TARGETS, &mut listing).await;
    }
    let told = targets.unlisted.iter();
    let unlisted = told.map(|(kind, told)| ((*kind).to_owned(), told.error.code.clone(), told.subscription_count));
    Listed { result, unlisted: unlisted.collect(), listing, asked: asked(&http) }
}

#[tokio::test]
async fn only_what_may_be_a_target_is_kept() {
    let endpoint = json!({ "id": id(APPLICATIONS, "Microsoft.Network/privateEndpoints/pe"), "properties": {
        "manualPrivateLinkServiceConnections": [{ "properties": {
            "privateLinkServiceId": id(TARGETS, "Contoso.Widgets/widgets/NAMED"),
            "privateLinkServiceConnectionState": { "status": "Pending" },
        }}],
    }});
    let first_page = json!({
        "value": [
            resource("Microsoft.Compute/virtualMachines/vm"),
            resource("Contoso.Widgets/widgets/named"),
            resource("Contoso.Widgets/widgets/other"),
            { "id": "/subscriptions/broken" },
        ],
        "nextLink": "https://management.azure.com/more",
    });
    let subscriptions = [TARGETS, APPLICATIONS].map(|guid| json!({ "subscriptionId": guid }));
    // The endpoints of the second subscription name a target in the first.
    let script = vec![
        list(&subscriptions),
        list(&[]),
        list(&[endpoint]),
        (200, Vec::new(), first_page.to_string()),
        list(&[resource("Microsoft.Compute/disks/d"), resource("microsoft.keyvault/VAULTS/kv")]),
        list(&[vault()]),
        list(&[]),
    ];
    let (azure, http) = azure(script);
    let (story, mut listing) = (Story::new("story"), Listing::default());
    let left_out = azure.list_connections(&azure.arm(&story), &story, &mut listing).await.unwrap();
    let expected = ["Contoso.Widgets/widgets/named", "Microsoft.KeyVault/vaults/kv"].map(|name| parsed(TARGETS, name));
    assert_eq!(listing.target_locations.keys().cloned().collect::<Vec<_>>(), expected);
    assert!(listing.target_locations.values().all(|location| location == "westeurope"));
    assert_eq!((listing.endpoints.len(), listing.connections.len(), listing.subscriptions.len()), (1, 1, 2));
    assert!(left_out.is_empty());
    assert_eq!(http.requests().len(), 7);
}

#[tokio::test]
async fn where_resources_cannot_be_listed_every_type_is_asked_for() {
    let top_level = || {
        let rows = Catalogue::known().target_types().iter();
        rows.map(|row| &row.resource_type).filter(|name| name.matches('/').count() == 1)
    };
    // What is not there, or not in the role, is no news where nobody says that there are any.
    let refusals = [
        error(404, "InvalidResourceNamespace"),
        error(403, "AuthorizationFailed"),
        error(409, "MissingSubscriptionRegistration"),
    ];
    let of_types = top_level().zip(refusals.iter().cycle()).map(|(name, refusal)| match name.as_str() {
        "Microsoft.KeyVault/vaults" => list(&[vault()]),
        _ => refusal.clone(),
    });
    let listed = list_targets(1, once(error(403, "AuthorizationFailed")).chain(of_types).collect()).await;
    assert!(listed.result.is_ok());
    assert_eq!(listed.asked.len(), 1 + top_level().count());
    assert_eq!((listed.listing.connections.len(), listed.unlisted), (1, Vec::new()));
    let region = listed.listing.target_locations.get(&parsed(TARGETS, "Microsoft.KeyVault/vaults/kv"));
    assert_eq!(region.map(String::as_str), Some("westeurope"), "the list of vaults tells it, too");
}

#[tokio::test]
async fn a_version_that_a_cloud_lacks_is_learned_and_then_used_at_once() {
    let script = vec![
        vaults_present(),
        error(404, "InvalidResourceType"),
        provider(&["2023-07-01", "2019-09-01"]),
        list(&[vault()]),
        vaults_present(),
        list(&[vault()]),
    ];
    let listed = list_targets(2, script).await;
    assert!(listed.result.is_ok());
    let ours = &Catalogue::known().named("Microsoft.KeyVault/vaults").unwrap().api_version;
    let expected = [
        "resources 2021-04-01",
        &format!("vaults {ours}"),
        "Microsoft.KeyVault 2021-04-01",
        "vaults 2023-07-01",
        "resources 2021-04-01",
        "vaults 2023-07-01",
    ];
    assert_eq!(listed.asked, expected);
    assert_eq!((listed.listing.connections.len(), listed.unlisted), (2, Vec::new()));
}

#[tokio::test]
async fn a_type_that_is_there_and_cannot_be_listed_is_told_once() {
    let about_the_version = || error(400, "NoRegisteredProviderFound");
    for (refusal, expected) in [
        (vec![error(400, "BadRequest")], Some("BadRequest")),
        (vec![error(403, "AuthorizationFailed")], Some("AuthorizationFailed")),
        (vec![error(404, "NotFound")], Some("NotFound")),
        (vec![about_the_version(), provider(&[])], None),
        (vec![about_the_version(), error(403, "AuthorizationFailed")], Some("AuthorizationFailed")),
    ] {
        let one_sweep = once(vaults_present()).chain(refusal);
        let script: Vec<ScriptedAnswer> = one_sweep.clone().chain(one_sweep).collect();
        let listed = list_targets(2, script).await;
        assert!(listed.result.is_ok(), "{expected:?}");
        let told = ("Microsoft.KeyVault/vaults".to_owned(), expected.map(str::to_owned), 2);
        assert_eq!(listed.unlisted, [told]);
    }
    let listed = list_targets(1, vec![vaults_present(), error(409, "MissingSubscriptionRegistration")]).await;
    assert_eq!((listed.result.is_ok(), listed.unlisted), (true, Vec::new()), "there can be none");
}

#[tokio::test]
async fn what_time_may_cure_leaves_the_subscription_out() {
    let busy = || (429, vec![("retry-after", "30")], "{}".to_owned());
    let about_the_version = || error(400, "NoRegisteredProviderFound");
    for script in [
        vec![busy()],
        vec![vaults_present(), busy()],
        vec![vaults_present(), about_the_version(), busy()],
        vec![vaults_present(), about_the_version(), provider(&["2023-07-01"]), busy()],
    ] {
        let listed = list_targets(1, script).await;
        assert_eq!(listed.result.unwrap_err().kind, ErrorKind::Throttled);
        assert!(listed.unlisted.is_empty());
    }
}

/// The script has no answer for it, so asking would fail the test.
#[tokio::test]
async fn slots_are_not_asked_for_over_a_subscription() {
    let script =
        vec![list(&[resource("Microsoft.Web/sites/app/slots/blue"), resource("Microsoft.Web/sites/app")]), list(&[])];
    let listed = list_targets(1, script).await;
    assert!(listed.result.is_ok());
    assert_eq!(listed.asked.len(), 2);
    assert!(listed.asked[1].starts_with("sites "));
}
