//! The handler's settings, from the environment that the host passes on.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use portreeve_azure::{AzureEndpoints, NetworkOptions};
use portreeve_decisions::catalogue::Cloud;
use url::{Host, Url};

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `FUNCTIONS_CUSTOMHANDLER_PORT`: where the host expects us.
    pub port: u16,
    /// `PORTREEVE_ALLOWLIST`: the allowlist file. Without one everything is held.
    pub allowlist: Option<PathBuf>,
    /// `PORTREEVE_CLOUD`: `public` (default), `government` or `china`.
    pub cloud: Cloud,
    /// ARM and Service Bus: the cloud's and `ServiceBusConnection__fullyQualifiedNamespace`, or what
    /// `PORTREEVE_ARM_ENDPOINT` and `PORTREEVE_SERVICE_BUS_ENDPOINT` say.
    pub endpoints: AzureEndpoints,
    /// `PORTREEVE_DNS_SERVER` and `PORTREEVE_VALIDATION_PORT`: how proofs ask the network.
    pub network: NetworkOptions,
    /// `PORTREEVE_IDENTITY_CLIENT_ID`: which user-assigned identity.
    pub identity_client_id: Option<String>,
    /// Whether the host offers a managed identity (`IDENTITY_ENDPOINT`); at a desk the Azure CLI's login serves.
    pub has_managed_identity: bool,
}

/// A setting that is missing or cannot be meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SettingError {
    /// The setting's name.
    pub name: &'static str,
    /// What is wrong, and what to write.
    pub problem: String,
}

impl fmt::Display for SettingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "setting {}: {}", self.name, self.problem)
    }
}

impl Settings {
    /// Reads all settings through `variable`, which gives an environment variable's value.
    ///
    /// # Errors
    /// Every setting that is missing or bad, all at once.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<SettingError>> {
        let mut reader = Reader { variable, errors: Vec::new() };
        let port = reader.port("FUNCTIONS_CUSTOMHANDLER_PORT");
        if port.is_none() && reader.text("FUNCTIONS_CUSTOMHANDLER_PORT").is_none() {
            reader.error(
                "FUNCTIONS_CUSTOMHANDLER_PORT",
                "is missing; the Functions host sets it, and by hand any free port will do",
            );
        }
        let cloud = reader.cloud();
        let endpoints = reader.endpoints(cloud);
        let network =
            NetworkOptions { dns_server: reader.dns_server(), port: reader.port("PORTREEVE_VALIDATION_PORT") };
        let allowlist = reader.text("PORTREEVE_ALLOWLIST").map(PathBuf::from);
        let identity_client_id = reader.client_id();
        let has_managed_identity = reader.text("IDENTITY_ENDPOINT").is_some();
        match (port, endpoints) {
            (Some(port), Some(endpoints)) if reader.errors.is_empty() => {
                Ok(Self { port, allowlist, cloud, endpoints, network, identity_client_id, has_managed_identity })
            }
            _ => Err(reader.errors),
        }
    }
}

struct Reader<F> {
    variable: F,
    errors: Vec<SettingError>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    fn text(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn error(&mut self, name: &'static str, problem: impl Into<String>) {
        self.errors.push(SettingError { name, problem: problem.into() });
    }

    /// A value read by `parse`, which says what it should look like.
    fn parsed<T>(&mut self, name: &'static str, parse: impl Fn(&str) -> Result<T, &'static str>) -> Option<T> {
        let text = self.text(name)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(expected) => {
                self.error(name, format!("`{}` is not {expected}", text.escape_debug()));
                None
            }
        }
    }

    fn port(&mut self, name: &'static str) -> Option<u16> {
        self.parsed(name, |text| match text.parse() {
            Ok(0) | Err(_) => Err("a port; write a number from 1 to 65535"),
            Ok(port) => Ok(port),
        })
    }

    fn dns_server(&mut self) -> Option<SocketAddr> {
        self.parsed("PORTREEVE_DNS_SERVER", |text| {
            let with_port = text.parse::<SocketAddr>();
            let without = text.parse().map(|address| SocketAddr::new(address, 53));
            with_port.or(without).map_err(|_| "an address; write it as 10.0.0.4 or 127.0.0.1:5300")
        })
    }

    fn client_id(&mut self) -> Option<String> {
        self.parsed("PORTREEVE_IDENTITY_CLIENT_ID", |text| {
            let is_guid = portreeve_decisions::resource_id::is_guid(text);
            if is_guid { Ok(text.to_owned()) } else { Err("a GUID; write the user-assigned identity's client id") }
        })
    }

    fn cloud(&mut self) -> Cloud {
        let cloud = self.parsed("PORTREEVE_CLOUD", |text| match text.to_ascii_lowercase().as_str() {
            "public" => Ok(Cloud::Public),
            "government" => Ok(Cloud::Government),
            "china" => Ok(Cloud::China),
            _ => Err("a cloud; write public, government or china"),
        });
        cloud.unwrap_or(Cloud::Public)
    }

    fn endpoints(&mut self, cloud: Cloud) -> Option<AzureEndpoints> {
        let arm = self.parsed("PORTREEVE_ARM_ENDPOINT", endpoint);
        let service_bus = self.parsed("PORTREEVE_SERVICE_BUS_ENDPOINT", endpoint);
        let namespace = self.parsed("ServiceBusConnection__fullyQualifiedNamespace", namespace);
        if service_bus.is_none() && namespace.is_none() {
            let has_text = |name| self.text(name).is_some();
            if !has_text("PORTREEVE_SERVICE_BUS_ENDPOINT") && !has_text("ServiceBusConnection__fullyQualifiedNamespace")
            {
                let problem = "is missing; write the namespace's host name, such as contoso.servicebus.windows.net";
                self.error("ServiceBusConnection__fullyQualifiedNamespace", problem);
            }
        }
        let mut endpoints = AzureEndpoints::of(cloud, service_bus.or(namespace)?);
        if let Some(arm) = arm {
            endpoints.arm = arm;
        }
        Some(endpoints)
    }
}

/// A base URL. Tokens go to it, so plain http is for this machine only.
fn endpoint(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "a URL; write it as https://management.azure.com")?;
    let is_plain_base =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    match (url.scheme(), url.host()) {
        _ if !is_plain_base => Err("a bare https URL; write it without path, query or user"),
        ("https", Some(_)) => Ok(url),
        ("http", Some(Host::Ipv4(address))) if address.is_loopback() => Ok(url),
        ("http", Some(Host::Ipv6(address))) if address.is_loopback() => Ok(url),
        ("http", Some(Host::Domain("localhost"))) => Ok(url),
        _ => Err("an https URL; http is accepted on loopback only"),
    }
}

fn namespace(text: &str) -> Result<Url, &'static str> {
    const EXPECTED: &str = "a Service Bus host name; write it as contoso.servicebus.windows.net";
    let is_host = text.contains('.') && text.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    if is_host { Url::parse(&format!("https://{text}/")).map_err(|_| EXPECTED) } else { Err(EXPECTED) }
}

#[cfg(test)]
mod tests;
