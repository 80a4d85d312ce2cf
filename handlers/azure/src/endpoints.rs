//! Where the cloud is: the URLs and token scopes of ARM and Service Bus.

use portreeve_decisions::catalogue::Cloud;
use url::Url;

/// The addresses of one cloud's services. For a local Azure the URLs are others and the scopes stay.
#[derive(Clone, Debug)]
pub struct AzureEndpoints {
    /// ARM, for example `https://management.azure.com/`.
    pub arm: Url,
    /// The scope of tokens for ARM.
    pub arm_scope: &'static str,
    /// The Service Bus namespace, for example `https://contoso.servicebus.windows.net/`.
    pub service_bus: Url,
}

/// The scope of tokens for Service Bus, the same in every cloud
/// (<https://learn.microsoft.com/azure/service-bus-messaging/authenticate-application>).
pub const SERVICE_BUS_SCOPE: &str = "https://servicebus.azure.net/.default";

impl AzureEndpoints {
    /// A cloud's own ARM, with the Service Bus namespace of the app.
    /// ARM's endpoints: <https://learn.microsoft.com/azure/azure-resource-manager/management/endpoints>.
    #[must_use]
    pub fn of(cloud: Cloud, service_bus: Url) -> Self {
        let (arm, arm_scope) = match cloud {
            Cloud::Public => ("https://management.azure.com/", "https://management.azure.com/.default"),
            Cloud::Government => {
                ("https://management.usgovcloudapi.net/", "https://management.usgovcloudapi.net/.default")
            }
            Cloud::China => ("https://management.chinacloudapi.cn/", "https://management.chinacloudapi.cn/.default"),
        };
        Self { arm: Url::parse(arm).expect("a constant"), arm_scope, service_bus }
    }
}
