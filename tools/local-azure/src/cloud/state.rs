//! Everything the local Azure remembers, as plain values behind one lock.
//!
//! Keys are lower-cased ids. What Azure shows in several places is kept once: a connection, its network interface and
//! its endpoint are three views of one `PrivateEndpoint`.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use super::{
    arm_error::ArmError, effects::Effects, operations::Operations, private_endpoint::PrivateEndpoint,
    resource::Resource, resource_group::ResourceGroup, resource_id::ResourceId,
};
use crate::azure_cloud::Cloud;

/// The whole state.
#[derive(Clone, Default)]
pub struct State {
    /// The cloud that all of this is in.
    pub cloud: Cloud,
    /// Resource groups by the lower-cased `/subscriptions/{s}/resourcegroups/{rg}`.
    pub groups: BTreeMap<String, ResourceGroup>,
    /// Networks, subnets, zones, links, record sets and targets, by key. Children sort right behind their parent.
    pub resources: BTreeMap<String, Resource>,
    /// Endpoints by key, those in Microsoft's subscription too.
    pub endpoints: BTreeMap<String, PrivateEndpoint>,
    /// Endpoint keys by the key of their network interface.
    pub interfaces: BTreeMap<String, String>,
    /// Pairs of target key and endpoint key: which endpoints have a connection on a target.
    pub connections: BTreeSet<(String, String)>,
    /// What has been handed out, by the key of the subnet.
    pub addresses: BTreeMap<String, BTreeSet<Ipv4Addr>>,
    /// Pairs of public name and target key: which targets answer to a name.
    pub public_names: BTreeSet<(String, String)>,
    /// Pairs of the name in the private zone and target key: what the public names of targets with endpoints lead to.
    pub private_names: BTreeSet<(String, String)>,
    /// Pairs of zone name and zone key, links or not.
    pub zone_names: BTreeSet<(String, String)>,
    /// Keys of the endpoints in Microsoft's subscription, by the key of the managed endpoint that each stands for.
    pub managed_endpoints: BTreeMap<String, String>,
    /// Long-running operations.
    pub operations: Operations,
    /// Notes of the change that is being made.
    pub effects: Effects,
}

impl State {
    /// The resource group that `id` lives in.
    pub fn group_of(&self, id: &ResourceId) -> Result<&ResourceGroup, ArmError> {
        let key = ResourceGroup::key(id.subscription(), id.resource_group());
        self.groups.get(&key).ok_or_else(|| ArmError::resource_group_not_found(id.resource_group()))
    }

    /// A resource that must be there: 404 for its group first, then for itself, as ARM does.
    pub fn resource(&self, id: &ResourceId) -> Result<&Resource, ArmError> {
        self.group_of(id)?;
        self.resources.get(&id.key()).ok_or_else(|| ArmError::resource_not_found(id))
    }

    /// The children of `parent` with the type `kind`, such as `subnets`, in key order; not their own children.
    pub fn children<'a>(&'a self, parent: &ResourceId, kind: &str) -> impl Iterator<Item = &'a Resource> + use<'a> {
        let prefix = format!("{}/{}/", parent.key(), kind.to_ascii_lowercase());
        let (from, length) = (prefix.clone(), prefix.len());
        self.resources
            .range(from..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .filter(move |(key, _)| !key[length..].contains('/'))
            .map(|(_, resource)| resource)
    }

    /// The keys on the right of the pairs whose left is `left`.
    pub fn paired<'a>(pairs: &'a BTreeSet<(String, String)>, left: &str) -> impl Iterator<Item = &'a String> + use<'a> {
        let left = left.to_owned();
        pairs.range((left.clone(), String::new())..).take_while(move |(key, _)| *key == left).map(|(_, value)| value)
    }
}
