//! Provisioning states, group ids and slots.

use super::*;

#[test]
fn each_type_settles_by_its_own_states() {
    let cases = [
        ("Microsoft.Sql/servers", "Ready", false),
        ("Microsoft.Sql/servers", "READY", false),
        ("Microsoft.Sql/servers", "Approving", true),
        ("Microsoft.Sql/servers", "Dropping", true),
        ("Microsoft.Sql/servers", "Rejecting", true),
        ("Microsoft.Sql/servers", "Failed", false),
        // These repeat the connection's status.
        ("Microsoft.DigitalTwins/digitalTwinsInstances", "Pending", false),
        ("Microsoft.DigitalTwins/digitalTwinsInstances", "Approved", false),
        ("Microsoft.RecoveryServices/vaults", "Pending", false),
        ("Microsoft.App/managedEnvironments", "pending", false),
        ("Microsoft.App/managedEnvironments", "Waiting", true),
        ("Microsoft.Storage/storageAccounts", "Pending", true),
        ("Microsoft.Storage/storageAccounts", "Creating", true),
        ("Microsoft.Storage/storageAccounts", "Succeeded", false),
        ("Microsoft.Batch/batchAccounts", "Cancelled", false),
        ("Microsoft.OffAzure/masterSites", "Completed", false),
        ("Microsoft.OffAzure/masterSites", "Running", true),
        ("Microsoft.NotificationHubs/namespaces", "UpdatingByProxy", true),
        ("Microsoft.Devices/iotHubs", "", false),
        ("Microsoft.Devices/iotHubs", "Updating", true),
        // Whatever word a provider makes up is an end: waiting for it could last for ever.
        ("Microsoft.Storage/storageAccounts", "Wondering", false),
        ("Microsoft.Storage/storageAccounts", "Updating ", false),
        ("Microsoft.Storage/storageAccounts", "", false),
    ];
    for (resource_type, state, is_settling) in cases {
        assert_eq!(of_type(resource_type).is_settling(state), is_settling, "{resource_type} {state:?}");
    }
}

#[test]
fn the_words_for_work_under_way_are_few() {
    for word in ["Creating", "updating", "DELETING", "InProgress", "Moving", "Restoring", "Provisioning", "Accepted"] {
        assert!(is_under_way(word), "{word}");
    }
    for word in ["", "Succeeded", "Ready", "Failed", "Canceled", "Cancelled", "Unknown", "Invalid", "Creatin"] {
        assert!(!is_under_way(word), "{word}");
    }
    for row in Catalogue::known().target_types() {
        assert!(row.terminal_states.iter().all(|state| !row.is_settling(state)), "{}", row.resource_type);
    }
}

#[test]
fn group_ids_are_open_only_where_nobody_can_list_them() {
    let cases = [
        ("Microsoft.Network/privateLinkServices", "any", false),
        ("Microsoft.Network/applicationGateways", "any", true),
        ("Microsoft.HorizonDb/clusters", "any", true),
        ("Microsoft.KeyVault/vaults", "any", false),
        ("Microsoft.KeyVault/vaults", "VAULT", true),
        ("Microsoft.Web/sites", "sites-blue", true),
        ("Microsoft.Web/sites", "sites-", false),
        ("Microsoft.Web/sites", "sites", true),
        ("Microsoft.Web/sites/slots", "sites", false),
        ("Microsoft.Web/sites", "sité", false),
        ("Microsoft.Maps/accounts", "mapsAccount", true),
        ("Microsoft.Maps/accounts", "account", true),
    ];
    for (resource_type, group_id, may_have) in cases {
        assert_eq!(of_type(resource_type).group_ids.may_have(group_id), may_have, "{resource_type} {group_id}");
    }
}

#[test]
fn only_types_without_a_call_for_it_cannot_be_approved() {
    let not_approvable: Vec<&str> = Catalogue::known()
        .target_types()
        .iter()
        .filter(|row| !row.can_be_approved())
        .map(|row| row.resource_type.as_str())
        .collect();
    assert_eq!(not_approvable, ["Microsoft.Chaos/privateAccesses", "Microsoft.Synapse/privateLinkHubs"]);
}

/// The names of the resources below the site, or `it` for the site itself.
fn connected(resource_type: &str, group_ids: &[&str]) -> Vec<String> {
    let target = target(resource_type);
    let resources = of_type(resource_type).connected_resources(&target, &owned(group_ids));
    let relative = |id: &ResourceId| match id.as_str().strip_prefix(target.as_str()) {
        Some("") => "it".to_owned(),
        Some(below) => below.to_owned(),
        None => panic!("{id} is not below {target}"),
    };
    resources.iter().map(relative).collect()
}

#[test]
fn the_connections_of_slots_are_listed_below_the_slot() {
    let cases: [(&[&str], &[&str]); 12] = [
        (&["sites"], &["it"]),
        (&["sites-blue"], &["/slots/blue"]),
        (&["SITES-Blue"], &["/slots/Blue"]),
        (&["sites", "sites-blue"], &["it", "/slots/blue"]),
        (&["sites-blue-2"], &["/slots/blue-2"]),
        (&[], &["it"]),
        // Whatever is no slot's name must not become a path.
        (&["sites-"], &["it"]),
        (&["sites-../x"], &["it"]),
        (&["sites-.."], &["it"]),
        (&["sites-a/b"], &["it"]),
        (&["sites-a/b/c"], &["it"]),
        (&["sites-a?b", "sites-%2f", "sites-é"], &["it", "it", "it"]),
    ];
    for (group_ids, expected) in cases {
        assert_eq!(connected("Microsoft.Web/sites", group_ids), expected, "{group_ids:?}");
    }
    assert_eq!(connected("Microsoft.Storage/storageAccounts", &["sites-blue"]), ["it"]);
    assert_eq!(connected("Microsoft.Web/sites/slots", &["sites-blue"]), ["it"]);
}

#[test]
fn endpoints_name_the_site_for_what_is_listed_below_a_slot() {
    let named = |resource_type: &str| {
        let (target, group_id) = named_target(&target(resource_type));
        (target.resource_type(), group_id)
    };
    assert_eq!(named("Microsoft.Web/sites/slots"), ("Microsoft.Web/sites".to_owned(), Some("sites-it".to_owned())));
    assert_eq!(named("microsoft.web/SITES/Slots"), ("microsoft.web/SITES".to_owned(), Some("sites-it".to_owned())));
    assert_eq!(named("Microsoft.Web/sites"), ("Microsoft.Web/sites".to_owned(), None));
    assert_eq!(named("Contoso.Web/sites/slots"), ("Contoso.Web/sites/slots".to_owned(), None));
    let slot = target("Microsoft.Web/sites/slots");
    let (site, group_id) = named_target(&slot);
    let group_ids: Vec<String> = group_id.into_iter().collect();
    assert_eq!(of_type("Microsoft.Web/sites").connected_resources(&site, &group_ids), [slot]);
}
