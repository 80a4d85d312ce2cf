//! What the placeholders in `group_members.csv` stand for, of one target.
//!
//! | Placeholder | Stands for |
//! |---|---|
//! | `{name}`, `{location}` | the target's |
//! | `{parent}` | the name of the resource that the target is a child of |
//! | `{code}` | the location's short code |
//! | `{subdomain}` | its `customSubDomainName`, or its name |
//! | `{dnsPrefix}` | its `dnsZone` or `dnsPrefix`, or an invented one |
//! | `{tenant}` | the tenant's id |
//! | `{guid}`, `{short}`, `{digits}` | invented, always the same for the same id |
//! | `{frontend}`, `{volumeGroup}` | names that the owner chose, see `owner_chosen` |

use serde_json::Value;
use uuid::Uuid;

use super::{region_codes::code_of, resource::Resource};
use crate::tokens::TENANT_ID;

/// The texts for one target, computed once.
pub struct Placeholders {
    pairs: Vec<(&'static str, String)>,
}

impl Placeholders {
    /// Those of `target`.
    #[must_use]
    pub fn of(target: &Resource) -> Self {
        let hash = hash(&target.id.key());
        let short = format!("{:08x}", hash & 0xffff_ffff);
        let text = |name: &str| target.property(name).as_str();
        let name = target.id.name().to_owned();
        let location = target.text("location").to_owned();
        let parent = target.id.parent().map(|parent| parent.name().to_owned()).unwrap_or_default();
        Self {
            pairs: vec![
                ("{parent}", parent),
                ("{code}", code_of(&location).to_owned()),
                ("{subdomain}", text("customSubDomainName").unwrap_or(&name).to_owned()),
                ("{dnsPrefix}", text("dnsZone").or_else(|| text("dnsPrefix")).unwrap_or(&short).to_owned()),
                ("{tenant}", TENANT_ID.to_owned()),
                ("{guid}", Uuid::from_u128(hash).to_string()),
                ("{digits}", format!("{:016}", (hash >> 16) % 10_000_000_000_000_000)),
                ("{short}", short),
                ("{name}", name),
                ("{location}", location),
            ],
        }
    }

    /// The same, and `placeholder` stands for `text`.
    #[must_use]
    pub fn with(&self, placeholder: &'static str, text: String) -> Self {
        let mut pairs = vec![(placeholder, text)];
        pairs.extend(self.pairs.iter().cloned());
        Self { pairs }
    }

    /// `template` with the texts in the placeholders' places.
    #[must_use]
    pub fn fill(&self, template: &str) -> String {
        let fill = |text: String, (placeholder, value): &(&str, String)| {
            if text.contains('{') { text.replace(placeholder, value) } else { text }
        };
        self.pairs.iter().fold(template.to_owned(), fill)
    }
}

/// The names behind a group id that the owner chooses: the frontend IP configurations of an application gateway (those
/// with a private link configuration, where there are any) and the volume groups of an Elastic SAN. In Azure volume groups
/// are resources of their own; here they are a list of names in `properties.volumeGroups`. Without either there is one
/// name, which is assumed.
#[must_use]
pub fn owner_chosen(template: &str, target: &Resource) -> Option<(&'static str, Vec<String>)> {
    let (placeholder, property, default) = match template {
        "{frontend}" => ("{frontend}", "frontendIPConfigurations", "appGwPrivateFrontendIpIPv4"),
        "{volumeGroup}" => ("{volumeGroup}", "volumeGroups", "volumegroup"),
        _ => return None,
    };
    let entries = target.property(property).as_array().map(Vec::as_slice).unwrap_or_default();
    let is_private = |entry: &&Value| entry["properties"]["privateLinkConfiguration"].is_object();
    let any_private = entries.iter().any(|entry| is_private(&entry));
    let chosen = entries.iter().filter(|entry| !any_private || is_private(entry));
    let name = |entry: &Value| entry["name"].as_str().or(entry.as_str()).map(str::to_owned);
    let names: Vec<String> = chosen.filter_map(name).collect();
    Some((placeholder, if names.is_empty() { vec![default.to_owned()] } else { names }))
}

/// FNV-1a with 128 bits: no secret, only the same for the same text.
fn hash(text: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}
