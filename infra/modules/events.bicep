// What wakes the app: the subscription's system topic, and one event subscription that delivers to ConnectionEvent.
// The topic is a resource of a resource group, and must lie in the subscription that it reports on.
// https://learn.microsoft.com/azure/event-grid/system-topics

@description('Name of the system topic.')
param topicName string

@description('Resource id of the Functions app, in this subscription or another one of the tenant.')
param functionAppId string

@description('Resource id of the identity that writes dead letters.')
param identityId string

@description('Resource id of the storage account for dead letters.')
param storageAccountId string

@description('Container for dead letters.')
param deadLetterContainer string

// Identities are supported on topics with a global source too.
// https://learn.microsoft.com/azure/event-grid/enable-identity-system-topics
resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: topicName
  location: 'global'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    source: subscription().id
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}

// Creating it fails unless the Function exists: deploy the package first.
resource connectionEvents 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'portreeve-connection-event'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${functionAppId}/functions/ConnectionEvent'
        // One by one, so that one event that fails is not delivered again together with others.
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: [
        'Microsoft.Resources.ResourceWriteSuccess'
        'Microsoft.Resources.ResourceDeleteSuccess'
        'Microsoft.Resources.ResourceActionSuccess'
      ]
      // The end of the operation's name selects private endpoints of every provider, in any letter case.
      // https://learn.microsoft.com/azure/event-grid/event-filtering
      // Network interfaces are left out: they would bring every machine's, and an endpoint's own write comes after its interface.
      advancedFilters: [
        {
          operatorType: 'StringEndsWith'
          key: 'data.operationName'
          values: [
            '/privateEndpointConnectionProxies/write'
            '/privateEndpointConnectionProxies/delete'
            '/privateEndpointConnectionProxies/validate/action'
            '/privateEndpointConnections/write'
            '/privateEndpointConnections/delete'
            '/privateEndpoints/write'
            '/privateEndpoints/delete'
            '/privateEndpoints/privateDnsZoneGroups/write'
          ]
        }
      ]
    }
    // The longest that Event Grid offers. https://learn.microsoft.com/azure/event-grid/delivery-and-retry
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'UserAssigned'
        userAssignedIdentity: identityId
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storageAccountId
          blobContainerName: deadLetterContainer
        }
      }
    }
  }
}
