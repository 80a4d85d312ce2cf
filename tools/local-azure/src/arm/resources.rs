//! Requests on one resource: GET, PUT, PATCH and DELETE, by the resource's type.

use axum::http::Method;
use serde_json::Value;

use super::{answer::Answer, api_versions, request::ArmRequest, resource_kind::ResourceKind};
use crate::cloud::{
    arm_error::ArmError,
    connection_view, endpoint_view, interface_view, record_set,
    resource::Resource,
    resource_id::ResourceId,
    state::State,
    target_types::{ConnectionPut, TargetType},
    zone_group,
};

/// Answers a request on the resource `id`.
pub fn answer(state: &mut State, request: &ArmRequest, id: ResourceId) -> Result<Answer, ArmError> {
    let Some((kind, resource_type)) = ResourceKind::find(&id.resource_type()) else {
        return Err(ArmError::unknown_type(&id.resource_type()));
    };
    api_versions::check(request, kind)?;
    let id = id.with_type(&resource_type);
    if let ResourceKind::Connection(target_type) = kind {
        check_owner_method(target_type, &request.method, &resource_type)?;
    }
    match request.method {
        Method::GET => get(state, kind, &id).map(Answer::ok),
        Method::HEAD => get(state, kind, &id).map(|_| Answer::empty(204)),
        Method::PUT => put(state, request, kind, &id),
        Method::PATCH if matches!(kind, ResourceKind::Connection(_)) => put(state, request, kind, &id),
        Method::DELETE => delete(state, request, kind, &id),
        _ => Err(ArmError::method_not_allowed(request.method.as_str(), &resource_type)),
    }
}

/// 405 for what owners of a connection of this type do not do.
fn check_owner_method(target_type: &TargetType, method: &Method, resource_type: &str) -> Result<(), ArmError> {
    if matches!(*method, Method::GET | Method::HEAD) || target_type.lets_owners(method.as_str()) {
        return Ok(());
    }
    Err(ArmError::method_not_allowed(method.as_str(), resource_type))
}

