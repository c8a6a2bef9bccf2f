//! Address blocks as values: single addresses and networks in CIDR notation.

use std::net::IpAddr;

use ipnet::IpNet;

use super::value::{Domain, Fault, Form, NONE, Written, toml_list};

/// Any number of blocks, separated by commas except in a TOML list.
///
/// An empty text is an error, not an empty list: an empty variable must not open a server to all clients.
#[derive(Debug)]
pub(super) struct Blocks;

/// A single block, in the words that follow "must be".
const BLOCK: &str = "an address or a network such as 10.0.0.0/8";

impl Domain for Blocks {
    type Value = Vec<IpNet>;

    fn read(&self, written: &Written) -> Result<Vec<IpNet>, Fault> {
        let is_empty = match written.form {
            Form::List => written.text.is_empty(),
            _ => written.text == NONE,
        };
        if is_empty {
            return Ok(Vec::new());
        }
        written.elements().map(|element| one(&element)).collect()
    }

    fn text(&self, value: &Vec<IpNet>) -> String {
        if value.is_empty() {
            return NONE.to_owned();
        }
        let each: Vec<String> = value.iter().map(block_text).collect();
        each.join(",")
    }

    fn bounds(&self) -> String {
        "addresses or networks such as 10.0.0.0/8, or none".to_owned()
    }

    fn literal(&self, value: &Vec<IpNet>) -> String {
        toml_list(value.iter().map(block_text))
    }

    fn is_list(&self) -> bool {
        true
    }
}

/// The text of a block; a block of one address is written as that address.
fn block_text(block: &IpNet) -> String {
    if block.prefix_len() == block.max_prefix_len() {
        block.addr().to_string()
    } else {
        block.to_string()
    }
}

fn one(written: &Written) -> Result<IpNet, Fault> {
    if let Ok(address) = written.text.parse::<IpAddr>() {
        return Ok(address.into());
    }
    let fault = Fault::new(BLOCK, written);
    match written.text.parse::<IpNet>() {
        Ok(block) if block.addr() == block.network() => Ok(block),
        Ok(block) => {
            let (network, address) = (block.trunc(), block.addr());
            Err(fault.with_hint(format!(
                "the network is \"{network}\", the one address \"{address}\""
            )))
        }
        Err(_) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, form: Form) -> Result<Vec<IpNet>, String> {
        let text = text.to_owned();
        let written = Written { text, form };
        Blocks.read(&written).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_block_that_is_none_is_answered_with_what_is() {
        for (text, got) in [
            (
                "10.0.0.1/8",
                "10.0.0.1/8: the network is \"10.0.0.0/8\", the one address \"10.0.0.1\"",
            ),
            (
                "2001:db8::1/64",
                "2001:db8::1/64: the network is \"2001:db8::/64\", the one address \"2001:db8::1\"",
            ),
            ("10.0.0.0/33", "10.0.0.0/33"),
            ("10.0.0.0/", "10.0.0.0/"),
            ("10.0.0", "10.0.0"),
            ("10.0.0.1:45000", "10.0.0.1:45000"),
            ("localhost", "localhost"),
            ("10.0.0.0/8,", "\"\""),
            ("none,::1", "none"),
            ("", "\"\""),
        ] {
            assert_eq!(
                read(text, Form::Plain),
                Err(format!(
                    "must be an address or a network such as 10.0.0.0/8, got {got}"
                )),
                "{text:?}"
            );
        }
    }

    #[test]
    fn nothing_is_none_in_a_flag_and_an_empty_list_in_a_file() {
        assert_eq!(read("none", Form::Plain), Ok(Vec::new()));
        assert_eq!(read("", Form::List), Ok(Vec::new()));
        assert!(read("", Form::Quoted).is_err());
        assert!(read(" ", Form::List).is_err());
    }

    proptest! {
        #[test]
        fn blocks_read_back_what_they_write(
            blocks in prop::collection::vec(any::<(IpAddr, u8)>(), 0..5),
        ) {
            let blocks: Vec<_> = blocks
                .into_iter()
                .filter_map(|(address, length)| IpNet::new(address, length % 129).ok())
                .map(|block| block.trunc())
                .collect();
            prop_assert_eq!(read(&Blocks.text(&blocks), Form::Plain), Ok(blocks));
        }
    }
}
