//! `/providers`, in a subscription or for the tenant: which types there are, with their api-versions.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{answer::Answer, page, request::ArmRequest, resource_kind};
use crate::{
    azure_cloud::Cloud,
    cloud::{arm_error::ArmError, group_members, managed_services, target_types},
};

/// Any date will do for the network types: callers only look whether there is one.
const NETWORK_API_VERSIONS: [&str; 4] = ["2026-03-01", "2024-05-01", "2023-11-01", "2018-09-01"];

/// `/providers`.
#[must_use]
pub fn list(cloud: Cloud, request: &ArmRequest, subscription: Option<&str>) -> Answer {
    let targets = target_types::all().iter().map(|row| row.resource_type.as_str());
    let services = managed_services::ALL.iter().map(|service| service.resource_type);
    let mut namespaces: Vec<&str> = targets.chain(services).filter_map(|name| name.split('/').next()).collect();
    namespaces.sort_unstable_by_key(|name| name.to_ascii_lowercase());
    namespaces.dedup_by(|one, other| one.eq_ignore_ascii_case(other));
    let views = namespaces.into_iter().filter_map(|namespace| view(cloud, subscription, namespace));
    page::answer(request, views, |view| view)
}

/// `/providers/{namespace}` and its `register`: everything is registered from the beginning.
pub fn one(cloud: Cloud, subscription: Option<&str>, namespace: &str) -> Result<Answer, ArmError> {
    view(cloud, subscription, namespace).map(Answer::ok).ok_or_else(|| {
        let message = format!("The resource namespace '{namespace}' is invalid.");
        ArmError::new(404, "InvalidResourceNamespace", message)
    })
}

fn view(cloud: Cloud, subscription: Option<&str>, namespace: &str) -> Option<Value> {
    let mut types: Vec<(String, Vec<String>)> = Vec::new();
    let mut spelled = namespace.to_owned();
    if namespace.eq_ignore_ascii_case("Microsoft.Network") {
        "Microsoft.Network".clone_into(&mut spelled);
        let versions = || NETWORK_API_VERSIONS.map(str::to_owned).to_vec();
        types.extend(resource_kind::network_types().map(|name| (name.to_owned(), versions())));
    }
    for row in target_types::all().iter().filter(|row| group_members::is_offered(cloud, row)) {
        let Some((known, name)) = row.resource_type.split_once('/') else { continue };
        if known.eq_ignore_ascii_case(namespace) {
            known.clone_into(&mut spelled);
            for suffix in ["", "/privateEndpointConnections", "/privateLinkResources"] {
                types.push((format!("{name}{suffix}"), row.api_versions.clone()));
            }
        }
    }
    for service in &managed_services::ALL {
        let Some((known, _)) = service.resource_type.split_once('/') else { continue };
        if known.eq_ignore_ascii_case(namespace) {
            known.clone_into(&mut spelled);
            let of_service =
                [Some(service.resource_type.to_owned()), service.between_type(), Some(service.endpoint_type())];
            let names = of_service.into_iter().flatten();
            let versions = || service.api_versions.iter().rev().map(|&version| version.to_owned()).collect();
            types.extend(names.filter_map(|name| Some((name.split_once('/')?.1.to_owned(), versions()))));
        }
    }
    // Some services are targets, too; the target's row has the versions of both.
    let mut seen = BTreeSet::new();
    types.retain(|(name, _)| seen.insert(name.clone()));
    let types: Vec<Value> = types.iter().map(|(name, versions)| type_view(cloud, name, versions)).collect();
    let mut view = json!({ "namespace": spelled, "resourceTypes": types });
    view["id"] = json!(format!("/providers/{spelled}"));
    if let Some(subscription) = subscription {
        view["id"] = json!(format!("/subscriptions/{subscription}/providers/{spelled}"));
        view["registrationState"] = json!("Registered");
    }
    (!types.is_empty()).then_some(view)
}

/// The newest version stands first, as in ARM.
fn type_view(cloud: Cloud, name: &str, api_versions: &[String]) -> Value {
    let locations: Vec<&str> = cloud.locations().iter().map(|(_, display)| *display).collect();
    json!({ "resourceType": name, "apiVersions": api_versions, "locations": locations, "capabilities": "None" })
}
