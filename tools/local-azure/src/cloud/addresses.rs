//! Addresses for endpoints, all of them on loopback.
//!
//! Users write any prefix (`10.1.0.0/16`), but this Azure must never cause traffic that leaves the machine. So an
//! endpoint in the subnet `10.1.1.0/24` gets 127.1.1.4 and upwards: the first octet is 127, the others are the subnet's.
//! As in Azure the first four addresses of a subnet and the last one are reserved.
//!
//! IPv6 has a single loopback address, `::1`, and endpoints need one each. Any other IPv6 address could be somebody's. So
//! the IPv6 address of an endpoint is its IPv4 address in IPv6's form, `::ffff:127.1.1.4` (IPv4-mapped, RFC 4291
//! 2.5.5.2): as unique as that one, and no packet with it ever leaves, because a connection to it from an IPv6 socket is
//! one to 127.1.1.4. Every endpoint therefore reserves IPv4 addresses, an IPv6-only one too, and a subnet needs an IPv4
//! prefix, as it does in Azure.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Azure keeps the first four addresses of every subnet for itself.
const RESERVED_AT_START: u32 = 4;

/// A subnet's range after its move to loopback.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AddressRange {
    first: u32,
    last: u32,
}

impl AddressRange {
    /// Parses `10.1.1.0/24`. `None` for anything that is not an IPv4 prefix with room for an endpoint.
    #[must_use]
    pub fn parse(prefix: &str) -> Option<Self> {
        let (network, length) = prefix.split_once('/')?;
        let network: Ipv4Addr = network.parse().ok()?;
        let length: u32 = length.parse().ok().filter(|length| (8..=29).contains(length))?;
        let size = 1u32 << (32 - length);
        let network = u32::from(on_loopback(network)) & !(size - 1);
        Some(Self { first: network + RESERVED_AT_START, last: network + size - 2 })
    }

    /// The lowest address that is not `taken`: the first gap.
    #[must_use]
    pub fn free(self, taken: &BTreeSet<Ipv4Addr>) -> Option<Ipv4Addr> {
        let mut candidate = self.first;
        for address in taken.range(Ipv4Addr::from(self.first)..) {
            if u32::from(*address) != candidate {
                break;
            }
            candidate += 1;
        }
        (candidate <= self.last).then(|| Ipv4Addr::from(candidate))
    }

    /// Whether an endpoint may have `address`.
    #[must_use]
    pub fn contains(self, address: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&u32::from(address))
    }
}

/// The address with 127 as its first octet.
#[must_use]
pub fn on_loopback(address: Ipv4Addr) -> Ipv4Addr {
    let [_, second, third, fourth] = address.octets();
    Ipv4Addr::new(127, second, third, fourth)
}

/// An address on loopback in the form that IPv6 has for it.
#[must_use]
pub fn in_ipv6(address: Ipv4Addr) -> Ipv6Addr {
    address.to_ipv6_mapped()
}

/// The address on loopback for one that a user chose. `None` for an IPv6 address that is not one of ours: two of them
/// could not be told apart on loopback.
#[must_use]
pub fn chosen(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(on_loopback(address)),
        IpAddr::V6(address) => address.to_ipv4_mapped().map(on_loopback),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{AddressRange, chosen, in_ipv6};

    #[test]
    fn addresses_begin_at_the_fifth_and_stay_on_loopback() {
        let range = AddressRange::parse("10.1.1.0/24").expect("a range");
        let address = |last| Ipv4Addr::new(127, 1, 1, last);
        let table: [(&[u8], Option<u8>); 4] = [(&[], Some(4)), (&[4, 5], Some(6)), (&[4, 6], Some(5)), (&[5], Some(4))];
        for (taken, expected) in table {
            let taken = taken.iter().copied().map(address).collect();
            assert_eq!(range.free(&taken), expected.map(address), "{taken:?}");
        }
        assert_eq!(range.free(&(4..=254).map(address).collect()), None);
        assert!(!range.contains(Ipv4Addr::new(127, 1, 1, 255)));
    }

    #[test]
    fn an_ipv6_address_is_an_address_on_loopback_in_another_form() {
        let address = Ipv4Addr::new(127, 1, 1, 4);
        assert_eq!(in_ipv6(address).to_string(), "::ffff:127.1.1.4");
        for (text, expected) in [
            ("10.1.1.4", Some(address)),
            ("::ffff:127.1.1.4", Some(address)),
            ("::ffff:10.1.1.4", Some(address)),
            ("::1", None),
            ("fd00::4", None),
            ("2001:db8::4", None),
        ] {
            assert_eq!(chosen(text.parse().expect("an address")), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_prefix_is_refused() {
        for prefix in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/30", "::/64", "10.0.0.0/-1"] {
            assert!(AddressRange::parse(prefix).is_none(), "{prefix}");
        }
    }
}
