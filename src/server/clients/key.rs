//! The identity of a client: an IPv4 address or an IPv6 network.

use std::net::{IpAddr, Ipv4Addr};

/// An IPv4 address, or the first 64 bits of an IPv6 one.
///
/// An owner of one IPv6 address usually has its whole network of 64 bits (RFC 6177), so limits on single
/// addresses would have no effect. An IPv4-mapped address counts as the IPv4 one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientKey {
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address.
    Ipv6([u16; 4]),
}

impl From<IpAddr> for ClientKey {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::Ipv4(address),
            IpAddr::V6(address) => {
                let [first, second, third, fourth, ..] = address.segments();
                Self::Ipv6([first, second, third, fourth])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_one_client(one: &str, other: &str) -> bool {
        let key = |text: &str| ClientKey::from(text.parse::<IpAddr>().unwrap());
        key(one) == key(other)
    }

    #[test]
    fn every_ipv4_address_is_a_client_of_its_own_however_it_is_written() {
        assert!(!is_one_client("192.0.2.1", "192.0.2.2"));
        assert!(is_one_client("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(!is_one_client("::ffff:192.0.2.1", "::ffff:192.0.2.2"));
        assert!(!is_one_client("0.0.0.0", "::"));
    }

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_client() {
        assert!(is_one_client("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
        assert!(!is_one_client("2001:db8:0:1::1", "2001:db8:0:2::1"));
    }
}
