//! What ARM answers when all is well: an endpoint that waits for a key vault's approval, and a zone for its record.

use azure_core::http::Method;
use portreeve_fuzz::Answer;

/// The endpoint.
pub const ENDPOINT: &str = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe";
/// What it connects to.
pub const TARGET: &str =
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv";

const ENDPOINT_BODY: &str = r#"{"id":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe","location":"westeurope","properties":{"provisioningState":"Succeeded","subnet":{"id":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net/subnets/pe"},"networkInterfaces":[{"id":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/networkInterfaces/nic"}],"manualPrivateLinkServiceConnections":[{"name":"c","properties":{"privateLinkServiceId":"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv","groupIds":["vault"],"requestMessage":"please","privateLinkServiceConnectionState":{"status":"Pending","description":""}}}],"customDnsConfigs":[{"fqdn":"kv.vault.azure.net","ipAddresses":["10.0.0.4"]}]}}"#;
const CONNECTIONS: &str = r#"{"value":[{"id":"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/privateEndpointConnections/c1","properties":{"provisioningState":"Succeeded","groupIds":["vault"],"privateEndpoint":{"id":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe"},"privateLinkServiceConnectionState":{"status":"Pending","description":"please"}}}]}"#;
const CONNECTION: &str = r#"{"id":"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/privateEndpointConnections/c1","properties":{"provisioningState":"Succeeded","privateEndpoint":{"id":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe"},"privateLinkServiceConnectionState":{"status":"Approved","description":"by rule vaults"}}}"#;
const ZONES: &str = r#"{"value":[{"id":"/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net","name":"privatelink.vaultcore.azure.net","properties":{"numberOfVirtualNetworkLinks":1}}]}"#;
const LINKS: &str = r#"{"value":[{"id":"/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net/virtualNetworkLinks/l","properties":{"virtualNetwork":{"id":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/net"},"virtualNetworkLinkState":"Completed","provisioningState":"Succeeded"}}]}"#;
const RECORD: &str = r#"{"id":"/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net/A/kv","name":"kv","etag":"e-1","properties":{"ttl":10,"aRecords":[{"ipv4Address":"10.0.0.9"}],"metadata":{"managedBy":"portreeve","privateEndpoint":"/subscriptions/22222222-2222-2222-2222-222222222222/resourcegroups/rg/providers/microsoft.network/privateendpoints/pe"}}}"#;
const INTERFACE: &str = r#"{"properties":{"privateEndpoint":{"id":"/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/pe"},"ipConfigurations":[{"properties":{"privateIPAddress":"10.0.0.4","privateLinkConnectionProperties":{"groupId":"vault","fqdns":["kv.vault.azure.net"]}}}]}}"#;
const NOT_FOUND: &str = r#"{"error":{"code":"ResourceNotFound","message":"gone"}}"#;

/// The right answer to a request.
pub fn answer(method: Method, path: &str) -> Answer {
    let path = path.to_ascii_lowercase();
    let ends = |word: &str| path.ends_with(word);
    match () {
        () if method == Method::Delete => Answer::of(200, ""),
        () if path.contains("/privateendpointconnections/") => Answer::of(200, CONNECTION),
        () if ends("/privateendpointconnections") => Answer::of(200, CONNECTIONS),
        () if method != Method::Get => Answer::of(201, RECORD),
        () if ends("/privateendpoints/pe") => Answer::of(200, ENDPOINT_BODY),
        () if ends("/privatednszones") => Answer::of(200, ZONES),
        () if ends("/virtualnetworklinks") => Answer::of(200, LINKS),
        () if ends("/all") => Answer::of(200, format!(r#"{{"value":[{RECORD}]}}"#)),
        () if path.contains("/privatednszones/") => Answer::of(200, RECORD),
        () if path.contains("/networkinterfaces/") => Answer::of(200, INTERFACE),
        () => Answer::of(404, NOT_FOUND),
    }
}
