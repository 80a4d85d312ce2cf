// The two queues of work. Entra tokens only; a message sent twice with one id is kept once.

@description('Name of the namespace: 6 to 50 letters, digits and hyphens.')
@minLength(6)
@maxLength(50)
param name string

@description('Region of the namespace.')
param location string

@description('Object id of the identity that sends to and receives from both queues.')
param principalId string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/integration
var dataSenderRole = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
var dataReceiverRole = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'

// One entry for each Service Bus trigger in function-definitions/.
var queueNames = [
  'reconcile-jobs'
  'validation-jobs'
]

// Standard is the least tier with duplicate detection, and duplicate detection can only be chosen at creation.
// https://learn.microsoft.com/azure/service-bus-messaging/duplicate-detection
resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  sku: {
    name: 'Standard'
    tier: 'Standard'
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
  }
}

resource queues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for queueName in queueNames: {
  parent: namespace
  name: queueName
  properties: {
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: 'PT10M'
    // The host renews the lock while a job runs, so this is only how soon a job of a dead instance is taken up again.
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    defaultMessageTimeToLive: 'P14D'
    // A job that nobody took in two weeks is kept as evidence instead of vanishing.
    deadLetteringOnMessageExpiration: true
  }
}]

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(namespace.id, principalId, dataSenderRole)
  scope: namespace
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSenderRole)
  }
}

resource receiver 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(namespace.id, principalId, dataReceiverRole)
  scope: namespace
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataReceiverRole)
  }
}

// The endpoint is https://NAME.SUFFIX:443/ and the suffix differs between clouds.
output hostName string = split(split(namespace.properties.serviceBusEndpoint, '://')[1], ':')[0]
