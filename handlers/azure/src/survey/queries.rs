//! What a survey asks Azure Resource Graph. Every query sorts by what is unique, so that its pages fit together.
//!
//! The language: <https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language>. What is compared or
//! sorted by goes through `tostring`, because a dynamic value does not compare as its text.

use std::collections::BTreeSet;

use portreeve_decisions::allowlist::DnsOptions;

/// The endpoints, with what their facts are made of, and the region of what each asks to be connected to.
pub(super) const ENDPOINTS: &str = "\
resources
| where type =~ 'microsoft.network/privateendpoints'
| extend target = tolower(coalesce(tostring(properties.privateLinkServiceConnections[0].properties.privateLinkServiceId), \
tostring(properties.manualPrivateLinkServiceConnections[0].properties.privateLinkServiceId)))
| join kind=leftouter (resources | project target = tolower(id), targetLocation = location) on target
| project id, location, targetLocation, provisioningState = properties.provisioningState, \
privateLinkServiceConnections = properties.privateLinkServiceConnections, \
manualPrivateLinkServiceConnections = properties.manualPrivateLinkServiceConnections, subnet = properties.subnet, \
networkInterfaces = properties.networkInterfaces, customDnsConfigs = properties.customDnsConfigs
| order by id asc";

/// Which connections are asked for on the target's side.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Which {
    /// Each: for people, who want to know every connection's id.
    All,
    /// Those of which the endpoints do not tell enough: decided otherwise than approved, or of an endpoint that is not ours
    /// to see. Ten thousand that are as they should be then take no page at all.
    NotSettled,
}

/// The connections that targets repeat in their own bodies. 400 of one target is the most that `mv-expand` gives.
pub(super) fn connections(which: Which) -> String {
    let settled = match which {
        Which::All => "",
        Which::NotSettled => {
            "\
| join kind=leftouter (resources | where type =~ 'microsoft.network/privateendpoints' \
| project endpoint = tolower(id), seen = id) on endpoint
| where isempty(seen) or tostring(connection.properties.privateLinkServiceConnectionState.status) !~ 'Approved'
"
        }
    };
    format!(
        "\
resources
| where array_length(properties.privateEndpointConnections) > 0
| mv-expand connection = properties.privateEndpointConnections limit 400
| extend connectionId = tostring(connection.id), endpoint = tolower(tostring(connection.properties.privateEndpoint.id))
{settled}| project id, location, connectionId, connection
| order by connectionId asc"
    )
}

/// The zones of the configured groups, and their links, each with the network that it leads to.
pub(super) fn zones(options: &DnsOptions) -> String {
    format!(
        "\
resources
| where type in~ ('microsoft.network/privatednszones', 'microsoft.network/privatednszones/virtualnetworklinks')
| where resourceGroup in~ ({})
| project id, network = tostring(properties.virtualNetwork.id), managedBy = tostring(tags.managedBy), \
  recordSets = properties.numberOfRecordSets
| order by id asc",
        groups(options)
    )
}

/// The A and AAAA record sets of the configured groups.
pub(super) fn records(options: &DnsOptions) -> String {
    format!(
        "\
dnsresources
| where type in~ ('microsoft.network/privatednszones/a', 'microsoft.network/privatednszones/aaaa')
| where resourceGroup in~ ({})
| project id, type, aRecords = properties.aRecords, aaaaRecords = properties.aaaaRecords, metadata = properties.metadata
| order by id asc",
        groups(options)
    )
}

fn groups(options: &DnsOptions) -> String {
    let names: BTreeSet<String> = options.scopes().map(|scope| quoted(&scope.resource_group)).collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// A text as the language writes it. The file's own words must not become a part of the query.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_groups_name_stays_a_text() {
        assert_eq!(quoted("rg-dns_(1).x"), "'rg-dns_(1).x'");
        assert_eq!(quoted("a') or ('\\"), "'a\\') or (\\'\\\\'");
    }
}
