//! `ipVersionType`: the families of address that an endpoint has, and shows on its interface, in its names and records.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use super::{addresses::in_ipv6, arm_error::ArmError};

/// The schema's three words.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum IpVersionType {
    /// Only IPv4, which is what a request gets that names none.
    #[default]
    IPv4,
    /// Only IPv6.
    IPv6,
    /// One address of each family for every member.
    DualStack,
}

impl IpVersionType {
    /// The word that Azure uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::IPv4 => "IPv4",
            Self::IPv6 => "IPv6",
            Self::DualStack => "DualStack",
        }
    }

    /// Reads the property in any letter case; `None` where it is absent. Any other word is refused.
    pub fn parse(property: &Value) -> Result<Option<Self>, ArmError> {
        if property.is_null() {
            return Ok(None);
        }
        let is = |known: &Self| property.as_str().is_some_and(|word| word.eq_ignore_ascii_case(known.as_str()));
        let found = [Self::IPv4, Self::IPv6, Self::DualStack].into_iter().find(is);
        found.map(Some).ok_or_else(|| {
            let message =
                format!("The value {property} of the property 'ipVersionType' is not one of IPv4, IPv6, DualStack.");
            ArmError::bad_request("InvalidRequestFormat", message)
        })
    }

    /// What is shown of a member whose address on loopback is `address`, IPv4 first.
    #[must_use]
    pub fn addresses(self, address: Ipv4Addr) -> Vec<IpAddr> {
        let (v4, v6) = (IpAddr::V4(address), IpAddr::V6(in_ipv6(address)));
        match self {
            Self::IPv4 => vec![v4],
            Self::IPv6 => vec![v6],
            Self::DualStack => vec![v4, v6],
        }
    }
}

/// The family of one address, in the words of an interface's `privateIPAddressVersion`.
#[must_use]
pub fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { IpVersionType::IPv4.as_str() } else { IpVersionType::IPv6.as_str() }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use serde_json::json;

    use super::IpVersionType;

    #[test]
    fn each_word_has_its_addresses_and_other_words_are_refused() {
        let table = [
            ("ipv4", vec!["127.1.1.4"]),
            ("IPv6", vec!["::ffff:127.1.1.4"]),
            ("DUALSTACK", vec!["127.1.1.4", "::ffff:127.1.1.4"]),
        ];
        for (word, expected) in table {
            let parsed = IpVersionType::parse(&json!(word)).expect("a known word").expect("not absent");
            let addresses = parsed.addresses(Ipv4Addr::new(127, 1, 1, 4));
            let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            assert_eq!(shown, expected, "{word}");
        }
        assert_eq!(IpVersionType::parse(&json!(null)).expect("absent"), None);
        for other in [json!(""), json!("IPv5"), json!(6), json!(["IPv4"])] {
            assert!(IpVersionType::parse(&other).is_err(), "{other}");
        }
    }
}
