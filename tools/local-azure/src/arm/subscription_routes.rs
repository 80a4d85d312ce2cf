//! Requests on subscriptions, resource groups, providers and operations.

use axum::http::Method;
use serde_json::{Value, json};

use super::{answer::Answer, page, request::ArmRequest, resource_kind, resource_kind::ResourceKind, resources};
use crate::cloud::{
    arm_error::ArmError,
    managed_services,
    operations::OperationStatus,
    resource_group::ResourceGroup,
    resource_id::ResourceId,
    state::State,
    subscriptions::{self, LOCATIONS, SUBSCRIPTIONS},
    target_types,
};

/// Any date will do for the network types: callers only look whether there is one.
const NETWORK_API_VERSIONS: [&str; 4] = ["2026-03-01", "2024-05-01", "2023-11-01", "2018-09-01"];

/// `/metadata/endpoints`: what `az cloud register` reads. The suffixes are the public cloud's.
#[must_use]
pub fn metadata(request: &ArmRequest) -> Value {
    json!({
        "name": "local-azure",
        "resourceManager": request.base_url,
        "authentication": {
            "loginEndpoint": request.base_url,
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "sqlServerHostname": "database.windows.net",
            "acrLoginServer": "azurecr.io",
        },
    })
}

/// `/subscriptions`.
#[must_use]
pub fn list_subscriptions(request: &ArmRequest) -> Answer {
    page::answer(request, SUBSCRIPTIONS.iter(), |(id, name)| subscriptions::view(id, name))
}

/// `/subscriptions/{id}`, which is known to be the caller's.
#[must_use]
pub fn subscription(id: &str) -> Answer {
    let found = SUBSCRIPTIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
    Answer::ok(found.map(|(id, name)| subscriptions::view(id, name)).unwrap_or_default())
}

/// `/locations`.
#[must_use]
pub fn locations(request: &ArmRequest, subscription: &str) -> Answer {
    page::answer(request, LOCATIONS.iter(), |(name, display)| subscriptions::location_view(subscription, name, display))
}

