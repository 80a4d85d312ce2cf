//! Which of Azure's clouds the local one stands for. Names, zones and regions differ; ARM's rules do not.

use serde::Deserialize;

/// A cloud. Everything in a run is in one of them.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Azure's public cloud.
    #[default]
    Public,
    /// Azure Government.
    Government,
    /// Azure operated by 21Vianet.
    China,
}

/// Locations of the public cloud with the names that people read. A few are enough: they are only listed.
const PUBLIC_LOCATIONS: [(&str, &str); 7] = [
    ("eastus", "East US"),
    ("eastus2", "East US 2"),
    ("westus2", "West US 2"),
    ("northeurope", "North Europe"),
    ("westeurope", "West Europe"),
    ("swedencentral", "Sweden Central"),
    ("uksouth", "UK South"),
];

const GOVERNMENT_LOCATIONS: [(&str, &str); 3] =
    [("usgovvirginia", "USGov Virginia"), ("usgovtexas", "USGov Texas"), ("usgovarizona", "USGov Arizona")];

const CHINA_LOCATIONS: [(&str, &str); 4] = [
    ("chinanorth2", "China North 2"),
    ("chinanorth3", "China North 3"),
    ("chinaeast2", "China East 2"),
    ("chinaeast3", "China East 3"),
];

impl Cloud {
    /// The word in the settings, such as `government`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Government => "government",
            Self::China => "china",
        }
    }

    /// What storage names end with, without the service.
    #[must_use]
    pub fn storage_suffix(self) -> &'static str {
        match self {
            Self::Public => "core.windows.net",
            Self::Government => "core.usgovcloudapi.net",
            Self::China => "core.chinacloudapi.cn",
        }
    }

    /// What Service Bus namespaces end with.
    #[must_use]
    pub fn service_bus_suffix(self) -> &'static str {
        match self {
            Self::Public => "servicebus.windows.net",
            Self::Government => "servicebus.usgovcloudapi.net",
            Self::China => "servicebus.chinacloudapi.cn",
        }
    }

    /// What vaults end with.
    #[must_use]
    pub fn vault_suffix(self) -> &'static str {
        match self {
            Self::Public => "vault.azure.net",
            Self::Government => "vault.usgovcloudapi.net",
            Self::China => "vault.azure.cn",
        }
    }

    /// What SQL servers end with.
    #[must_use]
    pub fn sql_suffix(self) -> &'static str {
        match self {
            Self::Public => "database.windows.net",
            Self::Government => "database.usgovcloudapi.net",
            Self::China => "database.chinacloudapi.cn",
        }
    }

    /// What container registries end with.
    #[must_use]
    pub fn registry_suffix(self) -> &'static str {
        match self {
            Self::Public => "azurecr.io",
            Self::Government => "azurecr.us",
            Self::China => "azurecr.cn",
        }
    }

    /// Some of its locations, with the names that people read. Resources may be in any location, listed here or not.
    #[must_use]
    pub fn locations(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Public => &PUBLIC_LOCATIONS,
            Self::Government => &GOVERNMENT_LOCATIONS,
            Self::China => &CHINA_LOCATIONS,
        }
    }
}
