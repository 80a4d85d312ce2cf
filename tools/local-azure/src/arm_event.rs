//! What ARM tells Event Grid: one successful operation on one resource.

/// The kind of operation, which decides the event type (`Microsoft.Resources.Resource{Write,Delete,Action}Success`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ArmEventKind {
    /// A PUT or PATCH that succeeded, at the end of its long-running operation.
    Write,
    /// A DELETE that succeeded.
    Delete,
    /// A POST that succeeded.
    Action,
}

/// One operation that succeeded at ARM. Event Grid makes an event of it, without the resource's body, as Azure does.
#[derive(Clone, Debug)]
pub struct ArmEvent {
    /// What was done.
    pub kind: ArmEventKind,
    /// The full id of the resource, in the letter case of the request or of the resource.
    pub resource_id: String,
    /// For example `Microsoft.Network/privateEndpoints/write`.
    pub operation_name: String,
    /// The HTTP method of the request that caused it.
    pub http_method: &'static str,
    /// The correlation id of the request that caused it.
    pub correlation_id: String,
}
