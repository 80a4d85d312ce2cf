// The two queues of work, and the alert on what could not be finished. Entra tokens only; a message sent twice with one id is
// kept once.

@description('Name of the namespace: 6 to 50 letters, digits and hyphens.')
@minLength(6)
@maxLength(50)
param name string

@description('Region of the namespace.')
param location string

@description('Object id of the identity that sends to and receives from both queues.')
param principalId string

@description('Resource ids of the action groups that are told of dead letters. Without one the alert is only to be seen in Azure Monitor.')
param alertActionGroupIds array

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
    // How soon a job of a dead instance is taken up again: while one runs, the host renews the lock. `portreeve dead-letters`
    // reads for 40 s, so it must not be shorter.
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    defaultMessageTimeToLive: 'P14D'
    // A job that nobody took in two weeks is kept as evidence instead of vanishing.
    deadLetteringOnMessageExpiration: true
  }
}]

// Fires while there is a dead letter, and ends when there is none. The metric has a value a minute; the window bridges gaps.
// https://learn.microsoft.com/azure/service-bus-messaging/monitor-service-bus-reference#message-metrics
resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${name}-dead-letters'
  location: 'global'
  properties: {
    description: 'Portreeve could not finish some work. docs/dead-letters.md says what to do.'
    severity: 1
    enabled: true
    scopes: [
      namespace.id
    ]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [
            {
              name: 'EntityName'
              operator: 'Include'
              values: queueNames
            }
          ]
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Maximum'
        }
      ]
    }
    autoMitigate: true
    actions: [for id in alertActionGroupIds: {
      actionGroupId: id
    }]
  }
}

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
