// Where the logs go: Application Insights over a Log Analytics workspace. Telemetry is accepted from identities only.

@description('Name of the Application Insights component.')
param name string

@description('Name of the Log Analytics workspace.')
param workspaceName string

@description('Region of both.')
param location string

@description('Object id of the identity that sends telemetry.')
param principalId string

// Monitoring Metrics Publisher, the role that Application Insights asks for when local authentication is off.
// https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication
var metricsPublisherRole = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 90
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, principalId, metricsPublisherRole)
  scope: component
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisherRole)
  }
}

output componentName string = component.name
