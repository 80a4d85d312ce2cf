//! Reads the options: where records go, and how endpoints are proven.

use serde_saphyr::{Location, Spanned};

use super::Reader;
use super::file::{RawDns, RawValidation};
use crate::allowlist::{DnsOptions, LinkRule, ValidationOptions, ZoneScope};
use crate::resource_id::is_guid;
use crate::untrusted::escaped;

/// A record that resolvers keep for longer cannot follow an endpoint that moves.
pub(in crate::allowlist) const TTL_MAX_SECONDS: u32 = 86_400;
/// With the longest wait between two tries that is two hours.
pub(in crate::allowlist) const ATTEMPTS_MAX: u32 = 30;

impl Reader {
    pub(super) fn dns(&mut self, raw: RawDns) -> DnsOptions {
        for scope in raw.zones.iter().chain(raw.overrides.values()) {
            self.check_scope(scope);
        }
        let mut options = DnsOptions::default();
        for (name, scope) in raw.overrides {
            if !is_zone_name(&name) {
                let message = format!("`{}` is not the name of a zone", escaped(&name, 80));
                self.problem(scope.referenced, message, "write it as privatelink.blob.core.windows.net");
            }
            let place = scope.referenced;
            if options.overrides.insert(name.to_ascii_lowercase(), scope.value).is_some() {
                self.said_twice(&name, place);
            }
        }
        if let Some(ttl) = raw.ttl_seconds {
            if !(1..=TTL_MAX_SECONDS).contains(&ttl.value) {
                let message = format!("{} is not a time to live", ttl.value);
                self.problem(
                    ttl.referenced,
                    message,
                    format!("write 1 to {TTL_MAX_SECONDS} seconds; Azure's own records have 10"),
                );
            }
            options.ttl_seconds = ttl.value;
        }
        options.zones = raw.zones.into_iter().map(|scope| scope.value).collect();
        if let Some(create) = raw.create_missing_zones {
            options.create_missing_zones = create.value;
            self.check_creation(&create, &options);
        }
        options
    }

    /// A new zone is linked to the endpoint's own network: nobody here knows the hub's.
    fn check_creation(&mut self, create: &Spanned<bool>, options: &DnsOptions) {
        if !create.value {
            return;
        }
        let new_zones_go_to = options.zones.first().into_iter().chain(options.overrides.values());
        if options.zones.is_empty() {
            let remedy = "name a resource group under `dns.zones`";
            self.problem(create.referenced, "there is no resource group to make zones in".to_owned(), remedy);
        } else if new_zones_go_to.into_iter().any(|scope| scope.link == LinkRule::AnyNetwork) {
            let message =
                "a zone that is made here would be linked to the endpoint's network and not to the hub".to_owned();
            let remedy = "put a group without `link: any_network` first, or make the zones with the hub";
            self.problem(create.referenced, message, remedy);
        }
    }

    fn check_scope(&mut self, scope: &Spanned<ZoneScope>) {
        let (subscription, resource_group) = (&scope.value.subscription, &scope.value.resource_group);
        if !is_guid(subscription) {
            let message = format!("`{}` is not a subscription", escaped(subscription, 60));
            self.problem(scope.referenced, message, "write the subscription's GUID");
        } else if !is_resource_group(resource_group) {
            let message = format!("`{}` is not a resource group", escaped(resource_group, 100));
            self.problem(scope.referenced, message, "write its name, without a path or globs");
        }
    }

    /// Keys that differ by letter case alone are two to YAML and one to Azure.
    fn said_twice(&mut self, key: &str, place: Location) {
        let message = format!("`{}` stands here twice, in another letter case", escaped(key, 80));
        self.problem(place, message, "keep one of the two");
    }

    pub(super) fn validation(&mut self, raw: RawValidation) -> ValidationOptions {
        let mut options = ValidationOptions::default();
        options.is_enabled = raw.enabled.unwrap_or(options.is_enabled);
        for (resource_type, ports) in raw.ports {
            if !resource_type.contains('/') {
                let message = format!("`{}` is not a resource type", escaped(&resource_type, 80));
                self.problem(ports.referenced, message, "write it as Microsoft.Network/privateLinkServices");
            }
            if ports.value.is_empty() || ports.value.contains(&0) {
                let message = "a service answers on ports from 1 to 65535".to_owned();
                self.problem(ports.referenced, message, "list them, as in `[443]`");
            }
            let place = ports.referenced;
            if options.ports.insert(resource_type.to_ascii_lowercase(), ports.value).is_some() {
                self.said_twice(&resource_type, place);
            }
        }
        if let Some(attempts) = raw.attempts {
            if !(1..=ATTEMPTS_MAX).contains(&attempts.value) {
                let message = format!("a proof cannot be tried {} times", attempts.value);
                self.problem(attempts.referenced, message, format!("write 1 to {ATTEMPTS_MAX}"));
            }
            options.attempts = attempts.value;
        }
        options
    }
}

/// Whether a text could be a resource group's name: it becomes part of the paths that we read and write.
/// Rules: <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules>.
fn is_resource_group(name: &str) -> bool {
    let is_name_char = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
    (1..=90).contains(&name.chars().count()) && name.chars().all(is_name_char) && !name.ends_with('.')
}

/// Whether a text could be a private zone's name: at least two labels of letters, digits, `-` and `_`.
fn is_zone_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    name.contains('.') && name.split('.').all(is_label)
}
