//! `If-Match` and `If-None-Match` as private DNS understands them.

use super::{arm_error::ArmError, resource::Resource, resource_id::ResourceId};

/// The conditions of a request.
#[derive(Clone, Debug, Default)]
pub struct Precondition {
    /// `If-Match`: the ETag that must be there, or `*` for any.
    pub if_match: Option<String>,
    /// `If-None-Match`: only `*` has a meaning, other values are ignored (text of the DNS SDKs).
    pub if_none_match: Option<String>,
}

impl Precondition {
    /// 412 where the conditions do not hold for what is there.
    pub fn check(&self, id: &ResourceId, existing: Option<&Resource>) -> Result<(), ArmError> {
        let must_not_exist = self.if_none_match.as_deref() == Some("*");
        let matches = match (self.if_match.as_deref(), existing) {
            (None | Some(""), _) => true,
            (Some(_), None) => false,
            (Some(wanted), Some(existing)) => wanted == "*" || wanted.trim_matches('"') == existing.etag,
        };
        if matches && !(must_not_exist && existing.is_some()) {
            return Ok(());
        }
        Err(ArmError::precondition_failed(id))
    }
}
