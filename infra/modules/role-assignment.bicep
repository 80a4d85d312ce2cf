// Grants the app's role in one subscription whose endpoints, targets or zones it looks after.

targetScope = 'subscription'

@description('Name (a GUID) of the role definition, which must be assignable here.')
param roleDefinitionName string

@description('Object id of the identity.')
param principalId string

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, roleDefinitionName)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleDefinitionName)
  }
}
