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
        let target = self.slot_or_target(target, &request.group_ids);
        let target_type =
            TargetType::find(&target.id.resource_type()).ok_or_else(|| ArmError::invalid_reference(text, id))?;
        let length = request.request_message.as_ref().map_or(0, |message| message.chars().count());
        // SQL servers take a shorter request message than the endpoint's schema allows.
        if let Some(longest) = target_type.max_description_chars.filter(|longest| length > *longest) {
            let message =
                format!("The request message of a connection to {} has at most {longest} characters.", target.id);
            return Err(ArmError::bad_request("InvalidRequestMessage", message));
        }
        let members = self.select_members(target, &request.group_ids)?;
        Ok((target.id.clone(), members))
    }

    /// The members behind `group_ids`, which must be ones of the target's.
    fn select_members(&self, target: &Resource, group_ids: &[String]) -> Result<Vec<GroupMember>, ArmError> {
        let mut members = group_members::members(self.cloud, target);
        let known = group_members::group_ids(&members);
        let is_known = |asked: &String| known.iter().any(|known| known.eq_ignore_ascii_case(asked));
        if group_ids.is_empty() != known.is_empty() || !group_ids.iter().all(is_known) {
            let message = format!(
                "The group ids {group_ids:?} are not valid for {}. Valid ones: {}.",
                target.id,
                known.join(", ")
            );
            return Err(ArmError::bad_request("InvalidGroupId", message));
        }
        check_subdomain(target)?;
        if !known.is_empty() {
            members.retain(|member| group_ids.iter().any(|asked| asked.eq_ignore_ascii_case(&member.group_id)));
        }
        Ok(members)
    }
}

/// An account of Cognitive Services needs a custom subdomain. In Azure every account has a kind; one without is nobody's
/// but a test's that asks for as little as it can, and answers to its own name.
fn check_subdomain(target: &Resource) -> Result<(), ArmError> {
    let is_account = target.id.resource_type() == "Microsoft.CognitiveServices/accounts";
    let has_subdomain = target.property("customSubDomainName").is_string() || target.text("kind").is_empty();
    if !is_account || has_subdomain {
        return Ok(());
    }
    let message = format!("The account {} has no custom subdomain, which a private endpoint needs.", target.id);
    Err(ArmError::bad_request("CustomSubDomainNameRequired", message))
}
