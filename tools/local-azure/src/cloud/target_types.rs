//! What distinguishes one target type from another, as data: one row of `target_types.csv` each.
//!
//! There is a row for every type that Azure's bicep types or the Azure CLI know with `privateEndpointConnections`, but for
//! those of the two retired compliance namespaces; `Microsoft.Fabric/privateLinkServicesForFabric` is known from the DNS
//! article only.
//!
//! | Column | Source |
//! |---|---|
//! | `api_versions` | the bicep types' recommended and newest versions, and those that the Azure CLI asks for; that of Fabric is invented. The network provider's have some that its other types have, too |
//! | `create_status` | what a first PUT answers; the CLI refuses 201 for storage accounts. Assumed: the rest |
//! | `owner_methods` | what decides a connection, from the specifications: Batch has PATCH, Chaos and Synapse hubs neither |
//! | `connection_put` | status and kind of an owner's PUT, as the Azure SDKs accept it; varied where none was read |
//! | `approval_body` | see `approval_body` |
//! | `progress_state` | `provisioningState` while an operation runs, one of the schema's words; nothing for types that have none |
//! | `terminal_state` | `provisioningState` of a finished connection; SQL says `Ready`, Digital Twins repeats the status |
//! | `listing` | how connections are listed: the CLI reads some types' only from the resource; IoT hubs answer a bare array |
//! | `connection_name` | what stands before the GUID. Known: registries (target), Search (endpoint) and services (only a GUID) |
//! | `extra_fields` | members that this type adds to a connection, or shows whole (`privateEndpoint`); most leave `groupIds` out |
//! | `actions_field` | Storage spells it in the singular; some have none |
//! | `description_required` | the schemas; the refusal's code is that of azure-cli#20752 |
//! | `max_description_chars` | SQL's 128, from the Terraform provider's documentation |
//! | `exclusive_code` | one operation at a time on the whole account: the code of the 409 |
//! | `approves_unseen` | connections to a Synapse hub never wait |
//! | `shows_namespace_in_lower_case` | endpoints show the target's id in another letter case; which letters differ is assumed |
//! | `location` | where all resources of the type are |
//! | `assumed` | columns of this row that no public source gives |

use std::{collections::HashMap, sync::LazyLock};

use serde::{Deserialize, Deserializer};

use super::approval_body::ApprovalBody;

/// The one type without group ids.
pub const PRIVATE_LINK_SERVICES: &str = "Microsoft.Network/privateLinkServices";

/// One row: a type that private endpoints can connect to.
#[derive(Debug, Deserialize)]
pub struct TargetType {
    /// Such as `Microsoft.Storage/storageAccounts`, in Azure's letter case.
    pub resource_type: String,
    /// All versions that requests may ask for, the newest first.
    #[serde(deserialize_with = "semicolons")]
    pub api_versions: Vec<String>,
    /// The status of the PUT that creates the target.
    pub create_status: u16,
    /// `PUT`, `PATCH` and `DELETE`, as far as the owner of a connection may use them.
    #[serde(deserialize_with = "semicolons")]
    pub owner_methods: Vec<String>,
    /// How an owner's PUT or PATCH on a connection is answered.
    pub connection_put: ConnectionPut,
    /// What its body must be like.
    pub approval_body: ApprovalBody,
    /// `provisioningState` of a connection while an operation runs; empty for types that do not show it.
    pub progress_state: String,
    /// `provisioningState` of a connection at rest; empty for types without, `{status}` for those that repeat the status.
    pub terminal_state: String,
    /// How connections are listed.
    pub listing: Listing,
    /// How connections are named.
    pub connection_name: ConnectionName,
    /// Members beside the common ones in a connection.
    #[serde(deserialize_with = "semicolons")]
    pub extra_fields: Vec<String>,
    /// `actionsRequired`, `actionRequired` or nothing.
    pub actions_field: String,
    /// Whether an owner's PUT must carry one.
    #[serde(deserialize_with = "yes")]
    pub description_required: bool,
    /// The longest description and request message, where the type has a limit of its own.
    pub max_description_chars: Option<usize>,
    /// The code of the refusal of a second operation on the same target while one is in progress; empty where there may be
    /// several.
    pub exclusive_code: String,
    /// Whether every connection is approved when it is made.
    #[serde(deserialize_with = "yes")]
    pub approves_unseen: bool,
    /// Whether endpoints show the namespace in the target's id in lower case.
    #[serde(deserialize_with = "yes")]
    pub shows_namespace_in_lower_case: bool,
    /// Where all resources of this type are; empty where each has its own location.
    pub location: String,
    /// Columns of this row that no public source gives.
    #[serde(deserialize_with = "semicolons")]
    pub assumed: Vec<String>,
}

