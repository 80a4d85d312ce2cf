//! Types and versions that the catalogue does not know: asked for, kept, logged, and held where nobody tells.

use std::time::Duration;

use local_azure::arm::faults::FaultRule;
use platform::{Platform, allowlist};
use serde_json::json;

const EVERYTHING: &str = "{ id: everything, effect: approve, target: { name: \"*\" } }";
/// No api-version of it is published, so it has no row.
const FABRIC: &str = "Microsoft.Fabric/privateLinkServicesForFabric";
const FABRIC_ZONE: &str = "privatelink.fabric.microsoft.com";
const VAULT: &str = "Microsoft.KeyVault/vaults";

async fn platform(zone: &str) -> Platform {
    let platform = Platform::start(&allowlist(&[EVERYTHING])).await.unwrap().with_surroundings().await.unwrap();
    platform.zone(zone).await.unwrap();
    platform
}

fn fault(path_contains: &str, status: u16, code: &str, times: u32) -> FaultRule {
    FaultRule {
        method: None,
        path_contains: path_contains.to_owned(),
        times,
        status,
        code: code.to_owned(),
        retry_after_seconds: None,
        after_effect: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_type_is_learned_once_and_its_endpoints_work() {
    let platform = platform(FABRIC_ZONE).await;
    let target = platform.target(FABRIC, "fabric1", json!({})).await.unwrap();
    let mut endpoints = Vec::new();
    for name in ["pe-fabric", "pe-fabric-again"] {
        endpoints.push(platform.endpoint(name, &target, &["workspace"]).await.unwrap());
        platform.at_rest(Duration::from_secs(20)).await;
    }
    assert_eq!(platform.status(&endpoints[0]).await.unwrap(), "Approved");
    assert_eq!(platform.status(&endpoints[1]).await.unwrap(), "Approved");
    assert!(!platform.record_names(FABRIC_ZONE).await.unwrap().is_empty());
    assert_eq!(platform.verdicts(&endpoints[0]).first().map(String::as_str), Some("passed"));
    let learned = platform.records("learned", FABRIC);
    assert!(learned.iter().any(|record| !record.text("api_version").is_empty()), "{learned:#?}");
    assert!(learned.iter().any(|record| record.text("group_ids") == "workspace"), "{learned:#?}");
    let asked = platform.azure.cloud.requests();
    let of_provider = asked.iter().filter(|request| request.path.ends_with("/providers/Microsoft.Fabric"));
    assert_eq!(of_provider.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_type_that_nobody_tells_of_is_held_with_the_reason_until_somebody_does() {
    let platform = platform(FABRIC_ZONE).await;
    platform.azure.cloud.faults().answer_next(fault("/providers/Microsoft.Fabric?", 403, "AuthorizationFailed", 50));
    let target = platform.target(FABRIC, "fabric2", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-held-fabric", &target, &["workspace"]).await.unwrap();
    platform.at_rest(Duration::ZERO).await;
    assert_eq!(platform.status(&endpoint).await.unwrap(), "Pending");
    let notes = platform.records("note", &endpoint);
    let is_said = |note: &platform::Record| note.mentions("could not be learned") && note.mentions("AuthorizationFailed");
    assert!(notes.iter().any(is_said), "{notes:#?}");

    platform.azure.cloud.faults().clear();
    platform.run_function("Sweep", &json!({})).await.unwrap();
    platform.at_rest(Duration::from_secs(20)).await;
    assert_eq!(platform.status(&endpoint).await.unwrap(), "Approved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_a_cloud_lacks_is_replaced_by_one_that_it_has() {
    let platform = platform("privatelink.vaultcore.azure.net").await;
    let ours = "privateEndpointConnections?api-version=2025-05-01";
    platform.azure.cloud.faults().answer_next(fault(ours, 400, "NoRegisteredProviderFound", 1000));
    let target = platform.target(VAULT, "kvold", json!({})).await.unwrap();
    let endpoint = platform.endpoint("pe-kvold", &target, &["vault"]).await.unwrap();
    platform.at_rest(Duration::from_secs(20)).await;
    assert_eq!(platform.status(&endpoint).await.unwrap(), "Approved");
    assert_eq!(platform.verdicts(&endpoint).last().map(String::as_str), Some("passed"));
    let learned = platform.records("learned", VAULT);
    assert_eq!(learned.len(), 1, "{learned:#?}");
    assert_ne!(learned[0].text("api_version"), "2025-05-01");
}
