//! The subscriptions of the local Azure, and what a caller gets in those that are not theirs.

use serde_json::{Value, json};

use super::arm_error::ArmError;
use crate::tokens::TENANT_ID;

/// Where Microsoft's services keep their managed endpoints. It exists, and nobody can read it.
pub const MICROSOFT_SUBSCRIPTION: &str = "92b2afd7-e3db-4660-90c5-0da4aebf53d4";

/// The caller's own subscriptions with their names.
pub const SUBSCRIPTIONS: [(&str, &str); 3] = [
    ("11111111-1111-1111-1111-111111111111", "platform"),
    ("22222222-2222-2222-2222-222222222222", "applications"),
    ("33333333-3333-3333-3333-333333333333", "connectivity"),
];

/// Locations with the names that people read. A few are enough: the CLI only lists them.
pub const LOCATIONS: [(&str, &str); 7] = [
    ("eastus", "East US"),
    ("eastus2", "East US 2"),
    ("westus2", "West US 2"),
    ("northeurope", "North Europe"),
    ("westeurope", "West Europe"),
    ("swedencentral", "Sweden Central"),
    ("uksouth", "UK South"),
];

/// Refuses a subscription that the caller cannot use.
pub fn check_access(subscription: &str, action: &str, scope: &str) -> Result<(), ArmError> {
    if SUBSCRIPTIONS.iter().any(|(id, _)| id.eq_ignore_ascii_case(subscription)) {
        return Ok(());
    }
    if subscription.eq_ignore_ascii_case(MICROSOFT_SUBSCRIPTION) {
        let message = format!(
            "The client 'local-azure' with object id '33333333-3333-3333-3333-333333333333' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials."
        );
        return Err(ArmError::new(403, "AuthorizationFailed", message));
    }
    let message = format!("The subscription '{subscription}' could not be found.");
    Err(ArmError::new(404, "SubscriptionNotFound", message))
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
