//! Where the cloud is: the URLs and token scopes of ARM and Service Bus.

use portreeve_decisions::catalogue::Cloud;
use url::{Host, Url};

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

/// Reads the base URL of a service that is to be reached elsewhere than at the cloud's own.
///
/// # Errors
/// What the text is not and what to write, to stand behind "is not".
pub fn base_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "a URL; write it as https://management.azure.com")?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    match () {
        () if !is_bare => Err("a bare https URL; write it without path, query or user"),
        () if may_see_tokens(&url) => Ok(url),
        () => Err("an https URL; http is accepted on loopback only"),
    }
}

/// Reads a Service Bus namespace's host name, as the settings have it.
///
/// # Errors
/// What the text is not and what to write, to stand behind "is not".
pub fn namespace_url(text: &str) -> Result<Url, &'static str> {
    const EXPECTED: &str = "a Service Bus host name; write it as contoso.servicebus.windows.net";
    let is_host = text.contains('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    if is_host { Url::parse(&format!("https://{text}/")).map_err(|_| EXPECTED) } else { Err(EXPECTED) }
}

/// Whether a token may be sent to a URL: whoever listens to plain http could take it, unless it never leaves the machine.
#[must_use]
pub fn may_see_tokens(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) | ("http", Some(Host::Domain("localhost"))) => true,
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}
