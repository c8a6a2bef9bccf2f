//! The local addresses that connections come from, and their number of ports.

use std::fmt;
use std::fs;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::base::as_f64;

/// More addresses than any load needs: with Linux's usual ports, over a hundred million connections.
const MOST_ADDRESSES: usize = 4096;

/// The ports that Linux gives to outgoing connections by default.
const USUAL_PORTS: (u16, u16) = (32_768, 60_999);

/// How long Linux keeps a port after its connection, in seconds.
const TIME_WAIT_SECONDS: f64 = 60.0;

/// Blocks of local addresses; without any, the system chooses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    blocks: Vec<IpNet>,
}

impl Sources {
    /// The addresses, each once, at most 4096.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let all = self.blocks.iter().flat_map(IpNet::hosts);
        all.take(MOST_ADDRESSES).collect()
    }

    /// The number of ports for connections to one server.
    pub fn ports(&self) -> u64 {
        let addresses = self.addresses().len().max(1);
        u64::try_from(addresses).unwrap_or(u64::MAX) * range()
    }

    /// Connections a second for which the ports last when each stays reserved after its end.
    pub fn lasting_rate(&self) -> f64 {
        as_f64(self.ports()) / TIME_WAIT_SECONDS
    }
}

/// The size of the port range for outgoing connections.
fn range() -> u64 {
    let (low, high) = local_ports();
    u64::from(high.saturating_sub(low)) + 1
}

/// The port range for outgoing connections.
pub(super) fn local_ports() -> (u16, u16) {
    let read = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok();
    let parsed = read.as_deref().and_then(|text| {
        let (low, high) = text.trim().split_once(char::is_whitespace)?;
        Some((low.parse().ok()?, high.trim().parse().ok()?))
    });
    parsed.unwrap_or(USUAL_PORTS)
}

/// A text that names no block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a source is an address or a block of them such as 127.0.0.0/24, got {0:?}")]
pub struct SourceError(String);

impl FromStr for Sources {
    type Err = SourceError;

    fn from_str(list: &str) -> Result<Self, SourceError> {
        let written = list.split(',').map(str::trim);
        let blocks = written.filter(|text| !text.is_empty()).map(|text| {
            let block = text.parse().map(|block: IpNet| block.trunc());
            let block = block.or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            block.map_err(|_| SourceError(text.to_owned()))
        });
        let mut blocks: Vec<IpNet> = blocks.collect::<Result<_, _>>()?;
        blocks.sort_unstable();
        blocks.dedup();
        Ok(Self { blocks })
    }
}

impl fmt::Display for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, block) in self.blocks.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{block}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(text: &str) -> Sources {
        text.parse().unwrap()
    }

    #[test]
    fn a_block_is_all_its_hosts_and_an_address_is_itself() {
        let block = sources("127.0.0.0/24").addresses();
        assert_eq!(block.len(), 254);
        assert_eq!(block.first(), Some(&IpAddr::from([127, 0, 0, 1])));
        assert_eq!(
            sources("::1").addresses(),
            [IpAddr::from(std::net::Ipv6Addr::LOCALHOST)]
        );
        assert!(sources("").addresses().is_empty());
        assert_eq!(sources("127.0.0.0/8").addresses().len(), MOST_ADDRESSES);
    }

    #[test]
    fn more_addresses_make_more_ports() {
        assert_eq!(sources("127.0.0.0/24").ports(), 254 * sources("").ports());
        assert_eq!(
            sources("").lasting_rate(),
            sources("").ports() as f64 / 60.0
        );
    }

    #[test]
    fn sources_read_back_as_they_are_written() {
        for text in ["", "127.0.0.1/32", "127.0.0.0/24,::1/128"] {
            assert_eq!(sources(text).to_string(), text);
        }
        assert_eq!(sources("127.0.0.77/24").to_string(), "127.0.0.0/24");
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_value() {
        for text in ["localhost", "127.0.0.0/33", "127.0.0", "1.2.3.4-5"] {
            let said = text.parse::<Sources>().unwrap_err().to_string();
            assert!(said.ends_with(&format!("got {text:?}")), "{said}");
        }
    }
}
