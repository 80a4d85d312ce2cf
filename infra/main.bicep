// Portreeve in one resource group, with its role in each subscription that it looks after.
// Deployed twice: first for the resources, then, once the package is there, with deliverEvents=true.

targetScope = 'resourceGroup'

@description('Region of everything that has one.')
param location string = resourceGroup().location

@description('Beginning of every name: lower-case letters and digits.')
@minLength(3)
@maxLength(10)
param prefix string = 'portreeve'

@description('Ids of the subscriptions to look after: those of the endpoints, of the targets and of the DNS zones.')
param subscriptionIds array = [
  subscription().subscriptionId
]

@description('Cloud that the catalogue of DNS zones is read for, and the role\'s actions.')
@allowed([
  'public'
  'government'
  'china'
])
param cloud string = 'public'

@description('Path of the allowlist on the instance, or the URL of its blob. The package is mounted at /home/site/wwwroot.')
param allowlist string = '/home/site/wwwroot/allowlist.yaml'

@description('Resource id of the container that the allowlist\'s blob is in: .../storageAccounts/NAME/blobServices/default/containers/NAME. Empty for a file.')
param allowlistContainerId string = ''

@description('Subnet for outbound traffic, delegated to Microsoft.App/environments. Without one no private name resolves, and validation says so.')
param subnetId string = ''

@description('Types of targets that the role is for; empty for every type of the catalogue whose api-version is stable.')
param targetTypes array = []

@description('Further actions of the role, for types that are not in the catalogue.')
param furtherActions array = []

@description('Let the app make private DNS zones and link them to networks, where the allowlist says `create_missing_zones`.')
param createMissingZones bool = false

@description('Resource ids of the action groups that are told of dead letters. Without one the alert is only to be seen in Azure Monitor.')
param alertActionGroupIds array = []

@description('Deliver events of this subscription. Needs the deployed package, because Event Grid looks for the Function.')
param deliverEvents bool = false

var suffix = uniqueString(resourceGroup().id)

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: '${prefix}-id'
    location: location
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    name: '${prefix}-insights'
    workspaceName: '${prefix}-logs'
    location: location
    principalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    name: take('${prefix}${suffix}', 24)
    location: location
    principalId: identity.outputs.principalId
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  name: 'service-bus'
  params: {
    name: '${prefix}-${suffix}'
    location: location
    principalId: identity.outputs.principalId
    alertActionGroupIds: alertActionGroupIds
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  params: {
    name: '${prefix}-${suffix}'
    planName: '${prefix}-plan'
    location: location
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageAccountName: storage.outputs.accountName
    packageContainer: storage.outputs.packageContainer
    componentName: monitoring.outputs.componentName
    serviceBusHostName: serviceBus.outputs.hostName
    allowlist: allowlist
    cloud: cloud
    subnetId: subnetId
  }
}

module role 'modules/role.bicep' = {
  name: 'role-${suffix}'
  scope: subscription()
  params: {
    roleName: 'Portreeve ${suffix}'
    assignableScopes: [for id in subscriptionIds: '/subscriptions/${id}']
    cloud: cloud
    targetTypes: targetTypes
    furtherActions: furtherActions
    createMissingZones: createMissingZones
  }
}

module roleAssignments 'modules/role-assignment.bicep' = [for id in subscriptionIds: {
  name: 'role-assignment-${suffix}'
  scope: subscription(id)
  params: {
    roleDefinitionName: role.outputs.roleDefinitionName
    principalId: identity.outputs.principalId
  }
}]

// Segments of the container's id: 2 subscription, 4 resource group, 8 account, 12 container.
var allowlistContainer = split(allowlistContainerId, '/')

module allowlistAccess 'modules/allowlist-access.bicep' = if (!empty(allowlistContainerId)) {
  name: 'allowlist-access'
  scope: resourceGroup(empty(allowlistContainerId) ? subscription().subscriptionId : allowlistContainer[2], empty(allowlistContainerId) ? resourceGroup().name : allowlistContainer[4])
  params: {
    accountName: empty(allowlistContainerId) ? '' : allowlistContainer[8]
    containerName: empty(allowlistContainerId) ? '' : allowlistContainer[12]
    principalId: identity.outputs.principalId
  }
}

module events 'modules/events.bicep' = if (deliverEvents) {
  name: 'events'
  params: {
    topicName: '${prefix}-subscription-events'
    functionAppId: functionApp.outputs.id
    identityId: identity.outputs.id
    storageAccountId: storage.outputs.id
    deadLetterContainer: storage.outputs.deadLetterContainer
  }
}

output functionAppName string = functionApp.outputs.appName
output functionAppId string = functionApp.outputs.id

// What modules/events.bicep takes in another subscription.
output identityId string = identity.outputs.id
output storageAccountId string = storage.outputs.id
output deadLetterContainer string = storage.outputs.deadLetterContainer
