//! Where Azure is and who asks, from the environment: the handler's variables, of which all may be missing.

use portreeve_azure::{AzureEndpoints, base_url, namespace_url};
use portreeve_decisions::catalogue::Cloud;
use portreeve_decisions::resource_id::is_guid;
use url::Url;

/// Stands where no namespace is named: `.invalid` never resolves (RFC 2606).
const NO_SERVICE_BUS: &str = "https://service-bus.invalid/";

/// Reads a setting, or says what to write.
type ReadUrl = fn(&str) -> Result<Url, &'static str>;

/// Where the namespace is named, and how that is read.
const SERVICE_BUS: [(&str, ReadUrl); 2] =
    [("PORTREEVE_SERVICE_BUS_ENDPOINT", base_url), ("ServiceBusConnection__fullyQualifiedNamespace", namespace_url)];

/// What work in Azure needs.
#[derive(Debug)]
pub struct Settings {
    /// `PORTREEVE_CLOUD`: `public` (default), `government` or `china`.
    pub cloud: Cloud,
    /// The cloud's own ARM, or `PORTREEVE_ARM_ENDPOINT`.
    pub endpoints: AzureEndpoints,
    /// Whether a Service Bus namespace is named: `ServiceBusConnection__fullyQualifiedNamespace`, or
    /// `PORTREEVE_SERVICE_BUS_ENDPOINT`, which wins.
    pub has_service_bus: bool,
    /// `PORTREEVE_IDENTITY_CLIENT_ID`: which user-assigned identity.
    pub identity_client_id: Option<String>,
    /// Whether there is a managed identity (`IDENTITY_ENDPOINT`); at a desk the Azure CLI's login serves.
    pub has_managed_identity: bool,
}

impl Settings {
    /// Reads all settings through `variable`, which gives an environment variable's value.
    ///
    /// # Errors
    /// Every setting that cannot be meant, all at once.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let text = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let mut errors = Vec::new();
        let mut bad = |name: &str, value: &str, expected: &str| {
            errors.push(format!("setting {name}: `{}` is not {expected}", value.escape_debug()));
        };
        let mut cloud = Cloud::Public;
        if let Some(value) = text("PORTREEVE_CLOUD") {
            match Cloud::parse(&value) {
                Ok(named) => cloud = named,
                Err(expected) => bad("PORTREEVE_CLOUD", &value, expected),
            }
        }
        let mut endpoints = AzureEndpoints::of(cloud, Url::parse(NO_SERVICE_BUS).expect("a constant"));
        if let Some(value) = text("PORTREEVE_ARM_ENDPOINT") {
            match base_url(&value) {
                Ok(url) => endpoints.arm = url,
                Err(expected) => bad("PORTREEVE_ARM_ENDPOINT", &value, expected),
            }
        }
        let mut has_service_bus = false;
        for (name, parse) in SERVICE_BUS {
            let Some(value) = text(name).filter(|_| !has_service_bus) else { continue };
            has_service_bus = true;
            match parse(&value) {
                Ok(url) => endpoints.service_bus = url,
                // Behind that a connection string has its key.
                Err(expected) => bad(name, value.split([';', '?']).next().unwrap_or_default(), expected),
            }
        }
        let identity_client_id = text("PORTREEVE_IDENTITY_CLIENT_ID");
        if let Some(id) = identity_client_id.as_deref().filter(|id| !is_guid(id)) {
            bad("PORTREEVE_IDENTITY_CLIENT_ID", id, "a GUID; write the user-assigned identity's client id");
        }
        let has_managed_identity = text("IDENTITY_ENDPOINT").is_some();
        if errors.is_empty() {
            Ok(Self { cloud, endpoints, has_service_bus, identity_client_id, has_managed_identity })
        } else {
            Err(errors)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Settings::read(find)
    }

    #[test]
    fn without_variables_it_is_the_public_cloud() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.endpoints.arm.as_str(), "https://management.azure.com/");
        assert!(!settings.has_managed_identity);
    }

    #[test]
    fn tokens_go_over_https_or_stay_on_this_machine() {
        for good in ["https://management.azure.com", "http://127.0.0.1:4000", "http://localhost:1", "http://[::1]:1"] {
            assert!(read(&[("PORTREEVE_ARM_ENDPOINT", good)]).is_ok(), "{good}");
        }
        for bad in ["http://10.0.0.1", "http://localhost.example", "https://me@host", "https://host/path", "host"] {
            assert!(read(&[("PORTREEVE_ARM_ENDPOINT", bad)]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_namespace_is_named_by_its_host_or_its_url() {
        const NAMESPACE: &str = "ServiceBusConnection__fullyQualifiedNamespace";
        let named = read(&[(NAMESPACE, "contoso.servicebus.windows.net")]).unwrap();
        assert!(named.has_service_bus && !read(&[]).unwrap().has_service_bus);
        assert_eq!(named.endpoints.service_bus.as_str(), "https://contoso.servicebus.windows.net/");
        let both = read(&[
            (NAMESPACE, "contoso.servicebus.windows.net"),
            ("PORTREEVE_SERVICE_BUS_ENDPOINT", "http://[::1]:1"),
        ]);
        assert_eq!(both.unwrap().endpoints.service_bus.as_str(), "http://[::1]:1/");
        let errors = read(&[(NAMESPACE, "Endpoint=sb://contoso/;SharedAccessKey=secret")]).unwrap_err();
        assert!(errors.len() == 1 && !errors[0].contains("secret"), "{errors:?}");
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let errors = read(&[("PORTREEVE_CLOUD", "mars"), ("PORTREEVE_IDENTITY_CLIENT_ID", "me")]).unwrap_err();
        assert_eq!(errors.len(), 2, "{errors:?}");
    }
}
