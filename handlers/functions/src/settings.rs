//! The handler's settings, from the environment that the host passes on.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use portreeve_azure::{AzureEndpoints, base_url, may_see_tokens, namespace_url};
use portreeve_decisions::catalogue::Cloud;
use url::Url;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `FUNCTIONS_CUSTOMHANDLER_PORT`: where the host expects us.
    pub port: u16,
    /// `PORTREEVE_ALLOWLIST`: where the allowlist is. Without one everything is held.
    pub allowlist: Option<AllowlistPlace>,
    /// `PORTREEVE_ALLOWLIST_POLL_SECONDS`: how often is looked whether it has become another; 30 by default.
    pub allowlist_poll: Duration,
    /// `PORTREEVE_CLOUD`: `public` (default), `government` or `china`.
    pub cloud: Cloud,
    /// ARM and Service Bus: the cloud's and `ServiceBusConnection__fullyQualifiedNamespace`, or what
    /// `PORTREEVE_ARM_ENDPOINT` and `PORTREEVE_SERVICE_BUS_ENDPOINT` say.
    pub endpoints: AzureEndpoints,
    /// `PORTREEVE_DNS_SERVER`: whom proofs ask for names; the system's own server where this is `None`.
    pub dns_server: Option<SocketAddr>,
    /// `PORTREEVE_VALIDATION_PORT`: the port that proofs try instead of each service's own.
    pub validation_port: Option<u16>,
    /// `PORTREEVE_IDENTITY_CLIENT_ID`: which user-assigned identity.
    pub identity_client_id: Option<String>,
    /// Whether the host offers a managed identity (`IDENTITY_ENDPOINT`); at a desk the Azure CLI's login serves.
    pub has_managed_identity: bool,
}

/// Where an allowlist is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AllowlistPlace {
    /// In a file.
    Path(PathBuf),
    /// In a blob, which the app's identity reads.
    Blob(Url),
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
        let dns_server = reader.dns_server();
        let validation_port = reader.port("PORTREEVE_VALIDATION_PORT");
        let allowlist = reader.parsed("PORTREEVE_ALLOWLIST", allowlist_place);
        let allowlist_poll = reader.allowlist_poll();
        let identity_client_id = reader.client_id();
        let has_managed_identity = reader.text("IDENTITY_ENDPOINT").is_some();
        match (port, endpoints) {
            (Some(port), Some(endpoints)) if reader.errors.is_empty() => Ok(Self {
                port,
                allowlist,
                allowlist_poll,
                cloud,
                endpoints,
                dns_server,
                validation_port,
                identity_client_id,
                has_managed_identity,
            }),
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
                self.error(name, format!("`{}` is not {expected}", without_secrets(&text).escape_debug()));
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

    fn allowlist_poll(&mut self) -> Duration {
        let seconds = self.parsed("PORTREEVE_ALLOWLIST_POLL_SECONDS", |text| match text.parse() {
            Ok(seconds @ 1..=3600) => Ok(seconds),
            _ => Err("a number of seconds; write a whole number from 1 to 3600"),
        });
        Duration::from_secs(seconds.unwrap_or(30))
    }

    fn client_id(&mut self) -> Option<String> {
        self.parsed("PORTREEVE_IDENTITY_CLIENT_ID", |text| {
            let is_guid = portreeve_decisions::resource_id::is_guid(text);
            if is_guid { Ok(text.to_owned()) } else { Err("a GUID; write the user-assigned identity's client id") }
        })
    }

    fn cloud(&mut self) -> Cloud {
        self.parsed("PORTREEVE_CLOUD", Cloud::parse).unwrap_or(Cloud::Public)
    }

    fn endpoints(&mut self, cloud: Cloud) -> Option<AzureEndpoints> {
        let arm = self.parsed("PORTREEVE_ARM_ENDPOINT", base_url);
        let service_bus = self.parsed("PORTREEVE_SERVICE_BUS_ENDPOINT", base_url);
        let namespace = self.parsed("ServiceBusConnection__fullyQualifiedNamespace", namespace_url);
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

/// A setting's text as it may be shown: without what stands before an `@`, and without a query or the rest of a
/// connection string. Whatever was put there by mistake must not end in the log.
fn without_secrets(text: &str) -> String {
    let open = text.split(['?', ';']).next().unwrap_or_default();
    let shown = open.rsplit_once('@').map_or_else(|| open.to_owned(), |(_, open)| format!("…@{open}"));
    if open.len() < text.len() { shown + "…" } else { shown }
}

/// A path, or what has the form of a URL and then has to be one of a blob.
fn allowlist_place(text: &str) -> Result<AllowlistPlace, &'static str> {
    const EXPECTED: &str =
        "a path or a blob's URL; write it as https://ACCOUNT.blob.core.windows.net/CONTAINER/allowlist.yaml";
    if !text.contains("://") {
        return Ok(AllowlistPlace::Path(PathBuf::from(text)));
    }
    let url = Url::parse(text).map_err(|_| EXPECTED)?;
    let has_blob =
        url.path_segments().is_some_and(|path| path.clone().count() >= 2 && path.clone().all(|s| !s.is_empty()));
    match () {
        () if url.query().is_some() => Err(
            "free of secrets: a SAS can be read by whoever reads the settings; leave the query out, and give the app's \
             identity Storage Blob Data Reader on the container",
        ),
        () if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() => {
            Err("a plain URL; write it without user, password or fragment")
        }
        () if matches!(url.scheme(), "http" | "https") && !may_see_tokens(&url) => {
            Err("an https URL; the app's token goes to it, so http is accepted on loopback only")
        }
        () if has_blob && may_see_tokens(&url) => Ok(AllowlistPlace::Blob(url)),
        () => Err(EXPECTED),
    }
}

#[cfg(test)]
mod tests;
