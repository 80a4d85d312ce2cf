//! What an endpoint asks for: a target that exists, and group ids that its type has.

use super::{
    arm_error::ArmError,
    group_members::{self, GroupMember},
    private_endpoint::ConnectionRequest,
    resource::Resource,
    resource_id::ResourceId,
    state::State,
    subscriptions::check_access,
    target_types::TargetType,
};

/// SQL servers take a shorter request message than the endpoint's schema allows.
const MAX_SQL_REQUEST_MESSAGE: usize = 128;

impl State {
    /// The target with the members behind the requested group ids.
    pub fn requested_members(
        &self,
        id: &ResourceId,
        request: &ConnectionRequest,
    ) -> Result<(ResourceId, Vec<GroupMember>), ArmError> {
        let text = &request.target_text;
        if let Some(target) = ResourceId::parse(text) {
            let action = format!("{}/privateEndpointConnectionsApproval/action", target.resource_type());
            check_access(target.subscription(), &action, text)?;
        }
        let target = self.find_target(text).ok_or_else(|| ArmError::invalid_reference(text, id))?;
        let target_type =
            TargetType::find(&target.id.resource_type()).ok_or_else(|| ArmError::invalid_reference(text, id))?;
        if target_type.status_and_description_required
            && request.request_message.as_ref().is_some_and(|message| message.chars().count() > MAX_SQL_REQUEST_MESSAGE)
        {
            let message = "The request message of a connection to a SQL server has at most 128 characters.";
            return Err(ArmError::bad_request("InvalidRequestMessage", message));
        }
        let members = select_members(target, target_type, &request.group_ids)?;
        Ok((target.id.clone(), members))
    }
}

/// The members behind `group_ids`, which must be ones of the type.
fn select_members(
    target: &Resource,
    target_type: &TargetType,
    group_ids: &[String],
) -> Result<Vec<GroupMember>, ArmError> {
    let known = group_members::group_ids(target_type);
    let is_known = |asked: &String| known.iter().any(|known| known.eq_ignore_ascii_case(asked));
    if group_ids.is_empty() != known.is_empty() || !group_ids.iter().all(is_known) {
        let message =
            format!("The group ids {group_ids:?} are not valid for {}. Valid ones: {}.", target.id, known.join(", "));
        return Err(ArmError::bad_request("InvalidGroupId", message));
    }
    if target_type.resource_type == "Microsoft.CognitiveServices/accounts"
        && target.property("customSubDomainName").as_str().is_none()
    {
        let message = format!("The account {} has no custom subdomain, which a private endpoint needs.", target.id);
        return Err(ArmError::bad_request("CustomSubDomainNameRequired", message));
    }
    let mut members = group_members::members(target);
    if !known.is_empty() {
        members.retain(|member| group_ids.iter().any(|asked| asked.eq_ignore_ascii_case(&member.group_id)));
    }
    Ok(members)
}
