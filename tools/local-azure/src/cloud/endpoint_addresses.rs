//! Handing out the addresses of a new endpoint: those it chose, and the lowest free ones for the rest.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::{
    addresses::AddressRange,
    arm_error::ArmError,
    endpoint_request::{EndpointRequest, StaticConfiguration},
    group_members::GroupMember,
    ip_version_type::IpVersionType,
    private_endpoint::{EndpointAddress, InterfaceConfiguration},
    resource_id::ResourceId,
    state::State,
};
use crate::chance::guid;

impl State {
    /// Reserves one address of the subnet for each member; none where one of them cannot be had.
    pub fn allocate(
        &mut self,
        range: AddressRange,
        request: &EndpointRequest,
        members: Vec<GroupMember>,
    ) -> Result<Vec<EndpointAddress>, ArmError> {
        let mut taken = self.addresses.get(&request.subnet.key()).cloned().unwrap_or_default();
        let ip_version_type = request.ip_version_type.unwrap_or_default();
        let mut entries = Vec::new();
        for member in members {
            let chosen = request.static_configurations.iter().find(|chosen| chosen.is_for(&member));
            let address = choose(range, &taken, chosen, &request.subnet)?;
            taken.insert(address);
            entries.push(EndpointAddress {
                address,
                configurations: configurations(ip_version_type, address),
                member,
                static_configuration: chosen.map(|chosen| chosen.name.clone()),
            });
        }
        self.addresses.insert(request.subnet.key(), taken);
        Ok(entries)
    }

    /// Gives an address back.
    pub fn release(&mut self, subnet: &ResourceId, address: Ipv4Addr) {
        let key = subnet.key();
        if let Some(taken) = self.addresses.get_mut(&key) {
            taken.remove(&address);
            if taken.is_empty() {
                self.addresses.remove(&key);
            }
        }
    }
}

fn configurations(ip_version_type: IpVersionType, address: Ipv4Addr) -> Vec<InterfaceConfiguration> {
    let configuration = |address| InterfaceConfiguration { address, guid: guid().to_string() };
    ip_version_type.addresses(address).into_iter().map(configuration).collect()
}

fn choose(
    range: AddressRange,
    taken: &BTreeSet<Ipv4Addr>,
    chosen: Option<&StaticConfiguration>,
    subnet: &ResourceId,
) -> Result<Ipv4Addr, ArmError> {
    let Some(chosen) = chosen else {
        return range.free(taken).ok_or_else(|| {
            let message = format!("Subnet {subnet} does not have enough free addresses.");
            ArmError::bad_request("SubnetIsFull", message)
        });
    };
    if range.contains(chosen.address) && !taken.contains(&chosen.address) {
        return Ok(chosen.address);
    }
    let message = format!("The address {} is in use or not in subnet {subnet}.", chosen.address);
    Err(ArmError::bad_request("PrivateIPAddressIsNotAvailable", message))
}
