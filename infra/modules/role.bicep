// What the app may do in Azure, action by action. No wildcard, no data action, no action that reads a key.

targetScope = 'subscription'

@description('Display name of the role, unique in the tenant.')
param roleName string

@description('Subscriptions that the role can be assigned in, as /subscriptions/ID.')
param assignableScopes array

@description('Also lets the app make private DNS zones and link them to networks: `dns.create_missing_zones` in the allowlist.')
param createMissingZones bool = false

var usualActions = [
  // Where things are.
  'Microsoft.Resources/subscriptions/read'
  'Microsoft.Resources/subscriptions/resourceGroups/read'
  'Microsoft.ResourceGraph/resources/read'

  // The endpoint's side, read only.
  'Microsoft.Network/privateEndpoints/read'
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read'
  'Microsoft.Network/networkInterfaces/read'

  // What a Data Factory was told to connect to, for rules on requester.service.
  'Microsoft.DataFactory/factories/managedVirtualNetworks/managedPrivateEndpoints/read'

  // The target's side. Approving is a write of the connection; providers that check the right to approve
  // separately have privateEndpointConnectionsApproval/action, the others refuse a role that names it.
  // https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning
  // (Azure AI Enterprise Network Connection Approver, the nearest built-in role)
  'Microsoft.Security/privateLinks/read'
  'Microsoft.Security/privateLinks/privateEndpointConnections/read'
  'Microsoft.Security/privateLinks/privateEndpointConnections/write'

  'Microsoft.CognitiveServices/accounts/read'
  'Microsoft.CognitiveServices/accounts/privateEndpointConnections/read'
  'Microsoft.CognitiveServices/accounts/privateEndpointConnections/write'
  'Microsoft.CognitiveServices/locations/operationResults/read'

  'Microsoft.Storage/storageAccounts/read'
  'Microsoft.Storage/storageAccounts/privateEndpointConnections/read'
  'Microsoft.Storage/storageAccounts/privateEndpointConnections/write'
  'Microsoft.Storage/storageAccounts/privateEndpointConnectionsApproval/action'

  'Microsoft.DocumentDB/databaseAccounts/read'
  'Microsoft.DocumentDB/databaseAccounts/privateEndpointConnections/read'
  'Microsoft.DocumentDB/databaseAccounts/privateEndpointConnections/write'
  'Microsoft.DocumentDB/databaseAccounts/privateEndpointConnectionsApproval/action'
  'Microsoft.DocumentDB/locations/operationsStatus/read'

  'Microsoft.Sql/servers/read'
  'Microsoft.Sql/servers/privateEndpointConnections/read'
  'Microsoft.Sql/servers/privateEndpointConnections/write'
  'Microsoft.Sql/servers/privateEndpointConnectionsApproval/action'
  'Microsoft.Sql/locations/privateEndpointConnectionAzureAsyncOperation/read'
  'Microsoft.Sql/locations/privateEndpointConnectionOperationResults/read'

  'Microsoft.KeyVault/vaults/read'
  'Microsoft.KeyVault/vaults/privateEndpointConnections/read'
  'Microsoft.KeyVault/vaults/privateEndpointConnections/write'
  'Microsoft.KeyVault/vaults/privateEndpointConnectionsApproval/action'
  'Microsoft.KeyVault/locations/operationResults/read'

  'Microsoft.ContainerRegistry/registries/read'
  'Microsoft.ContainerRegistry/registries/privateEndpointConnections/read'
  'Microsoft.ContainerRegistry/registries/privateEndpointConnections/write'
  'Microsoft.ContainerRegistry/registries/privateEndpointConnectionsApproval/action'
  'Microsoft.ContainerRegistry/registries/privateEndpointConnections/operationStatuses/read'

  'Microsoft.Network/privateLinkServices/read'
  'Microsoft.Network/privateLinkServices/privateEndpointConnections/read'
  'Microsoft.Network/privateLinkServices/privateEndpointConnections/write'
  'Microsoft.Network/privateLinkServices/privateEndpointConnectionsApproval/action'
  'Microsoft.Network/locations/operations/read'
  'Microsoft.Network/locations/operationResults/read'

  // The records. Deleting is for records that carry this app's own metadata.
  'Microsoft.Network/privateDnsZones/read'
  'Microsoft.Network/privateDnsZones/A/read'
  'Microsoft.Network/privateDnsZones/A/write'
  'Microsoft.Network/privateDnsZones/A/delete'
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read'
]

// Making a zone and linking it. Azure asks for the right to join the network that is linked; both take a while.
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/networking (Private DNS Zone Contributor)
var zoneActions = [
  'Microsoft.Network/privateDnsZones/write'
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks/write'
  'Microsoft.Network/virtualNetworks/join/action'
  'Microsoft.Network/privateDnsOperationStatuses/read'
  'Microsoft.Network/privateDnsOperationResults/read'
]

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, roleName)
  properties: {
    roleName: roleName
    description: 'Approves private endpoint connections that an allowlist names, and keeps their private DNS A records.'
    type: 'CustomRole'
    assignableScopes: assignableScopes
    permissions: [
      {
        actions: concat(usualActions, createMissingZones ? zoneActions : [])
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

output roleDefinitionName string = role.name
