// What the app may do in Azure, action by action. No wildcard, no data action, no action that reads a key.

targetScope = 'subscription'

@description('Display name of the role, unique in the tenant.')
param roleName string

@description('Subscriptions that the role can be assigned in, as /subscriptions/ID.')
param assignableScopes array

@description('Types of targets to look after; empty for every type of the catalogue whose api-version is stable. Azure refuses the whole role for one action that it does not know.')
param targetTypes array = []

@description('Cloud that the app reads the catalogue for: in some, more types are asked for the zones of their names.')
@allowed([
  'public'
  'government'
  'china'
])
param cloud string

@description('Further actions, for types that are not in the catalogue.')
param furtherActions array = []

@description('Also lets the app make private DNS zones and link them to networks: `dns.create_missing_zones` in the allowlist.')
param createMissingZones bool = false

var usualActions = [
  // Where things are.
  'Microsoft.Resources/subscriptions/read'
  'Microsoft.Resources/subscriptions/resourceGroups/read'

  // Asking Resource Graph, which shows what the actions below let the app read.
  // https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance
  // https://learn.microsoft.com/azure/governance/resource-graph/overview (permissions)
  'Microsoft.ResourceGraph/resources/read'

  // Which api-versions a provider offers, for types that are new to the app or to the cloud.
  'Microsoft.Resources/subscriptions/providers/read'

  // The endpoint's side, read only.
  'Microsoft.Network/privateEndpoints/read'
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read'
  'Microsoft.Network/networkInterfaces/read'

  // What a Data Factory was told to connect to, for rules on requester.service.
  'Microsoft.DataFactory/factories/managedVirtualNetworks/managedPrivateEndpoints/read'

  // The records. Deleting is for records that carry this app's own metadata.
  'Microsoft.Network/privateDnsZones/read'
  'Microsoft.Network/privateDnsZones/A/read'
  'Microsoft.Network/privateDnsZones/A/write'
  'Microsoft.Network/privateDnsZones/A/delete'
  'Microsoft.Network/privateDnsZones/AAAA/read'
  'Microsoft.Network/privateDnsZones/AAAA/write'
  'Microsoft.Network/privateDnsZones/AAAA/delete'
  'Microsoft.Network/privateDnsZones/ALL/read'
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks/read'
]

// What the target's side asks for: reading it, and writing its connections, type by type. Made from the catalogue by
// tools/portreeve/tests/catalogue.rs.
var catalogue = loadJsonContent('target-actions.json')

// What some types ask for beside that, each named by a built-in role or among Azure's operations: providers that check the
// right to approve separately have privateEndpointConnectionsApproval/action, the others refuse a role that names it.
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/ai-machine-learning
// (Azure AI Enterprise Network Connection Approver, the nearest built-in role)
// https://learn.microsoft.com/azure/role-based-access-control/resource-provider-operations
var moreTargetActions = {
  'Microsoft.BotService/botServices': [
    'Microsoft.BotService/botServices/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.Cache/redis': [
    'Microsoft.Cache/redis/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.Cache/redisEnterprise': [
    'Microsoft.Cache/redisEnterprise/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.CognitiveServices/accounts': [
    'Microsoft.CognitiveServices/locations/operationResults/read'
  ]
  'Microsoft.ContainerRegistry/registries': [
    'Microsoft.ContainerRegistry/registries/privateEndpointConnectionsApproval/action'
    'Microsoft.ContainerRegistry/registries/privateEndpointConnections/operationStatuses/read'
  ]
  'Microsoft.Dashboard/grafana': [
    'Microsoft.Dashboard/grafana/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.DBforMySQL/flexibleServers': [
    'Microsoft.DBforMySQL/flexibleServers/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.DBforPostgreSQL/flexibleServers': [
    'Microsoft.DBforPostgreSQL/flexibleServers/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.DBforPostgreSQL/serverGroupsv2': [
    'Microsoft.DBforPostgreSQL/serverGroupsv2/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.DocumentDB/databaseAccounts': [
    'Microsoft.DocumentDB/databaseAccounts/privateEndpointConnectionsApproval/action'
    'Microsoft.DocumentDB/databaseAccounts/privateEndpointConnections/operationResults/read'
    'Microsoft.DocumentDB/locations/operationsStatus/read'
  ]
  'Microsoft.ElasticSan/elasticSans': [
    'Microsoft.ElasticSan/elasticSans/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.EventHub/namespaces': [
    'Microsoft.EventHub/namespaces/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.Insights/privateLinkScopes': [
    'Microsoft.Insights/privateLinkScopes/privateEndpointConnectionsApproval/action'
    'Microsoft.Insights/privateLinkScopes/privateEndpointConnections/operationResults/read'
  ]
  'Microsoft.KeyVault/vaults': [
    'Microsoft.KeyVault/vaults/privateEndpointConnectionsApproval/action'
    'Microsoft.KeyVault/locations/operationResults/read'
  ]
  'Microsoft.MachineLearningServices/registries': [
    'Microsoft.MachineLearningServices/registries/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.MachineLearningServices/workspaces': [
    'Microsoft.MachineLearningServices/workspaces/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.Network/privateLinkServices': [
    'Microsoft.Network/privateLinkServices/privateEndpointConnectionsApproval/action'
    'Microsoft.Network/locations/operations/read'
    'Microsoft.Network/locations/operationResults/read'
  ]
  'Microsoft.Search/searchServices': [
    'Microsoft.Search/searchServices/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.Sql/servers': [
    'Microsoft.Sql/servers/privateEndpointConnectionsApproval/action'
    'Microsoft.Sql/locations/privateEndpointConnectionAzureAsyncOperation/read'
    'Microsoft.Sql/locations/privateEndpointConnectionOperationResults/read'
  ]
  'Microsoft.Storage/storageAccounts': [
    'Microsoft.Storage/storageAccounts/privateEndpointConnectionsApproval/action'
  ]
  'Microsoft.VideoIndexer/accounts': [
    'Microsoft.VideoIndexer/accounts/privateEndpointConnectionsApproval/action'
  ]
}

var chosenTypes = empty(targetTypes) ? catalogue.stableTypes : targetTypes
var targetActions = [for targetType in chosenTypes: concat(catalogue.actions[targetType], contains(moreTargetActions, targetType) ? moreTargetActions[targetType] : [])]

// Reading the zones from the target, for types whose zones in this cloud nobody has published.
var askedForZones = filter(chosenTypes, targetType => contains(catalogue.zonesLearnedIn[targetType], cloud))
var zoneQuestions = [for targetType in askedForZones: '${targetType}/privateLinkResources/read']

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
    description: 'Approves private endpoint connections that an allowlist names, and keeps their private DNS A and AAAA records.'
    type: 'CustomRole'
    assignableScopes: assignableScopes
    permissions: [
      {
        actions: union(usualActions, flatten(targetActions), zoneQuestions, createMissingZones ? zoneActions : [], furtherActions)
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

output roleDefinitionName string = role.name
