//! What distinguishes one target type from another, as data: one row of `target_types.csv` each.
//!
//! | Column | Source |
//! |---|---|
//! | `api_versions` | the oldest and newest stable versions, and the one that the Azure CLI asks for |
//! | `create_status` | what a first PUT answers; the CLI refuses 201 for storage accounts |
//! | `connection_put` | status and kind of an owner's PUT, as the Azure SDKs accept it |
//! | `terminal_state` | `provisioningState` of a finished connection; SQL says `Ready` |
//! | `connection_name` | what stands before the GUID. Known: registries (target) and services (only a GUID); assumed: the rest |
//! | `extra_fields` | members that this type adds to a connection; most types leave `groupIds` out |
//! | `actions_field` | Storage spells it in the singular |
//! | `exclusive` | one operation at a time on the whole account (Cosmos DB) |

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};

/// One row: a type that private endpoints can connect to.
#[derive(Debug, Deserialize)]
pub struct TargetType {
    /// Such as `Microsoft.Storage/storageAccounts`, in Azure's letter case.
    pub resource_type: String,
    /// Versions that `providers/{namespace}` shows.
    #[serde(deserialize_with = "semicolons")]
    pub api_versions: Vec<String>,
    /// The status of the PUT that creates the target.
    pub create_status: u16,
    /// How an owner's PUT on a connection is answered.
    pub connection_put: ConnectionPut,
    /// `provisioningState` of a connection at rest.
    pub terminal_state: String,
    /// How connections are named.
    pub connection_name: ConnectionName,
    /// Members beside the common ones in a connection.
    #[serde(deserialize_with = "semicolons")]
    pub extra_fields: Vec<String>,
    /// `actionsRequired` or `actionRequired`.
    pub actions_field: String,
    /// Whether an owner's PUT must carry both.
    #[serde(deserialize_with = "yes")]
    pub status_and_description_required: bool,
    /// Whether a second operation on the same target is refused while one is in progress.
    #[serde(deserialize_with = "yes")]
    pub exclusive: bool,
    /// Whether the public names belong to one target in the whole world.
    #[serde(deserialize_with = "yes")]
    pub names_are_unique: bool,
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
        all().iter().find(|row| row.resource_type.eq_ignore_ascii_case(resource_type))
    }

    /// Whether connections of this type carry `field`.
    #[must_use]
    pub fn has_field(&self, field: &str) -> bool {
        self.extra_fields.iter().any(|extra| extra == field)
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
