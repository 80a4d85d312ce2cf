// The Functions app: Flex Consumption on Linux with a custom handler, acting as the one identity.
// Flex scales each trigger by itself, can join a virtual network, and keeps no key for its package or its host storage.

@description('Name of the app, unique in the cloud.')
param name string

@description('Name of the plan. A Flex plan holds one app.')
param planName string

@description('Region of both.')
param location string

@description('Resource id of the identity.')
param identityId string

@description('Client id of the identity.')
param identityClientId string

@description('Name of the storage account of the host.')
param storageAccountName string

@description('Container that the deployed package is kept in.')
param packageContainer string

@description('Name of the Application Insights component.')
param componentName string

@description('Host name of the Service Bus namespace.')
param serviceBusHostName string

@description('Path of the allowlist on the instance, or the URL of its blob.')
param allowlist string

@description('Cloud that the catalogue of DNS zones is read for.')
@allowed([
  'public'
  'government'
  'china'
])
param cloud string

@description('Subnet that outbound traffic goes through, delegated to Microsoft.App/environments; empty for none.')
param subnetId string

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageAccountName
}

// Read here, not passed in, so that the connection string appears in no output.
resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      // The platform makes FUNCTIONS_WORKER_RUNTIME=custom of this; Flex does not take it as an app setting.
      // https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
      // '1.0' is what Microsoft's sample for custom handlers on Flex gives. ARM takes any version, and one that the
      // platform does not know fails only when the app starts: https://github.com/Azure/Azure-Functions/issues/2666
      runtime: {
        name: 'custom'
        version: '1.0'
      }
      scaleAndConcurrency: {
        // Of each Function, because Flex Consumption scales each by itself:
        // https://github.com/Azure/azure-rest-api-specs/pull/45083. ARM's and the DNS zones' limits are shared by all, so
        // more of them would only wait for each other; fewer are not to be had in all regions yet:
        // https://github.com/Azure/azure-functions-host/issues/10523
        maximumInstanceCount: 40
        instanceMemoryMB: 2048
      }
    }
  }
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'appsettings'
  properties: {
    // The URIs instead of __accountName, because their suffix differs between clouds.
    AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
    AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
    AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    ServiceBusConnection__fullyQualifiedNamespace: serviceBusHostName
    ServiceBusConnection__credential: 'managedidentity'
    ServiceBusConnection__clientId: identityClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    PORTREEVE_ALLOWLIST: allowlist
    PORTREEVE_CLOUD: cloud
    // The client id, because a resource id does not work on App Service: https://github.com/Azure/azure-sdk-for-rust/issues/2407
    PORTREEVE_IDENTITY_CLIENT_ID: identityClientId
  }
}

resource ftpPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource scmPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

output id string = app.id
output appName string = app.name
output hostName string = app.properties.defaultHostName