/// `/providers`.
#[must_use]
pub fn providers(request: &ArmRequest, subscription: &str) -> Answer {
    let targets = target_types::all().iter().map(|row| row.resource_type.as_str());
    let services = managed_services::ALL.iter().map(|service| service.resource_type);
    let mut namespaces: Vec<&str> = targets.chain(services).filter_map(|name| name.split('/').next()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    page::answer(request, namespaces.into_iter(), |namespace| {
        provider_view(subscription, namespace).unwrap_or_default()
    })
}

/// `/providers/{namespace}` and its `register`: everything is registered from the beginning.
pub fn provider(subscription: &str, namespace: &str) -> Result<Answer, ArmError> {
    provider_view(subscription, namespace).map(Answer::ok).ok_or_else(|| {
        let message = format!("The resource namespace '{namespace}' is invalid.");
        ArmError::new(404, "InvalidResourceNamespace", message)
    })
}

fn provider_view(subscription: &str, namespace: &str) -> Option<Value> {
    let mut types: Vec<Value> = Vec::new();
    let mut spelled = namespace.to_owned();
    if namespace.eq_ignore_ascii_case("Microsoft.Network") {
        "Microsoft.Network".clone_into(&mut spelled);
        types.extend(resource_kind::network_types().map(|name| type_view(name, &NETWORK_API_VERSIONS)));
    }
    for row in target_types::all() {
        let Some((known, name)) = row.resource_type.split_once('/') else { continue };
        if known.eq_ignore_ascii_case(namespace) {
            known.clone_into(&mut spelled);
            types.push(type_view(name, &row.api_versions));
            types.push(type_view(&format!("{name}/privateEndpointConnections"), &row.api_versions));
            types.push(type_view(&format!("{name}/privateLinkResources"), &row.api_versions));
        }
    }
    for service in &managed_services::ALL {
        let Some((known, _)) = service.resource_type.split_once('/') else { continue };
        if known.eq_ignore_ascii_case(namespace) {
            known.clone_into(&mut spelled);
            let of_service =
                [Some(service.resource_type.to_owned()), service.between_type(), Some(service.endpoint_type())];
            let names = of_service.into_iter().flatten();
            types.extend(names.filter_map(|name| Some(type_view(name.split_once('/')?.1, service.api_versions))));
        }
    }
    let id = format!("/subscriptions/{subscription}/providers/{spelled}");
    (!types.is_empty())
        .then(|| json!({ "id": id, "namespace": spelled, "registrationState": "Registered", "resourceTypes": types }))
}

fn type_view<T: serde::Serialize>(name: &str, api_versions: &[T]) -> Value {
    let locations: Vec<&str> = LOCATIONS.iter().map(|(_, display)| *display).collect();
    json!({ "resourceType": name, "apiVersions": api_versions, "locations": locations, "capabilities": "None" })
}

/// `/resourceGroups`.
pub fn list_groups(state: &State, request: &ArmRequest, subscription: &str) -> Answer {
    let prefix = ResourceGroup::key(subscription, "");
    let groups = state.groups.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
    page::answer(request, groups, |(_, group)| group.view())
}

/// One resource group.
pub fn group(state: &mut State, request: &ArmRequest, subscription: &str, name: &str) -> Result<Answer, ArmError> {
    let key = ResourceGroup::key(subscription, name);
    let is_new = match request.method {
        Method::PUT => state.put_group(subscription, name, &request.body)?,
        Method::DELETE => {
            let operation = state.delete_group(subscription, name);
            let operation = operation.ok_or_else(|| ArmError::resource_group_not_found(name))?;
            return Ok(Answer::empty(202).polled(request, subscription, &operation));
        }
        Method::GET | Method::HEAD => false,
        _ => return Err(ArmError::method_not_allowed(request.method.as_str(), "resourceGroups")),
    };
    let group = state.groups.get(&key).ok_or_else(|| ArmError::resource_group_not_found(name))?;
    match request.method {
        Method::HEAD => Ok(Answer::empty(204)),
        _ => Ok(Answer::with(if is_new { 201 } else { 200 }, group.view())),
    }
}

/// `checkNameAvailability` of the storage provider.
#[must_use]
pub fn check_storage_name(state: &State, request: &ArmRequest) -> Answer {
    let name = request.body.get("name").and_then(Value::as_str).unwrap_or_default();
    let fqdn = format!("{}.blob.core.windows.net", name.to_ascii_lowercase());
    if State::paired(&state.public_names, &fqdn).next().is_none() {
        return Answer::ok(json!({ "nameAvailable": true }));
    }
    let message = format!("The storage account named {name} is already taken.");
    Answer::ok(json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": message }))
}

/// The Azure-AsyncOperation url.
pub fn operation(state: &State, request: &ArmRequest, operation_id: &str) -> Result<Answer, ArmError> {
    let view = state.operation_view(&request.path, operation_id).ok_or_else(|| no_operation(operation_id))?;
    let mut answer = Answer::ok(view);
    answer.headers.push(("retry-after", request.retry_after_seconds.to_string()));
    Ok(answer)
}

/// The Location url: 202 until the operation is over, then the resource, or 204 after a delete.
pub fn operation_result(
    state: &State,
    request: &ArmRequest,
    subscription: &str,
    operation_id: &str,
) -> Result<Answer, ArmError> {
    let operation = state.operations.get(operation_id).ok_or_else(|| no_operation(operation_id))?;
    match &operation.status {
        OperationStatus::InProgress => Ok(Answer::empty(202).polled(request, subscription, operation_id)),
        OperationStatus::Failed(error) => Err(error.clone()),
        OperationStatus::Succeeded => {
            let id = operation.result_id.as_deref().and_then(ResourceId::parse);
            let found = id.and_then(|id| ResourceKind::find(&id.resource_type()).map(|(kind, _)| (kind, id)));
            found.map_or(Ok(Answer::empty(204)), |(kind, id)| resources::get(state, kind, &id).map(Answer::ok))
        }
    }
}

fn no_operation(operation_id: &str) -> ArmError {
    ArmError::new(404, "OperationNotFound", format!("There is no operation {operation_id}."))
}
