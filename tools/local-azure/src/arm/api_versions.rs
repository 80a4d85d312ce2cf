//! Which api-versions a request on a target may ask for. The network provider's own types take any.

use super::{request::ArmRequest, resource_kind::ResourceKind};
use crate::cloud::arm_error::ArmError;

/// Refuses a version that the target's type does not have; its connections have the same ones.
pub fn check(request: &ArmRequest, kind: ResourceKind) -> Result<(), ArmError> {
    let (ResourceKind::Target(row) | ResourceKind::Connection(row) | ResourceKind::PrivateLinkResource(row)) = kind
    else {
        return Ok(());
    };
    let asked = request.query.get("api-version").map_or("", String::as_str);
    if row.api_versions.iter().any(|known| known.eq_ignore_ascii_case(asked)) {
        return Ok(());
    }
    let (_, name) = row.resource_type.split_once('/').unwrap_or_default();
    let message = format!(
        "No registered resource provider found for API version '{asked}' for type '{name}'. The supported api-versions are '{}'.",
        row.api_versions.join(", ")
    );
    Err(ArmError::bad_request("NoRegisteredProviderFound", message))
}
