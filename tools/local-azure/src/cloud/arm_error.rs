//! A refusal as ARM words it: an HTTP status, a code and a message.

use std::fmt;

use super::resource_id::ResourceId;

/// What a caller of ARM reads as `{"error":{"code","message"}}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArmError {
    /// The HTTP status.
    pub status: u16,
    /// ARM's code, such as `ResourceNotFound`.
    pub code: String,
    /// The text for a person.
    pub message: String,
    /// Seconds for a `Retry-After` header, where the caller is asked to wait.
    pub retry_after_seconds: Option<u64>,
}

impl ArmError {
    /// A refusal with any status and code.
    #[must_use]
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), retry_after_seconds: None }
    }

    /// 400 with this code.
    #[must_use]
    pub fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// 409: somebody else's operation is not over yet. A caller may try again soon.
    #[must_use]
    pub fn another_operation(id: &ResourceId) -> Self {
        let message = format!("Another operation on resource {id} is in progress. Retry the request later.");
        Self { retry_after_seconds: Some(1), ..Self::new(409, "AnotherOperationInProgress", message) }
    }

    /// 404 for a resource that is not there.
    #[must_use]
    pub fn resource_not_found(id: &ResourceId) -> Self {
        let message = format!(
            "The Resource '{}' under resource group '{}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
            id.relative(),
            id.resource_group()
        );
        Self::new(404, "ResourceNotFound", message)
    }

    /// 404 for a type that nobody registered.
    #[must_use]
    pub fn unknown_type(resource_type: &str) -> Self {
        let (namespace, kind) = resource_type.split_once('/').unwrap_or((resource_type, ""));
        let message = format!("The resource type '{kind}' could not be found in the namespace '{namespace}'.");
        Self::new(404, "InvalidResourceType", message)
    }

    /// 404 for a resource group that is not there.
    #[must_use]
    pub fn resource_group_not_found(name: &str) -> Self {
        Self::new(404, "ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
    }

    /// 400 for a body that points at a resource that does not exist.
    #[must_use]
    pub fn invalid_reference(referenced: &str, by: &ResourceId) -> Self {
        let message = format!(
            "Resource {referenced} referenced by resource {by} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region."
        );
        Self::bad_request("InvalidResourceReference", message)
    }

    /// 412: `If-Match` or `If-None-Match` does not hold.
    #[must_use]
    pub fn precondition_failed(message: impl Into<String>) -> Self {
        Self::new(412, "PreconditionFailed", message)
    }

    /// 405: the resource exists but not with this method.
    #[must_use]
    pub fn method_not_allowed(method: &str, resource_type: &str) -> Self {
        let message = format!("The resource type '{resource_type}' does not support the method '{method}'.");
        Self::new(405, "MethodNotAllowed", message)
    }
}

impl fmt::Display for ArmError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "({}) {}", self.code, self.message)
    }
}

impl std::error::Error for ArmError {}
