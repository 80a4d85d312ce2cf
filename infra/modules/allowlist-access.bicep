// What the app may do where the allowlist is a blob: read its container, and write the last good version and nothing
// else. Whoever may change the allowlist decides what is approved, so the app itself must not.

@description('Name of the storage account. Not the host\'s: there the app may write everything.')
param accountName string

@description('Name of the container that the allowlist is in.')
param containerName string

@description('Object id of the identity.')
param principalId string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
var blobDataReaderRole = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
var blobDataContributorRole = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

// Whatever changes a blob is allowed for the name of the last good version only; reading is not restricted.
// https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes
var onlyTheLastGoodVersion = '((!(ActionMatches{\'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write\'}) AND !(ActionMatches{\'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action\'}) AND !(ActionMatches{\'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action\'}) AND !(ActionMatches{\'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete\'})) OR (@Resource[Microsoft.Storage/storageAccounts/blobServices/containers/blobs:path] StringLike \'*.last-good\'))'

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: accountName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: account
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobs
  name: containerName
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(container.id, principalId, blobDataReaderRole)
  scope: container
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataReaderRole)
  }
}

resource keeper 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(container.id, principalId, blobDataContributorRole)
  scope: container
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributorRole)
    condition: onlyTheLastGoodVersion
    conditionVersion: '2.0'
  }
}
