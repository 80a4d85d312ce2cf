//! What a name resolves to, as plain values: aliases, addresses, and whether the name exists.
//!
//! | Asked name | Answer |
//! |---|---|
//! | in a linked private zone that covers the name itself | the zone's record, or NXDOMAIN |
//! | public name of a target with a connection, private zone linked | alias, then the zone's record or NXDOMAIN |
//! | public name of a target with a connection, no such zone linked | alias, then the public address |
//! | public name that is in the private zone itself (notebooks, private clusters), zone not linked | the public address |
//! | public name of a target without connections | the public address |
//! | name that a target's wildcard covers (container apps) | as its other public names |
//! | anything else | NXDOMAIN |

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, Ipv6Addr},
};

use crate::cloud::{
    group_members::{self, GroupMember},
    resource::Resource,
    state::State,
};

/// Seconds; public answers are not cached for long, so that approvals show soon.
const PUBLIC_TTL_SECONDS: u32 = 10;

/// One answer record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// An alias: owner and canonical name.
    Alias(String, String, u32),
    /// An IPv4 address.
    V4(String, Ipv4Addr, u32),
    /// An IPv6 address.
    V6(String, Ipv6Addr, u32),
}

/// Everything known about one name.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Resolution {
    /// Aliases first, then addresses of both families.
    pub answers: Vec<Answer>,
    /// Whether the final name exists; NXDOMAIN otherwise.
    pub exists: bool,
    /// The zone that the final name is in, for the SOA of a negative answer.
    pub zone: String,
}

/// Resolves a lower-cased name without a dot at its end, as inside the network with this id, or inside any.
#[must_use]
pub fn resolve(state: &State, name: &str, network: Option<&str>) -> Resolution {
    if let Some(found) = in_private_zone(state, name, network) {
        return found;
    }
    let Some((pattern, owners)) = owners(state, &state.public_names, name) else { return unknown(state, name) };
    let connected = owners.iter().find(|target| state.connections_of(&target.id).next().is_some());
    let member = connected.and_then(|target| member_of(state, target, &pattern));
    let alias = member.and_then(|member| alias(&member, name));
    let Some(alias) = alias else { return public(name, owners[0], Vec::new()) };
    let answers = vec![Answer::Alias(name.to_owned(), alias.clone(), PUBLIC_TTL_SECONDS)];
    match in_private_zone(state, &alias, network) {
        Some(mut found) => {
            found.answers.splice(0..0, answers);
            found
        }
        None => public(&alias, owners[0], answers),
    }
}

/// The targets that answer to a name, with the name as they have it: itself, or a wildcard that covers it.
fn owners<'a>(state: &'a State, names: &BTreeSet<(String, String)>, name: &str) -> Option<(String, Vec<&'a Resource>)> {
    let wildcards = suffixes(name).skip(1).map(|suffix| format!("*.{suffix}"));
    std::iter::once(name.to_owned()).chain(wildcards).find_map(|pattern| {
        let owners: Vec<&Resource> =
            State::paired(names, &pattern).filter_map(|key| state.resources.get(key)).collect();
        (!owners.is_empty()).then_some((pattern, owners))
    })
}

/// What a public name leads to: the same name in the member's zone. None where there is no zone, and where the public name
/// is in the zone already.
fn alias(member: &GroupMember, name: &str) -> Option<String> {
    let record = name.strip_suffix(&member.public_suffix.to_ascii_lowercase())?;
    let alias = format!("{record}{}", member.zone.to_ascii_lowercase());
    (!member.zone.is_empty() && alias != name).then_some(alias)
}

/// The answer of the closest linked private zone around `name`, if there is one.
fn in_private_zone(state: &State, name: &str, network: Option<&str>) -> Option<Resolution> {
    let zone = suffixes(name).find_map(|suffix| state.linked_zone(suffix, network))?;
    let zone_name = zone.id.name().to_ascii_lowercase();
    let relative = name.strip_suffix(&zone_name).unwrap_or_default().trim_end_matches('.');
    let relative = if relative.is_empty() { "@" } else { relative };
    let mut answers = Vec::new();
    let mut exists = relative == "@";
    for candidate in candidates(relative) {
        for kind in ["A", "AAAA"] {
            if let Some(set) = state.resources.get(&zone.id.child(kind, &candidate).key()) {
                exists = true;
                answers.extend(records(name, set));
            }
        }
        if exists {
            break;
        }
    }
    Some(Resolution { answers, exists, zone: zone_name })
}

/// The record's own name, then the wildcards that cover it, the closest first.
fn candidates(relative: &str) -> Vec<String> {
    let mut candidates = vec![relative.to_owned()];
    if relative != "@" {
        candidates.extend(suffixes(relative).skip(1).map(|suffix| format!("*.{suffix}")));
        candidates.push("*".to_owned());
    }
    candidates
}

fn records<'a>(name: &'a str, set: &'a Resource) -> impl Iterator<Item = Answer> + 'a {
    let ttl = set.property("ttl").as_u64().and_then(|ttl| u32::try_from(ttl).ok()).unwrap_or(PUBLIC_TTL_SECONDS);
    let list = |property: &str| set.property(property).as_array().map(Vec::as_slice).unwrap_or_default();
    let v4 = list("aRecords").iter().filter_map(|record| record["ipv4Address"].as_str()?.parse().ok());
    let v6 = list("aaaaRecords").iter().filter_map(|record| record["ipv6Address"].as_str()?.parse().ok());
    v4.map(move |address| Answer::V4(name.to_owned(), address, ttl))
        .chain(v6.map(move |address| Answer::V6(name.to_owned(), address, ttl)))
}

fn member_of(state: &State, target: &Resource, name: &str) -> Option<GroupMember> {
    let members = group_members::members(state.cloud, target);
    members.into_iter().find(|member| member.fqdns.iter().any(|fqdn| fqdn == name))
}

fn public(name: &str, target: &Resource, mut answers: Vec<Answer>) -> Resolution {
    answers.push(Answer::V4(name.to_owned(), public_address(target), PUBLIC_TTL_SECONDS));
    let zone = name.split_once('.').map_or(name, |(_, zone)| zone).to_owned();
    Resolution { answers, exists: true, zone }
}

/// Some address of TEST-NET-3, which is never anybody's (RFC 5737), the same one for a target every time.
fn public_address(target: &Resource) -> Ipv4Addr {
    let sum = target.id.key().bytes().fold(0u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    Ipv4Addr::new(203, 0, 113, sum.clamp(1, 254))
}

/// The private name of a target exists in public DNS too; everything else is unknown.
fn unknown(state: &State, name: &str) -> Resolution {
    let owners = owners(state, &state.private_names, name).map(|(_, owners)| owners).unwrap_or_default();
    if let Some(target) = owners.iter().find(|target| state.connections_of(&target.id).next().is_some()) {
        return public(name, target, Vec::new());
    }
    let zone = name.rsplit('.').next().unwrap_or_default().to_owned();
    Resolution { zone, ..Resolution::default() }
}

/// The name and everything behind its dots.
fn suffixes(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, rest)| rest))
}
