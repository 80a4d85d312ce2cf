//! From a route to what answers it, once the caller may use the subscription.

use axum::http::Method;

use super::{
    answer::Answer,
    lists,
    path::{InSubscription, Route},
    providers,
    request::ArmRequest,
    resource_graph::{self, quota::Quota},
    resources, subscription_routes, tracked_resources,
};
use crate::cloud::{arm_error::ArmError, state::State, subscriptions::check_access};

/// Answers an authenticated request.
pub fn dispatch(state: &mut State, request: &ArmRequest, route: Route, quota: &Quota) -> Result<Answer, ArmError> {
    let (subscription, what) = match route {
        Route::In { subscription, what } => (subscription, what),
        Route::ResourceGraph => return Ok(resource_graph::answer(state, request, quota)),
        Route::Subscriptions | Route::MetadataEndpoints => {
            return Ok(subscription_routes::list_subscriptions(state, request));
        }
        Route::Providers => return Ok(providers::list(state.cloud, request, None)),
        Route::Provider(name) => return providers::one(state.cloud, None, &name),
    };
    check_access(&subscription, &action(&what, &request.method), &request.path)?;
    let subscription = subscription.as_str();
    Ok(match what {
        InSubscription::Resource(id) => return resources::answer(state, request, id),
        InSubscription::ResourceGroup(name) => return subscription_routes::group(state, request, subscription, &name),
        InSubscription::RegisterProvider(name) => return providers::one(state.cloud, Some(subscription), &name),
        InSubscription::CheckStorageName => subscription_routes::check_storage_name(state, request),
        _ if request.method != Method::GET => {
            return Err(ArmError::method_not_allowed(request.method.as_str(), &request.path));
        }
        InSubscription::Itself => subscription_routes::subscription(state, subscription),
        InSubscription::Locations => subscription_routes::locations(state.cloud, request, subscription),
        InSubscription::Providers => providers::list(state.cloud, request, Some(subscription)),
        InSubscription::Provider(name) => return providers::one(state.cloud, Some(subscription), &name),
        InSubscription::ResourceGroups => subscription_routes::list_groups(state, request, subscription),
        InSubscription::Resources(group) => {
            return tracked_resources::list(state, request, subscription, group.as_deref());
        }
        InSubscription::OfType { resource_group, resource_type } => {
            return lists::of_type(state, request, subscription, resource_group.as_deref(), &resource_type);
        }
        InSubscription::Children { parent, kind } => return lists::children(state, request, &parent, &kind),
        InSubscription::Operation(id) => return subscription_routes::operation(state, request, &id),
        InSubscription::OperationResult(id) => {
            return subscription_routes::operation_result(state, request, subscription, &id);
        }
    })
}

/// The action that a refusal names, such as `Microsoft.Network/privateEndpoints/read`.
fn action(what: &InSubscription, method: &Method) -> String {
    let verb = match *method {
        Method::GET | Method::HEAD => "read",
        Method::DELETE => "delete",
        _ => "write",
    };
    let kind = match what {
        InSubscription::Resource(id) => id.resource_type(),
        InSubscription::Children { parent, kind } => format!("{}/{kind}", parent.resource_type()),
        InSubscription::OfType { resource_type, .. } => resource_type.clone(),
        InSubscription::ResourceGroup(_) | InSubscription::ResourceGroups => {
            "Microsoft.Resources/subscriptions/resourceGroups".to_owned()
        }
        _ => "Microsoft.Resources/subscriptions".to_owned(),
    };
    format!("{kind}/{verb}")
}
