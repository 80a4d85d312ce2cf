//! Texts for facts and for conditions on them: few and alike, so that they often match and often just do not.

use arbitrary::{Result, Unstructured};
use portreeve_benchmarks::rules::Fact;

const SUBSCRIPTIONS: [&str; 4] = [
    "11111111-1111-1111-1111-111111111111",
    "11111111-1111-1111-1111-11111111111a",
    "2222222a-2222-2222-2222-222222222222",
    "2222222A-2222-2222-2222-222222222222",
];
const SUBSCRIPTION_GLOBS: [&str; 5] = ["1111*", "*2222", "2222222?-*", "*a*", "*"];
const TYPES: [&str; 4] = [
    "Microsoft.Storage/storageAccounts",
    "microsoft.storage/storageaccounts",
    "Microsoft.Sql/servers",
    "Microsoft.Sql/servers/databases",
];
const TYPE_GLOBS: [&str; 4] = ["Microsoft.Storage/*", "*/servers", "microsoft.sql/*/*", "*s*"];
const LOCATIONS: [&str; 4] = ["westeurope", "West Europe", "northeurope", "westus"];
const LOCATION_GLOBS: [&str; 4] = ["West *", "*europe", "?est*", "* Europe"];
const GROUP_IDS: [&str; 4] = ["blob", "Blob", "file", "blob_secondary"];
const GROUP_ID_GLOBS: [&str; 3] = ["blob*", "*", "?ile"];
const NETWORKS: [&str; 3] = [
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/Microsoft.Network/virtualNetworks/hub",
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/A/providers/microsoft.network/virtualnetworks/HUB",
    "/subscriptions/2222222a-2222-2222-2222-222222222222/resourceGroups/a/providers/Microsoft.Network/virtualNetworks/spoke",
];
const NETWORK_GLOBS: [&str; 3] = ["*/virtualNetworks/hub", "/subscriptions/1111*", "*a*"];
const SERVICES: [&str; 2] = [
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/Microsoft.DataFactory/factories/a",
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/a/providers/microsoft.datafactory/factories/ab",
];
const MESSAGES: [&str; 3] = ["please", "Please: it's \"a\" #1", "ab"];
const MESSAGE_GLOBS: [&str; 3] = ["*please*", "?*", "a*"];

const NAME_LETTERS: [char; 5] = ['a', 'b', 'B', '-', 'ä'];
const NAME_MAX_CHARS: usize = 6;

/// A text that the fact could be.
pub fn value(input: &mut Unstructured<'_>, fact: Fact) -> Result<String> {
    let table: &[&str] = match fact {
        Fact::TargetType => &TYPES,
        Fact::TargetSubscription | Fact::RequesterSubscription | Fact::RequesterTenant => &SUBSCRIPTIONS,
        Fact::TargetLocation | Fact::RequesterLocation => &LOCATIONS,
        Fact::GroupIds => &GROUP_IDS,
        Fact::RequesterVirtualNetwork => &NETWORKS,
        Fact::RequesterService => &SERVICES,
        Fact::RequesterMessage => &MESSAGES,
        Fact::TargetResourceGroup | Fact::TargetName | Fact::RequesterResourceGroup | Fact::RequesterName => {
            return name(input, &NAME_LETTERS);
        }
    };
    Ok((*input.choose(table)?).to_owned())
}

/// A plain text or a glob for a condition on the fact.
pub fn pattern(input: &mut Unstructured<'_>, fact: Fact) -> Result<String> {
    let globs: &[&str] = match fact {
        Fact::TargetType => &TYPE_GLOBS,
        Fact::TargetSubscription | Fact::RequesterSubscription | Fact::RequesterTenant => &SUBSCRIPTION_GLOBS,
        Fact::TargetLocation | Fact::RequesterLocation => &LOCATION_GLOBS,
        Fact::GroupIds => &GROUP_ID_GLOBS,
        Fact::RequesterVirtualNetwork => &NETWORK_GLOBS,
        // A service is named in full.
        Fact::RequesterService => return value(input, fact),
        Fact::RequesterMessage => &MESSAGE_GLOBS,
        Fact::TargetResourceGroup | Fact::TargetName | Fact::RequesterResourceGroup | Fact::RequesterName => {
            return name(input, &['a', 'b', 'B', '*', '*', '?', 'ä']);
        }
    };
    if input.arbitrary()? { Ok((*input.choose(globs)?).to_owned()) } else { value(input, fact) }
}

fn name(input: &mut Unstructured<'_>, letters: &[char]) -> Result<String> {
    let mut name = String::from(*input.choose(letters)?);
    for _ in 0..input.int_in_range(0..=NAME_MAX_CHARS - 1)? {
        name.push(*input.choose(letters)?);
    }
    Ok(name)
}
