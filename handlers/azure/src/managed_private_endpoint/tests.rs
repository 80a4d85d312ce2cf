use serde_json::json;

use super::*;
use crate::error::ErrorKind;
use crate::scripted::arm;

const GROUP: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers";
const MANAGED: &str = "/subscriptions/92b2afd7-e3db-4660-90c5-0da4aebf53d4/resourceGroups/vnet-92b2afd7-eastus-55-rg/providers/Microsoft.Network/privateEndpoints";
const FACTORY: &str = "Microsoft.DataFactory/factories/Factory1";
const ACCOUNT: &str = "Microsoft.Storage/storageAccounts/stdata";

/// A listed target and group id, the group ids asked for, and whether they fit.
type AskedTarget = (&'static str, Option<&'static str>, Option<&'static [&'static str]>, bool);

fn of_ours(name: &str) -> ResourceId {
    ResourceId::parse(&format!("{GROUP}/{name}")).unwrap()
}

fn entry(name: &str, target: &str, group_id: Option<&str>) -> Value {
    let target = format!("{GROUP}/{target}");
    json!({ "name": name, "properties": { "privateLinkResourceId": target, "groupId": group_id } })
}

/// What a service says about an endpoint that asks for `blob` of the account.
async fn vouched(service: &str, listed: Value, endpoint: &str, group_ids: Option<&[&str]>) -> Option<bool> {
    let (arm, ..) = arm(vec![(200, Vec::new(), json!({ "value": listed }).to_string())]);
    let endpoint = ResourceId::parse(&format!("{MANAGED}/{endpoint}")).unwrap();
    let group_ids: Option<Vec<String>> = group_ids.map(|ids| ids.iter().map(|&id| id.to_owned()).collect());
    arm.vouches_for(&of_ours(service), &of_ours(ACCOUNT), &endpoint, group_ids.as_deref()).await.unwrap()
}

#[tokio::test]
async fn a_factory_is_asked_where_it_lists_them() {
    let (arm, http, _) = arm(vec![(200, Vec::new(), r#"{"value":[]}"#.to_owned())]);
    let endpoint = ResourceId::parse(&format!("{MANAGED}/factory1.mpe")).unwrap();
    let answer = arm.vouches_for(&of_ours(FACTORY), &of_ours(ACCOUNT), &endpoint, None).await.unwrap();
    assert_eq!(answer, Some(false));
    let list = "managedVirtualNetworks/default/managedPrivateEndpoints?api-version=2018-06-01";
    let url = format!("https://management.azure.com{GROUP}/{FACTORY}/{list}");
    assert_eq!(http.requests()[0].url().as_str(), url);
}

#[tokio::test]
async fn a_factorys_endpoint_has_exactly_its_two_names() {
    let listed = || json!([entry("Blob", ACCOUNT, Some("blob"))]);
    for (endpoint, expected) in [
        ("factory1.blob", true),
        ("FACTORY1.BLOB", true),
        ("factory2.blob", false),
        ("factory1.blob2", false),
        ("blob", false),
        ("x.factory1.blob", false),
    ] {
        assert_eq!(vouched(FACTORY, listed(), endpoint, Some(&["blob"])).await, Some(expected), "{endpoint}");
    }
}

#[tokio::test]
async fn target_and_group_id_must_be_the_ones_asked_for() {
    let table: [AskedTarget; 8] = [
        ("microsoft.storage/STORAGEACCOUNTS/StData", Some("BLOB"), Some(&["blob"]), true),
        ("Microsoft.Storage/storageAccounts/stdata2", Some("blob"), Some(&["blob"]), false),
        (ACCOUNT, Some("file"), Some(&["blob"]), false),
        (ACCOUNT, Some("file"), Some(&["blob", "file"]), false),
        (ACCOUNT, Some("file"), Some(&[]), false),
        (ACCOUNT, Some("file"), None, true),
        (ACCOUNT, Some(""), Some(&["blob"]), true),
        (ACCOUNT, None, Some(&["blob"]), true),
    ];
    for (target, listed, asked, expected) in table {
        let answer = vouched(FACTORY, json!([entry("mpe", target, listed)]), "factory1.mpe", asked).await;
        assert_eq!(answer, Some(expected), "{target} {listed:?} {asked:?}");
    }
}

#[tokio::test]
async fn one_entry_must_match_as_a_whole() {
    let other = entry("mpe", "Microsoft.Storage/storageAccounts/other", Some("blob"));
    let named_otherwise = entry("other", ACCOUNT, Some("blob"));
    let answer = vouched(FACTORY, json!([other, named_otherwise]), "factory1.mpe", Some(&["blob"])).await;
    assert_eq!(answer, Some(false));
}

#[tokio::test]
async fn entries_of_another_shape_vouch_for_nothing_and_hide_no_other() {
    let strange = json!({ "name": "mpe", "properties": { "privateLinkResourceId": "https://example.org" } });
    let good = entry("mpe", ACCOUNT, Some("blob"));
    assert_eq!(vouched(FACTORY, json!([7, {}, strange.clone()]), "factory1.mpe", None).await, Some(false));
    assert_eq!(vouched(FACTORY, json!([strange, good]), "factory1.mpe", None).await, Some(true));
}

#[tokio::test]
async fn what_cannot_be_read_is_unknown_and_what_is_busy_an_error() {
    let endpoint = ResourceId::parse(&format!("{MANAGED}/factory1.mpe")).unwrap();
    let ask = async |service: &str, answers| {
        let (arm, ..) = arm(answers);
        arm.vouches_for(&of_ours(service), &of_ours(ACCOUNT), &endpoint, None).await
    };
    for status in [403, 404] {
        assert_eq!(ask(FACTORY, vec![(status, Vec::new(), "{}".to_owned())]).await.unwrap(), None, "{status}");
    }
    // Services whose endpoints cannot be told apart by their names are not even asked.
    for service in ["Microsoft.Search/searchServices/search1", "Microsoft.Kusto/clusters/cluster1"] {
        assert_eq!(ask(service, Vec::new()).await.unwrap(), None, "{service}");
    }
    let busy = ask(FACTORY, vec![(429, vec![("retry-after", "30")], "{}".to_owned())]).await;
    assert_eq!(busy.unwrap_err().kind, ErrorKind::Throttled);
}
