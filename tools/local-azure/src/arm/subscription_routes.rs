//! Requests on subscriptions, resource groups and operations.

use axum::http::Method;
use serde_json::{Value, json};

use super::{answer::Answer, page, request::ArmRequest, resource_kind::ResourceKind, resources};
use crate::{
    azure_cloud::Cloud,
    cloud::{
        arm_error::ArmError, operations::OperationStatus, resource_group::ResourceGroup, resource_id::ResourceId,
        state::State, subscriptions,
    },
};

/// `/metadata/endpoints`: what `az cloud register` reads.
#[must_use]
pub fn metadata(cloud: Cloud, request: &ArmRequest) -> Value {
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
            "storage": cloud.storage_suffix(),
            "keyVaultDns": cloud.vault_suffix(),
            "sqlServerHostname": cloud.sql_suffix(),
            "acrLoginServer": cloud.registry_suffix(),
        },
    })
}

/// `/subscriptions`.
#[must_use]
pub fn list_subscriptions(state: &State, request: &ArmRequest) -> Answer {
    page::answer(request, subscriptions::listed(state).iter(), |(id, name)| subscriptions::view(id, name))
}

/// `/subscriptions/{id}`, which is known to be the caller's.
#[must_use]
pub fn subscription(state: &State, id: &str) -> Answer {
    let listed = subscriptions::listed(state);
    let found = listed.iter().find(|(known, _)| known.eq_ignore_ascii_case(id));
    Answer::ok(found.map_or_else(|| subscriptions::view(id, id), |(id, name)| subscriptions::view(id, name)))
}

/// `/locations`.
#[must_use]
pub fn locations(cloud: Cloud, request: &ArmRequest, subscription: &str) -> Answer {
    let view = |(name, display): &(&str, &str)| subscriptions::location_view(subscription, name, display);
    page::answer(request, cloud.locations().iter(), view)
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
    let fqdn = format!("{}.blob.{}", name.to_ascii_lowercase(), state.cloud.storage_suffix());
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
