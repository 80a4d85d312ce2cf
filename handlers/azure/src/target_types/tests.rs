use serde_json::{Value, json};

use super::*;
use crate::scripted::{ScriptedAnswer, azure};

const GROUP: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers";

fn ok(body: &Value) -> ScriptedAnswer {
    (200, Vec::new(), body.to_string())
}

fn error(status: u16, code: &str) -> ScriptedAnswer {
    (status, Vec::new(), json!({ "error": { "code": code, "message": "said so" } }).to_string())
}

fn provider(versions: &[&str]) -> ScriptedAnswer {
    ok(&json!({ "resourceTypes": [
        { "resourceType": "other", "apiVersions": ["2030-01-01"] },
        { "resourceType": "Widgets", "apiVersions": versions },
    ]}))
}

fn resources(zones: &[&str]) -> ScriptedAnswer {
    ok(&json!({ "value": [{ "properties": { "groupId": "widget", "requiredZoneNames": zones } }, { "name": "odd" }] }))
}

/// What is known of a target after this script, and the paths that were asked.
async fn look(resource_type: &str, answers: Vec<ScriptedAnswer>) -> (Result<TypeSight, AzureError>, Vec<String>) {
    let (azure, http) = azure(answers);
    let (story, target) = (Story::new("story"), target(resource_type));
    let sight = azure.target_type(&azure.arm(&story), &story, &target).await;
    let asked = http.requests().iter().map(|request| request.url().path().to_owned()).collect();
    (sight, asked)
}

fn target(resource_type: &str) -> ResourceId {
    let (namespace, types) = resource_type.split_once('/').unwrap();
    let path = types.split('/').map(|word| format!("/{word}/it"));
    ResourceId::parse(&format!("{GROUP}/{namespace}{}", path.collect::<String>())).unwrap()
}

fn known(sight: Result<TypeSight, AzureError>) -> Arc<TargetType> {
    match sight.unwrap() {
        TypeSight::Known(row) => row,
        TypeSight::Unknown(why) => panic!("{why}"),
    }
}

#[tokio::test]
async fn the_catalogue_answers_for_its_own_types() {
    for resource_type in ["microsoft.keyvault/VAULTS", "Microsoft.Network/privateLinkServices"] {
        let (sight, asked) = look(resource_type, Vec::new()).await;
        assert!(known(sight).resource_type.eq_ignore_ascii_case(resource_type));
        assert!(asked.is_empty());
    }
}

#[tokio::test]
async fn an_unknown_type_is_learned_from_its_provider_and_its_resource() {
    let script = vec![provider(&["2026-02-02-preview", "2026-01-01"]), resources(&["privatelink.widgets.azure.net"])];
    let (sight, asked) = look("Contoso.Widgets/widgets", script).await;
    let row = known(sight);
    assert_eq!(row.api_version, "2026-01-01");
    assert_eq!(row.group_ids.listed(), ["widget"]);
    assert_eq!(row.zones[0].private_zone, "privatelink.widgets.azure.net");
    let provider = "/subscriptions/11111111-1111-1111-1111-111111111111/providers/Contoso.Widgets";
    let resources = format!("{}/privateLinkResources", target("Contoso.Widgets/widgets"));
    assert_eq!(asked, [provider, &resources]);
}

#[tokio::test]
async fn what_was_learned_is_kept_for_an_hour() {
    let script = vec![provider(&["2026-01-01"]), resources(&["privatelink.widgets.azure.net"])];
    let (azure, http) = azure(script);
    let story = Story::new("story");
    for _ in 0..3 {
        known(azure.target_type(&azure.arm(&story), &story, &target("Contoso.Widgets/widgets")).await);
    }
    assert_eq!(http.requests().len(), 2);
}