/// How an owner's PUT on a connection is answered.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
pub enum ConnectionPut {
    /// 200, and done.
    #[serde(rename = "sync-200")]
    Sync200,
    /// 200 with `Azure-AsyncOperation`: done later.
    #[serde(rename = "async-200")]
    Async200,
    /// 201 with `Azure-AsyncOperation`.
    #[serde(rename = "async-201")]
    Async201,
    /// 202 with `Location` and `Azure-AsyncOperation`.
    #[serde(rename = "async-202")]
    Async202,
}

/// How the connections of a target are listed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Listing {
    /// As ARM lists everything: in `value`, in pages.
    Value,
    /// As a bare array.
    Array,
    /// Not at all: they are only in the target's own properties.
    None,
}

/// What stands before the GUID in a connection's name.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum ConnectionName {
    /// The target's name.
    Target,
    /// The endpoint's name.
    Endpoint,
    /// Nothing.
    Guid,
}

impl TargetType {
    /// The row for a type, in any letter case.
    #[must_use]
    pub fn find(resource_type: &str) -> Option<&'static Self> {
        static INDEX: LazyLock<HashMap<String, &'static TargetType>> =
            LazyLock::new(|| all().iter().map(|row| (row.resource_type.to_ascii_lowercase(), row)).collect());
        INDEX.get(&resource_type.to_ascii_lowercase()).copied()
    }

    /// The row for the target that a path is about: the target itself, a list of such targets or anything below one.
    #[must_use]
    pub fn of_path(path: &str) -> Option<&'static Self> {
        let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase();
        let (_, below) = path.rsplit_once("/providers/")?;
        let mut words = below.split('/');
        let namespace = words.next()?;
        let kinds: Vec<&str> = words.step_by(2).collect();
        (1..=kinds.len()).rev().find_map(|length| Self::find(&format!("{namespace}/{}", kinds[..length].join("/"))))
    }

    /// Whether connections of this type carry `field`.
    #[must_use]
    pub fn has_field(&self, field: &str) -> bool {
        self.extra_fields.iter().any(|extra| extra == field)
    }

    /// Whether owners may use `method` on connections.
    #[must_use]
    pub fn lets_owners(&self, method: &str) -> bool {
        self.owner_methods.iter().any(|allowed| allowed == method)
    }

    /// The name of a new connection.
    #[must_use]
    pub fn connection_name(&self, target: &str, endpoint: &str, guid: &str) -> String {
        match self.connection_name {
            ConnectionName::Target => format!("{target}.{guid}"),
            ConnectionName::Endpoint => format!("{endpoint}.{guid}"),
            ConnectionName::Guid => guid.to_owned(),
        }
    }
}

/// All rows.
#[must_use]
pub fn all() -> &'static [TargetType] {
    static ROWS: LazyLock<Vec<TargetType>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_bytes!("target_types.csv").as_slice())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("target_types.csv is part of this program and has the columns of TargetType")
    });
    &ROWS
}

fn semicolons<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.split(';').filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

fn yes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(String::deserialize(deserializer)? == "yes")
}

#[cfg(test)]
mod tests;
