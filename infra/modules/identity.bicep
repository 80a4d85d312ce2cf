// The one identity of the app: the handler, the Functions host and Event Grid's dead-lettering all act as it.
// It holds no secret; what it may do is granted beside each resource and in role.bicep.

@description('Name of the user-assigned identity.')
param name string

@description('Region of the identity.')
param location string

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: name
  location: location
}

output id string = identity.id
output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