#[tokio::test]
async fn a_type_that_nobody_tells_of_is_unknown_with_the_reason() {
    let cases = [
        (vec![error(404, "InvalidResourceNamespace")], "InvalidResourceNamespace"),
        (vec![error(403, "AuthorizationFailed")], "AuthorizationFailed"),
        (vec![provider(&[])], "offers no api-version"),
        (vec![ok(&json!({}))], "offers no api-version"),
        (vec![ok(&json!({ "resourceTypes": 7 }))], "read provider"),
        (vec![provider(&["2026-01-01"]), error(404, "InvalidResourceType")], "InvalidResourceType"),
    ];
    for (script, expected) in cases {
        let (sight, _) = look("Contoso.Widgets/widgets", script).await;
        let Ok(TypeSight::Unknown(why)) = sight else { panic!("{expected}: it is known") };
        assert!(why.to_string().contains(expected), "{why}");
    }
}

#[tokio::test]
async fn what_time_may_cure_is_an_error() {
    let busy = || (429, vec![("retry-after", "30")], "{}".to_owned());
    for script in [vec![busy()], vec![provider(&["2026-01-01"]), busy()]] {
        let (sight, _) = look("Contoso.Widgets/widgets", script).await;
        assert!(sight.is_err_and(|error| error.kind == ErrorKind::Throttled));
    }
}

#[tokio::test]
async fn a_known_type_without_zones_learns_them_and_is_known_without() {
    let (sight, asked) =
        look("Microsoft.DurableTask/schedulers", vec![resources(&["privatelink.durabletask.io"])]).await;
    assert_eq!(known(sight).zones[0].public_suffix, "durabletask.io");
    assert_eq!(asked.len(), 1);
    for refusal in [error(404, "InvalidResourceType"), error(403, "AuthorizationFailed"), error(400, "BadRequest")] {
        let (sight, _) = look("Microsoft.DurableTask/schedulers", vec![refusal]).await;
        assert!(known(sight).lacks_zones());
    }
}

#[tokio::test]
async fn a_version_that_a_cloud_lacks_is_replaced_from_then_on() {
    let (azure, _) = azure(vec![ok(&json!({ "resourceTypes": [
        { "resourceType": "vaults/privateEndpointConnections", "apiVersions": ["2026-01-01", "2025-05-01", "2023-07-01", "2019-09-01"] },
    ]}))]);
    let (story, vault) = (Story::new("story"), target("Microsoft.KeyVault/vaults"));
    let arm = azure.arm(&story);
    let version = azure.learn_version(&arm, &story, &vault, Some("2025-05-01")).await.unwrap();
    assert_eq!(version, "2023-07-01");
    assert_eq!(known(azure.target_type(&arm, &story, &vault).await).api_version, "2023-07-01");
}

#[tokio::test]
async fn a_version_that_fails_as_well_gives_way_to_the_next() {
    let offered = || provider(&["2025-01-01", "2024-01-01", "2023-01-01"]);
    let (azure, _) = azure(vec![offered(), offered()]);
    let (story, target) = (Story::new("story"), target("Contoso.Widgets/widgets"));
    let arm = azure.arm(&story);
    let first = azure.learn_version(&arm, &story, &target, Some("2024-06-01")).await.unwrap();
    assert_eq!(first, "2024-01-01");
    assert_eq!(azure.learn_version(&arm, &story, &target, Some(&first)).await.unwrap(), "2023-01-01");
}

#[tokio::test]
async fn a_custom_providers_resource_is_never_learned() {
    let (sight, asked) = look("Microsoft.CustomProviders/resourceProviders/widgets", Vec::new()).await;
    assert!(matches!(sight, Ok(TypeSight::Unknown(why)) if why.to_string().contains("custom provider")));
    assert!(asked.is_empty());
}

#[tokio::test]
async fn an_unknown_type_brings_no_names_into_the_zones_of_others() {
    let zones = ["privatelink.blob.core.windows.net", "privatelink.widgets.azure.net"];
    let (sight, _) = look("Contoso.Widgets/widgets", vec![provider(&["2026-01-01"]), resources(&zones)]).await;
    let row = known(sight);
    assert_eq!(row.zones.iter().map(|zone| zone.private_zone.as_str()).collect::<Vec<_>>(), [zones[1]]);
}
