//! The access list: blocks of addresses that are allowed or denied, of which the most specific decides.

use std::collections::HashMap;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Leading bits that mark an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2).
const MAPPED_BITS: u8 = 96;

/// The decision about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Allowed,
    Denied,
}

/// The blocks, and the decision for an address in none of them.
///
/// An IPv4-mapped address or block counts as the IPv4 one. A block of IPv6 holds no IPv4 client, however
/// short its prefix: `::/0` is every IPv6 client, `0.0.0.0/0` every IPv4 client.
///
/// A check costs one hash lookup per prefix length in use, however many blocks there are. Without blocks it
/// costs nothing.
#[derive(Debug)]
pub(crate) struct AccessList {
    rules: HashMap<IpNet, Access>,
    /// The prefix lengths of the IPv4 rules, each once, the longest first.
    ipv4_lengths: Vec<u8>,
    ipv6_lengths: Vec<u8>,
    otherwise: Access,
}

impl AccessList {
    /// With blocks to allow, all other clients are denied; without, all others are allowed. A block in both
    /// lists is denied.
    pub(crate) fn new(allow: &[IpNet], deny: &[IpNet]) -> Self {
        let allowed = allow.iter().map(|block| (block, Access::Allowed));
        // A later rule for one block replaces the earlier.
        let all = allowed.chain(deny.iter().map(|block| (block, Access::Denied)));
        let rules: HashMap<_, _> = all.map(|(block, it)| (canonical(*block), it)).collect();
        let lengths = |of_family: fn(&IpNet) -> bool| {
            let blocks = rules.keys().filter(|block| of_family(block));
            let mut lengths: Vec<u8> = blocks.map(IpNet::prefix_len).collect();
            lengths.sort_unstable_by(|one, other| other.cmp(one));
            lengths.dedup();
            lengths
        };
        Self {
            ipv4_lengths: lengths(|block| matches!(block, IpNet::V4(_))),
            ipv6_lengths: lengths(|block| matches!(block, IpNet::V6(_))),
            otherwise: if allow.is_empty() {
                Access::Allowed
            } else {
                Access::Denied
            },
            rules,
        }
    }

    pub(crate) fn allows(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        let lengths = match client {
            IpAddr::V4(_) => &self.ipv4_lengths,
            IpAddr::V6(_) => &self.ipv6_lengths,
        };
        let rule = lengths.iter().find_map(|length| {
            let block = IpNet::new(client, *length).ok()?;
            self.rules.get(&block.trunc())
        });
        *rule.unwrap_or(&self.otherwise) == Access::Allowed
    }
}

