//! The subscriptions of the local Azure, and what a caller gets in those that are not theirs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{arm_error::ArmError, state::State};
use crate::tokens::TENANT_ID;

/// Where Microsoft's services keep their managed endpoints. It exists, and nobody can read it.
pub const MICROSOFT_SUBSCRIPTION: &str = "92b2afd7-e3db-4660-90c5-0da4aebf53d4";

/// The tenant of that subscription: Microsoft's own, as it appears in public examples of tokens.
pub const MICROSOFT_TENANT_ID: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

/// A subscription of a partner's, in another tenant. A token of the caller's tenant is worth nothing there.
pub const PARTNER_SUBSCRIPTION: &str = "44444444-4444-4444-4444-444444444444";

/// The partner's tenant.
pub const PARTNER_TENANT_ID: &str = "88888888-8888-8888-8888-888888888888";

/// The caller's own subscriptions with their names.
pub const SUBSCRIPTIONS: [(&str, &str); 3] = [
    ("11111111-1111-1111-1111-111111111111", "platform"),
    ("22222222-2222-2222-2222-222222222222", "applications"),
    ("33333333-3333-3333-3333-333333333333", "connectivity"),
];

/// Further subscriptions of the caller's end in a number of two digits. Each is listed once it has a resource group.
const TEAM_PREFIX: &str = "55555555-5555-5555-5555-5555555555";

/// The id of one of the further subscriptions, up to 99.
#[must_use]
pub fn team_subscription(number: u8) -> String {
    format!("{TEAM_PREFIX}{:02}", number % 100)
}

fn is_callers(subscription: &str) -> bool {
    let number = subscription.strip_prefix(TEAM_PREFIX);
    number.is_some_and(|number| number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit()))
        || SUBSCRIPTIONS.iter().any(|(id, _)| id.eq_ignore_ascii_case(subscription))
}

/// The tenant of a subscription, or `None` where there is no such subscription.
#[must_use]
pub fn tenant_of(subscription: &str) -> Option<&'static str> {
    let is = |id: &str| id.eq_ignore_ascii_case(subscription);
    if is(MICROSOFT_SUBSCRIPTION) {
        return Some(MICROSOFT_TENANT_ID);
    }
    if is(PARTNER_SUBSCRIPTION) {
        return Some(PARTNER_TENANT_ID);
    }
    is_callers(subscription).then_some(TENANT_ID)
}

/// Refuses a subscription that the caller cannot use.
pub fn check_access(subscription: &str, action: &str, scope: &str) -> Result<(), ArmError> {
    if is_callers(subscription) {
        return Ok(());
    }
    if subscription.eq_ignore_ascii_case(MICROSOFT_SUBSCRIPTION) {
        let message = format!(
            "The client 'local-azure' with object id '33333333-3333-3333-3333-333333333333' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
        );
        return Err(ArmError::new(403, "AuthorizationFailed", message));
    }
    if subscription.eq_ignore_ascii_case(PARTNER_SUBSCRIPTION) {
        let message = format!(
            "The client has permission to perform action '{action}' on scope '{scope}', however the current tenant '{TENANT_ID}' is not authorized to access linked subscription '{subscription}'."
        );
        return Err(ArmError::new(403, "LinkedAuthorizationFailed", message));
    }
    Err(not_found(subscription))
}

/// The subscriptions to list, with their names.
#[must_use]
pub fn listed(state: &State) -> Vec<(String, String)> {
    let named = SUBSCRIPTIONS.map(|(id, name)| (id.to_owned(), name.to_owned()));
    let used: BTreeSet<&str> = state.groups.values().map(|group| group.subscription.as_str()).collect();
    let teams = used.into_iter().filter(|id| id.starts_with(TEAM_PREFIX));
    named.into_iter().chain(teams.map(|id| (id.to_owned(), format!("team {}", &id[TEAM_PREFIX.len()..])))).collect()
}

/// 404 for a subscription that is nowhere.
#[must_use]
pub fn not_found(subscription: &str) -> ArmError {
    let message = format!("The subscription '{subscription}' could not be found.");
    ArmError::new(404, "SubscriptionNotFound", message)
}

/// One subscription as ARM shows it. The CLI needs `id`, `subscriptionId`, `displayName` and `state`.
#[must_use]
pub fn view(id: &str, name: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{id}"),
        "subscriptionId": id,
        "tenantId": TENANT_ID,
        "displayName": name,
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionPolicies": { "locationPlacementId": "Internal_2014-09-01", "quotaId": "Internal_2014-09-01", "spendingLimit": "Off" },
    })
}

/// One location of a subscription.
#[must_use]
pub fn location_view(subscription: &str, name: &str, display_name: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{subscription}/locations/{name}"),
        "name": name,
        "displayName": display_name,
        "regionalDisplayName": display_name,
        "type": "Region",
        "metadata": { "regionType": "Physical", "regionCategory": "Recommended", "geographyGroup": "Local" },
    })
}

/// A location as ARM stores it: `East US` and `eastus` are the same place.
#[must_use]
pub fn normal_location(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect::<String>().to_ascii_lowercase()
}
