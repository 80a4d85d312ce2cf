//! Lists: all resources of one type, and all children of one resource.

use super::{answer::Answer, api_versions, page, request::ArmRequest, resource_kind::ResourceKind, resources::get};
use crate::cloud::{
    arm_error::ArmError,
    connection_view,
    private_endpoint::PrivateEndpoint,
    record_set,
    resource_group::ResourceGroup,
    resource_id::ResourceId,
    state::State,
    target_types::{Listing, TargetType},
    zone_group,
};

/// All resources of a type in a subscription or one of its resource groups.
pub fn of_type(
    state: &State,
    request: &ArmRequest,
    subscription: &str,
    resource_group: Option<&str>,
    resource_type: &str,
) -> Result<Answer, ArmError> {
    let (kind, resource_type) =
        ResourceKind::find(resource_type).ok_or_else(|| ArmError::unknown_type(resource_type))?;
    api_versions::check(request, kind)?;
    let prefix = scope(state, subscription, resource_group)?;
    let ids = ids(state, &prefix).filter(|id| id.resource_type() == resource_type);
    Ok(page::answer(request, ids, |id| get(state, kind, id).unwrap_or_default()))
}

/// The children of one resource.
pub fn children(state: &State, request: &ArmRequest, parent: &ResourceId, kind: &str) -> Result<Answer, ArmError> {
    let resource_type = format!("{}/{kind}", parent.resource_type());
    let (kind, resource_type) =
        ResourceKind::find(&resource_type).ok_or_else(|| ArmError::unknown_type(&resource_type))?;
    api_versions::check(request, kind)?;
    let word = resource_type.rsplit('/').next().unwrap_or_default().to_owned();
    if let ResourceKind::ZoneGroup = kind {
        let endpoint = state.endpoint(parent)?;
        return Ok(page::answer(request, endpoint.zone_group.iter(), |group| zone_group::view(endpoint, group)));
    }
    let found = state.resource(parent)?;
    Ok(match kind {
        ResourceKind::Connection(target_type) => connections(state, request, target_type, parent)?,
        ResourceKind::PrivateLinkResource(_) => {
            page::answer(request, state.private_link_resources(found).into_iter(), |resource| resource)
        }
        ResourceKind::AllRecordSets => {
            page::check_top(request)?;
            let sets = state.children(parent, "A").chain(state.children(parent, "AAAA"));
            let views = std::iter::once(record_set::soa_view(found)).chain(sets.map(|set| set.view()));
            page::answer(request, views, |view| view)
        }
        ResourceKind::StartOfAuthority => {
            page::answer(request, std::iter::once(record_set::soa_view(found)), |view| view)
        }
        ResourceKind::ManagedEndpoint(_) => {
            page::answer(request, state.children(parent, &word), |child| state.managed_endpoint_view(child))
        }
        ResourceKind::Subnet => {
            page::answer(request, state.children(parent, &word), |subnet| state.subnet_view(subnet))
        }
        _ => page::answer(request, state.children(parent, &word), |child| child.view()),
    })
}

/// The connections of a target, as its type lists them. Types without a list answer as they do for a word that they do not
/// know; that is assumed, the Azure CLI only shows that there is none.
fn connections(
    state: &State,
    request: &ArmRequest,
    target_type: &TargetType,
    target: &ResourceId,
) -> Result<Answer, ArmError> {
    let view = |endpoint: &PrivateEndpoint| connection_view::view(target_type, &endpoint.target, endpoint);
    match target_type.listing {
        Listing::Value => Ok(page::answer(request, state.connections_of(target), view)),
        Listing::Array => Ok(Answer::ok(state.connections_of(target).map(view).collect())),
        Listing::None => {
            Err(ArmError::unknown_type(&format!("{}/privateEndpointConnections", target_type.resource_type)))
        }
    }
}

/// The key prefix of everything in a subscription, or in a resource group that must exist.
pub(super) fn scope(state: &State, subscription: &str, resource_group: Option<&str>) -> Result<String, ArmError> {
    let Some(name) = resource_group else {
        return Ok(format!("/subscriptions/{}/", subscription.to_ascii_lowercase()));
    };
    let key = ResourceGroup::key(subscription, name);
    if !state.groups.contains_key(&key) {
        return Err(ArmError::resource_group_not_found(name));
    }
    Ok(format!("{key}/"))
}

/// The ids of all resources under a prefix: stored ones, endpoints and their interfaces.
pub(super) fn ids<'a>(state: &'a State, prefix: &str) -> impl Iterator<Item = &'a ResourceId> + use<'a> {
    let (first, second, third) = (prefix.to_owned(), prefix.to_owned(), prefix.to_owned());
    let from = prefix.to_owned();
    let stored = state.resources.range(from.clone()..).take_while(move |(key, _)| key.starts_with(&first));
    let endpoints = state.endpoints.range(from.clone()..).take_while(move |(key, _)| key.starts_with(&second));
    let interfaces = state.interfaces.range(from..).take_while(move |(key, _)| key.starts_with(&third));
    let interfaces = interfaces.filter_map(|(_, endpoint)| state.endpoints.get(endpoint));
    stored
        .map(|(_, resource)| &resource.id)
        .chain(endpoints.map(|(_, endpoint)| &endpoint.id))
        .chain(interfaces.map(|endpoint| &endpoint.interface))
}