/// What a GET of `id` shows.
pub fn get(state: &State, kind: ResourceKind, id: &ResourceId) -> Result<Value, ArmError> {
    Ok(match kind {
        ResourceKind::VirtualNetwork => state.network_view(state.resource(id)?),
        ResourceKind::Subnet => state.subnet_view(child(state, id)?),
        ResourceKind::NetworkInterface => {
            state.group_of(id)?;
            let endpoint = state.interfaces.get(&id.key()).and_then(|key| state.endpoints.get(key));
            interface_view::view(endpoint.ok_or_else(|| ArmError::resource_not_found(id))?)
        }
        ResourceKind::PrivateEndpoint => endpoint_view::view(state.endpoint(id)?),
        ResourceKind::ZoneGroup => zone_group(state, id)?,
        ResourceKind::PrivateDnsZone => state.zone_view(state.resource(id)?),
        ResourceKind::VirtualNetworkLink | ResourceKind::RecordSet => child(state, id)?.view(),
        ResourceKind::ManagedService => state.resource(id)?.view(),
        ResourceKind::ManagedEndpoint(_) => state.managed_endpoint_view(child(state, id)?),
        ResourceKind::StartOfAuthority => record_set::soa_view(state.resource(&parent(id)?)?),
        ResourceKind::AllRecordSets => return Err(ArmError::resource_not_found(id)),
        ResourceKind::Target(target_type) => state.target_view(target_type, state.resource(id)?),
        ResourceKind::Connection(target_type) => connection(state, target_type, id)?,
        ResourceKind::PrivateLinkResource(_) => {
            let resources = state.private_link_resources(state.resource(&parent(id)?)?);
            let wanted =
                |resource: &Value| resource["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(id.name()));
            resources.into_iter().find(wanted).ok_or_else(|| ArmError::resource_not_found(id))?
        }
    })
}

fn put(state: &mut State, request: &ArmRequest, kind: ResourceKind, id: &ResourceId) -> Result<Answer, ArmError> {
    let body = request.body.clone();
    let created = |is_new: bool| if is_new { 201 } else { 200 };
    let (status, operation) = match kind {
        ResourceKind::VirtualNetwork => (created(state.put_network(id, body)?), None),
        ResourceKind::Subnet => (created(state.put_subnet(id, body)?), None),
        ResourceKind::RecordSet => (created(state.put_record_set(id, &request.precondition, &body)?), None),
        ResourceKind::Target(target_type) => {
            let is_new = state.put_target(target_type, id, body)?;
            (if is_new { target_type.create_status } else { 200 }, None)
        }
        ResourceKind::PrivateEndpoint => {
            let (is_new, operation) = state.put_endpoint(id, &body)?;
            (created(is_new), Some(operation))
        }
        ResourceKind::ZoneGroup => {
            let (is_new, operation) = state.put_zone_group(id, &body)?;
            (created(is_new), Some(operation))
        }
        ResourceKind::PrivateDnsZone => (202, Some(state.put_zone(id, &request.precondition, body)?)),
        ResourceKind::VirtualNetworkLink => (202, Some(state.put_link(id, &request.precondition, body)?)),
        ResourceKind::ManagedService => (created(state.put_managed_service(id, body)?), None),
        ResourceKind::ManagedEndpoint(service) => {
            (service.put_status(), state.put_managed_endpoint(service, id, body)?)
        }
        ResourceKind::Connection(target_type) => {
            (connection_status(target_type), state.decide_connection(target_type, id, &body)?)
        }
        ResourceKind::NetworkInterface
        | ResourceKind::StartOfAuthority
        | ResourceKind::AllRecordSets
        | ResourceKind::PrivateLinkResource(_) => {
            return Err(ArmError::method_not_allowed("PUT", &id.resource_type()));
        }
    };
    // A zone or link that is being created cannot be read yet: 202 goes out with an empty body.
    let answer = match get(state, kind, id) {
        Ok(view) if status != 202 => Answer::with(status, view),
        _ => Answer::empty(status),
    };
    Ok(polled(answer, request, id, operation))
}

fn delete(state: &mut State, request: &ArmRequest, kind: ResourceKind, id: &ResourceId) -> Result<Answer, ArmError> {
    let operation = match kind {
        ResourceKind::VirtualNetwork | ResourceKind::Subnet => {
            state.group_of(id)?;
            return Ok(Answer::deleted(state.delete_network(id)?));
        }
        ResourceKind::Target(_) | ResourceKind::ManagedService | ResourceKind::ManagedEndpoint(_) => {
            state.group_of(id)?;
            let was_there = state.resources.contains_key(&id.key());
            state.remove_resource(&id.key());
            return Ok(Answer::deleted(was_there));
        }
        ResourceKind::RecordSet => {
            return Ok(Answer::deleted(state.delete_record_set(id, &request.precondition)?));
        }
        ResourceKind::Connection(target_type) => match state.delete_connection(target_type, id) {
            Ok(None) => return Ok(Answer::deleted(true)),
            Err(error) if error.code == "ResourceNotFound" => None,
            other => other?,
        },
        ResourceKind::PrivateEndpoint => {
            state.group_of(id)?;
            state.delete_endpoint(id)?
        }
        ResourceKind::ZoneGroup => state.delete_zone_group(id)?,
        ResourceKind::PrivateDnsZone | ResourceKind::VirtualNetworkLink => {
            state.delete_zone_or_link(id, &request.precondition)?
        }
        ResourceKind::NetworkInterface => return Err(interface_in_use(state, id)),
        ResourceKind::StartOfAuthority | ResourceKind::AllRecordSets | ResourceKind::PrivateLinkResource(_) => {
            return Err(ArmError::method_not_allowed("DELETE", &id.resource_type()));
        }
    };
    let status = if operation.is_some() { 202 } else { 204 };
    Ok(polled(Answer::empty(status), request, id, operation))
}

fn polled(answer: Answer, request: &ArmRequest, id: &ResourceId, operation: Option<String>) -> Answer {
    match operation {
        Some(operation_id) => answer.polled(request, id.subscription(), &operation_id),
        None => answer,
    }
}

fn connection_status(target_type: &TargetType) -> u16 {
    match target_type.connection_put {
        ConnectionPut::Sync200 | ConnectionPut::Async200 => 200,
        ConnectionPut::Async201 => 201,
        ConnectionPut::Async202 => 202,
    }
}

/// A child resource: its parent is looked for first.
fn child<'a>(state: &'a State, id: &ResourceId) -> Result<&'a Resource, ArmError> {
    state.resource(&parent(id)?)?;
    state.resource(id)
}

fn parent(id: &ResourceId) -> Result<ResourceId, ArmError> {
    id.parent().ok_or_else(|| ArmError::resource_not_found(id))
}

fn connection(state: &State, target_type: &TargetType, id: &ResourceId) -> Result<Value, ArmError> {
    let endpoint = state.connection(id)?;
    Ok(connection_view::view(target_type, &endpoint.target, endpoint))
}

fn zone_group(state: &State, id: &ResourceId) -> Result<Value, ArmError> {
    let endpoint = state.endpoint(&parent(id)?)?;
    let group = endpoint.zone_group.as_ref().filter(|group| group.name.eq_ignore_ascii_case(id.name()));
    group.map(|group| zone_group::view(endpoint, group)).ok_or_else(|| ArmError::resource_not_found(id))
}

/// The interface of an endpoint goes with the endpoint and not before it.
fn interface_in_use(state: &State, id: &ResourceId) -> ArmError {
    match state.interfaces.get(&id.key()) {
        Some(endpoint) => {
            let message = format!("Network Interface {id} is used by existing resource {endpoint}.");
            ArmError::bad_request("NicInUse", message)
        }
        None => ArmError::resource_not_found(id),
    }
}
