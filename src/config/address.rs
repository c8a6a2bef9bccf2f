//! Listen addresses as values: an IP address and a port.

use std::net::{IpAddr, SocketAddr};

use super::value::{Domain, Fault, Written, toml_list};

/// One or more addresses, separated by commas except in a TOML list.
#[derive(Debug)]
pub(super) struct Addresses;

impl Domain for Addresses {
    type Value = Vec<SocketAddr>;

    fn read(&self, written: &Written) -> Result<Vec<SocketAddr>, Fault> {
        if written.text.trim().is_empty() {
            return Err(Fault::new("one address or more", written));
        }
        written.elements().map(|element| one(&element)).collect()
    }

    fn text(&self, value: &Vec<SocketAddr>) -> String {
        let each: Vec<String> = value.iter().map(ToString::to_string).collect();
        each.join(",")
    }

    fn bounds(&self) -> String {
        "IP:PORT, one or more".to_owned()
    }

    fn literal(&self, value: &Vec<SocketAddr>) -> String {
        toml_list(value.iter())
    }

    fn is_list(&self) -> bool {
        true
    }
}

/// One address.
#[derive(Debug)]
pub(super) struct Address;

impl Domain for Address {
    type Value = SocketAddr;

    fn read(&self, written: &Written) -> Result<SocketAddr, Fault> {
        one(written)
    }

    fn text(&self, value: &SocketAddr) -> String {
        value.to_string()
    }

    fn bounds(&self) -> String {
        "IP:PORT".into()
    }
}

fn one(written: &Written) -> Result<SocketAddr, Fault> {
    written.text.parse().map_err(|_| {
        let fault = Fault::new("IP:PORT", written);
        match meant(&written.text) {
            Some((first, second)) => fault.with_hint(format!("write \"{first}\" or \"{second}\"")),
            None => fault,
        }
    })
}

/// Two suggestions for a text that is not an address.
fn meant(text: &str) -> Option<(String, String)> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        let with = |port| SocketAddr::new(ip, port).to_string();
        return Some((with(crate::protocol::PORT), with(0)));
    }
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let port: u16 = port.parse().ok()?;
    match host {
        "" | "*" => Some((format!("[::]:{port}"), format!("127.0.0.1:{port}"))),
        "localhost" => Some((format!("127.0.0.1:{port}"), format!("[::1]:{port}"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::value::Form;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Vec<SocketAddr>, String> {
        let written = Written {
            text: text.to_owned(),
            form: Form::Plain,
        };
        Addresses.read(&written).map_err(|fault| fault.to_string())
    }

    #[test]
    fn an_address_that_is_not_one_is_answered_with_what_to_write() {
        for (text, answer) in [
            (
                "45000",
                "must be IP:PORT, got 45000: write \"[::]:45000\" or \"127.0.0.1:45000\"",
            ),
            (
                "localhost:45000",
                "must be IP:PORT, got localhost:45000: write \"127.0.0.1:45000\" or \"[::1]:45000\"",
            ),
            (
                "::1",
                "must be IP:PORT, got ::1: write \"[::1]:45000\" or \"[::1]:0\"",
            ),
            ("time.example:37", "must be IP:PORT, got time.example:37"),
            ("127.0.0.1:99999", "must be IP:PORT, got 127.0.0.1:99999"),
            ("127.0.0.1:1,", "must be IP:PORT, got \"\""),
            ("", "must be one address or more, got \"\""),
        ] {
            assert_eq!(read(text), Err(answer.to_owned()), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn addresses_read_back_what_they_write(
            addresses in prop::collection::vec(any::<(IpAddr, u16)>(), 1..5),
        ) {
            let addresses: Vec<_> = addresses.into_iter().map(SocketAddr::from).collect();
            prop_assert_eq!(read(&Addresses.text(&addresses)), Ok(addresses));
        }
    }
}
