//! The path of an ARM request: which of ARM's few shapes it has. Anything else is refused before it is looked up.

use percent_encoding::percent_decode_str;

use crate::cloud::{
    arm_error::ArmError,
    resource_id::{ResourceId, is_name},
};

/// What a path names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Route {
    /// `/metadata/endpoints`, the only one without a token.
    MetadataEndpoints,
    /// `/subscriptions`.
    Subscriptions,
    /// `/providers`, of the tenant.
    Providers,
    /// `/providers/{namespace}`, of the tenant.
    Provider(String),
    /// `/providers/Microsoft.ResourceGraph/resources`.
    ResourceGraph,
    /// Something in a subscription.
    In {
        /// The subscription's id, as typed.
        subscription: String,
        /// What in it.
        what: InSubscription,
    },
}

/// What a path names within a subscription.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum InSubscription {
    /// The subscription.
    Itself,
    /// `/locations`.
    Locations,
    /// `/providers`.
    Providers,
    /// `/providers/{namespace}`.
    Provider(String),
    /// `/providers/{namespace}/register`.
    RegisterProvider(String),
    /// `/providers/Microsoft.Storage/checkNameAvailability`.
    CheckStorageName,
    /// `/resourceGroups`.
    ResourceGroups,
    /// `/resourceGroups/{name}`.
    ResourceGroup(String),
    /// `/resources` of the subscription or of a resource group.
    Resources(Option<String>),
    /// All resources of one type, in the subscription or in a resource group.
    OfType {
        /// The group, where the list is of one.
        resource_group: Option<String>,
        /// Such as `Microsoft.Network/privateEndpoints`.
        resource_type: String,
    },
    /// All children of one kind, such as `privateEndpointConnections`.
    Children {
        /// The resource they are children of.
        parent: ResourceId,
        /// The last word of the path.
        kind: String,
    },
    /// One resource.
    Resource(ResourceId),
    /// How an operation stands.
    Operation(String),
    /// The result of an operation.
    OperationResult(String),
}

/// Parses the path of a request, percent-encoded as it arrives.
pub fn parse(path: &str) -> Result<Route, ArmError> {
    let words = decode(path)?;
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    match lower.as_slice() {
        ["metadata", "endpoints"] => Ok(Route::MetadataEndpoints),
        ["subscriptions"] => Ok(Route::Subscriptions),
        ["providers"] => Ok(Route::Providers),
        ["providers", _] => Ok(Route::Provider(words[1].clone())),
        ["providers", "microsoft.resourcegraph", "resources"] => Ok(Route::ResourceGraph),
        ["subscriptions", _, rest @ ..] => {
            let what = in_subscription(path, &words, rest).ok_or_else(|| not_found(path))?;
            Ok(Route::In { subscription: words[1].clone(), what })
        }
        _ => Err(not_found(path)),
    }
}

fn in_subscription(path: &str, words: &[String], rest: &[&str]) -> Option<InSubscription> {
    Some(match rest {
        [] => InSubscription::Itself,
        ["locations"] => InSubscription::Locations,
        ["resources"] => InSubscription::Resources(None),
        ["resourcegroups"] => InSubscription::ResourceGroups,
        ["resourcegroups", _] => InSubscription::ResourceGroup(words[3].clone()),
        ["resourcegroups", _, "resources"] => InSubscription::Resources(Some(words[3].clone())),
        ["resourcegroups", _, "providers", _, _, ..] => in_group(words)?,
        ["providers"] => InSubscription::Providers,
        ["providers", _] => InSubscription::Provider(words[3].clone()),
        ["providers", _, "register"] => InSubscription::RegisterProvider(words[3].clone()),
        ["providers", "microsoft.storage", "checknameavailability"] => InSubscription::CheckStorageName,
        ["providers", "microsoft.resources", "operations", id] => InSubscription::Operation((*id).to_owned()),
        ["providers", "microsoft.resources", "operationresults", id] => {
            InSubscription::OperationResult((*id).to_owned())
        }
        ["providers", _, _] => {
            InSubscription::OfType { resource_group: None, resource_type: format!("{}/{}", words[3], words[4]) }
        }
        _ => {
            tracing::debug!(path, "no such route");
            return None;
        }
    })
}

/// `…/resourceGroups/{rg}/providers/{namespace}/` and then pairs of type and name, the last name left out for lists.
fn in_group(words: &[String]) -> Option<InSubscription> {
    let text = format!("/{}", words.join("/"));
    if words.len().is_multiple_of(2) {
        return ResourceId::parse(&text).map(InSubscription::Resource);
    }
    if words.len() == 7 {
        let resource_type = format!("{}/{}", words[5], words[6]);
        return Some(InSubscription::OfType { resource_group: Some(words[3].clone()), resource_type });
    }
    let (parent, kind) = text.rsplit_once('/')?;
    Some(InSubscription::Children { parent: ResourceId::parse(parent)?, kind: kind.to_owned() })
}

/// Decodes each segment by itself, so that an encoded slash cannot become a path.
fn decode(path: &str) -> Result<Vec<String>, ArmError> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let decoded = |segment: &str| percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned());
    let words: Option<Vec<String>> =
        path.split('/').map(|segment| decoded(segment).filter(|word| is_name(word))).collect();
    words.ok_or_else(|| ArmError::bad_request("InvalidRequestUri", "The request URI is invalid."))
}

fn not_found(path: &str) -> ArmError {
    let path: String = path.chars().take(200).collect();
    ArmError::new(404, "NotFound", format!("There is nothing at {}.", path.escape_default()))
}

#[cfg(test)]
mod tests {
    use super::{InSubscription, Route, parse};

    fn inside(path: &str) -> InSubscription {
        match parse(path).expect("a route") {
            Route::In { what, .. } => what,
            other => panic!("{other:?} is not in a subscription"),
        }
    }

    #[test]
    fn paths_are_read_in_any_letter_case() {
        assert_eq!(parse("/Subscriptions").expect("a route"), Route::Subscriptions);
        assert_eq!(inside("/subscriptions/S/RESOURCEGROUPS/Rg"), InSubscription::ResourceGroup("Rg".to_owned()));
        let list = inside("/subscriptions/s/resourcegroups/rg/providers/Microsoft.Network/privateEndpoints");
        assert!(matches!(list, InSubscription::OfType { resource_group: Some(_), .. }), "{list:?}");
        let children = inside("/subscriptions/s/resourceGroups/rg/providers/N/t/name/privateEndpointConnections");
        assert!(matches!(children, InSubscription::Children { .. }), "{children:?}");
        let wildcard = inside("/subscriptions/s/resourceGroups/rg/providers/N/t/zone/A/%2A");
        assert!(matches!(wildcard, InSubscription::Resource(id) if id.name() == "*"));
    }

    #[test]
    fn paths_that_climb_or_hide_are_refused() {
        for path in ["/subscriptions/../x", "/subscriptions/a%2Fb", "/subscriptions//x", "/subscriptions/%00", "/a%ff"]
        {
            assert_eq!(parse(path).expect_err("a refusal").status, 400, "{path}");
        }
        assert_eq!(parse("/nothing/here").expect_err("a refusal").status, 404);
    }
}