/// The block with its host bits cleared. A block of mapped addresses becomes an IPv4 block.
fn canonical(block: IpNet) -> IpNet {
    let mapped = |block: Ipv6Net| {
        let address = block.addr().to_ipv4_mapped()?;
        let length = block.prefix_len().checked_sub(MAPPED_BITS)?;
        Ipv4Net::new(address, length).ok()
    };
    match block {
        IpNet::V6(ipv6) => mapped(ipv6).map_or(block, IpNet::V4),
        IpNet::V4(_) => block,
    }
    .trunc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn blocks(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn allows(allow: &[&str], deny: &[&str], client: &str) -> bool {
        AccessList::new(&blocks(allow), &blocks(deny)).allows(client.parse().unwrap())
    }

    #[test]
    fn without_blocks_everybody_is_allowed() {
        assert!(allows(&[], &[], "192.0.2.1"));
        assert!(allows(&[], &[], "2001:db8::1"));
    }

    #[test]
    fn with_blocks_to_deny_everybody_else_is_allowed() {
        assert!(!allows(&[], &["192.0.2.0/24"], "192.0.2.1"));
        assert!(allows(&[], &["192.0.2.0/24"], "192.0.3.1"));
        assert!(allows(&[], &["192.0.2.0/24"], "2001:db8::1"));
    }

    #[test]
    fn with_blocks_to_allow_everybody_else_is_denied() {
        assert!(allows(&["192.0.2.0/24"], &[], "192.0.2.1"));
        assert!(!allows(&["192.0.2.0/24"], &[], "192.0.3.1"));
        assert!(!allows(&["192.0.2.0/24"], &[], "2001:db8::1"));
    }

    #[test]
    fn a_block_in_both_lists_is_denied() {
        assert!(!allows(&["192.0.2.0/24"], &["192.0.2.0/24"], "192.0.2.1"));
    }

    #[test]
    fn a_mapped_address_and_a_mapped_block_are_those_of_ipv4() {
        assert!(!allows(&[], &["192.0.2.0/24"], "::ffff:192.0.2.1"));
        assert!(!allows(&[], &["::ffff:192.0.2.0/120"], "192.0.2.1"));
        assert!(!allows(
            &[],
            &["::ffff:192.0.2.0/120"],
            "::ffff:192.0.2.255"
        ));
        assert!(allows(&[], &["::ffff:192.0.2.0/120"], "192.0.3.1"));
    }

    #[test]
    fn a_block_of_ipv6_holds_no_client_of_ipv4() {
        assert!(allows(&[], &["::/0"], "::ffff:192.0.2.1"));
        assert!(!allows(&[], &["::/0"], "2001:db8::1"));
        assert!(!allows(&[], &["0.0.0.0/0"], "::ffff:192.0.2.1"));
    }

    /// Few addresses that share prefixes of every length, so that blocks are nested.
    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            (0..32_u32).prop_map(|shift| IpAddr::V4(Ipv4Addr::from_bits(1 << shift))),
            (0..128_u32).prop_map(|shift| IpAddr::V6(Ipv6Addr::from_bits(1 << shift))),
            (0..32_u32).prop_map(|shift| {
                let mapped = Ipv4Addr::from_bits(1 << shift).to_ipv6_mapped();
                IpAddr::V6(mapped)
            }),
        ]
    }

    fn block() -> impl Strategy<Value = IpNet> {
        (address(), any::<u8>()).prop_map(|(address, length)| {
            let block = IpNet::from(address);
            let length = length % (block.max_prefix_len() + 1);
            IpNet::new(address, length).unwrap()
        })
    }

    /// The leading bits of a block or address, and their number. IPv4 is mapped into IPv6.
    fn bits(address: IpAddr, length: u8) -> (u128, u8) {
        match address {
            IpAddr::V4(ipv4) => (ipv4.to_ipv6_mapped().to_bits(), length + 96),
            IpAddr::V6(ipv6) => (ipv6.to_bits(), length),
        }
    }

    /// Checks every block and takes the longest that holds the client.
    fn oracle(allow: &[IpNet], deny: &[IpNet], client: IpAddr) -> bool {
        let (client, _) = bits(client, 0);
        let is_mapped = |bits: u128| bits >> 32 == 0xffff;
        let holding = |blocks: &[IpNet]| {
            let each = blocks.iter().map(|it| bits(it.addr(), it.prefix_len()));
            each.filter(|(block, length)| {
                let differing = (block ^ client).checked_shr(128 - u32::from(*length));
                let of_family = *length >= 96 || !is_mapped(client);
                of_family && differing.unwrap_or(0) == 0
            })
            .map(|(_, length)| length)
            .max()
        };
        match (holding(allow), holding(deny)) {
            (None, None) => allow.is_empty(),
            (allowed, denied) => allowed > denied,
        }
    }

    proptest! {
        #[test]
        fn the_most_specific_block_decides_and_of_two_alike_the_one_that_denies(
            allow in prop::collection::vec(block(), 0..6),
            deny in prop::collection::vec(block(), 0..6),
            clients in prop::collection::vec(address(), 1..20),
        ) {
            let list = AccessList::new(&allow, &deny);
            for client in clients {
                prop_assert_eq!(list.allows(client), oracle(&allow, &deny, client), "{}", client);
            }
        }
    }
}
