//! Where Azure is and who asks, from the environment: the handler's variables, of which all may be missing.

use portreeve_azure::AzureEndpoints;
use portreeve_decisions::catalogue::Cloud;
use portreeve_decisions::resource_id::is_guid;
use url::{Host, Url};

/// Nothing is ever sent there: the command line only reads, and `.invalid` never resolves (RFC 2606).
const NO_SERVICE_BUS: &str = "https://service-bus.invalid/";

/// What reading needs.
#[derive(Debug)]
pub struct Settings {
    /// `PORTREEVE_CLOUD`: `public` (default), `government` or `china`.
    pub cloud: Cloud,
    /// The cloud's own ARM, or `PORTREEVE_ARM_ENDPOINT`.
    pub endpoints: AzureEndpoints,
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
        let cloud = match text("PORTREEVE_CLOUD").map(|name| name.to_ascii_lowercase()).as_deref() {
            None | Some("public") => Cloud::Public,
            Some("government") => Cloud::Government,
            Some("china") => Cloud::China,
            Some(other) => {
                bad("PORTREEVE_CLOUD", other, "a cloud; write public, government or china");
                Cloud::Public
            }
        };
        let mut endpoints = AzureEndpoints::of(cloud, Url::parse(NO_SERVICE_BUS).expect("a constant"));
        if let Some(value) = text("PORTREEVE_ARM_ENDPOINT") {
            match arm(&value) {
                Ok(url) => endpoints.arm = url,
                Err(expected) => bad("PORTREEVE_ARM_ENDPOINT", &value, expected),
            }
        }
        let identity_client_id = text("PORTREEVE_IDENTITY_CLIENT_ID");
        if let Some(id) = identity_client_id.as_deref().filter(|id| !is_guid(id)) {
            bad("PORTREEVE_IDENTITY_CLIENT_ID", id, "a GUID; write the user-assigned identity's client id");
        }
        let has_managed_identity = text("IDENTITY_ENDPOINT").is_some();
        if errors.is_empty() {
            Ok(Self { cloud, endpoints, identity_client_id, has_managed_identity })
        } else {
            Err(errors)
        }
    }
}

/// A token goes there, so plain http is for this machine only.
fn arm(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "a URL; write it as https://management.azure.com")?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let is_this_machine = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        _ if !is_bare => Err("a bare https URL; write it without path, query or user"),
        "https" => Ok(url),
        "http" if is_this_machine => Ok(url),
        _ => Err("an https URL; http is accepted on loopback only"),
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
    fn all_that_is_wrong_is_said_at_once() {
        let errors = read(&[("PORTREEVE_CLOUD", "mars"), ("PORTREEVE_IDENTITY_CLIENT_ID", "me")]).unwrap_err();
        assert_eq!(errors.len(), 2, "{errors:?}");
    }
}
