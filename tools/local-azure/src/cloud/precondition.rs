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
        if self.if_none_match.as_deref() == Some("*") && existing.is_some() {
            let message = format!("The resource {id} exists already and hence cannot be created again.");
            return Err(ArmError::precondition_failed(message));
        }
        let wanted = self.if_match.as_deref().unwrap_or_default().trim_matches('"');
        let observed = existing.map(|existing| existing.etag.as_str());
        if wanted.is_empty() || observed == Some(wanted) || (wanted == "*" && observed.is_some()) {
            return Ok(());
        }
        let observed = observed.unwrap_or("null");
        let message =
            format!("The condition '{wanted}' in the If-Match header was not satisfied. The current was '{observed}'.");
        Err(ArmError::precondition_failed(message))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::Precondition;
    use crate::cloud::{resource::Resource, resource_id::ResourceId};

    #[test]
    fn conditions_hold_as_azure_documents_them() {
        let id = ResourceId::parse("/subscriptions/s/resourceGroups/rg/providers/N/t/n").expect("an id");
        let there = Resource { id: id.clone(), etag: "e".to_owned(), guid: String::new(), body: Map::new() };
        let table = [
            (None, None, true, true),
            (None, Some("*"), true, false),
            (None, Some("other"), true, true),
            (Some("e"), None, false, true),
            (Some("\"e\""), None, false, true),
            (Some("f"), None, false, false),
            (Some("*"), None, false, true),
        ];
        for (if_match, if_none_match, holds_for_absent, holds_for_existing) in table {
            let precondition =
                Precondition { if_match: if_match.map(str::to_owned), if_none_match: if_none_match.map(str::to_owned) };
            assert_eq!(precondition.check(&id, None).is_ok(), holds_for_absent, "{precondition:?}");
            assert_eq!(precondition.check(&id, Some(&there)).is_ok(), holds_for_existing, "{precondition:?}");
        }
    }
}
