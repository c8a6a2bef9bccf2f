//! The arguments of `jamd workers`, and the argument for an administration port.

use clap::Args;

use crate::client::admin::Address;
use crate::config::MOST_WORKERS;

/// The server, and its wanted number of workers.
#[derive(Debug, Clone, Args)]
pub struct WorkersArgs {
    /// How many there are to be from now on; without it, they are counted
    #[arg(value_name = "N", value_parser = count)]
    pub wanted: Option<usize>,
    /// The server.
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// The administration port of a server.
#[derive(Debug, Clone, Args)]
pub struct AdminArgs {
    /// The administration port of the server.
    #[arg(long = "admin", value_name = "ADDR", default_value_t)]
    #[arg(
        help = "The administration port of the server: HOST:PORT, [IPV6]:PORT, or PORT on this machine"
    )]
    pub address: Address,
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=MOST_WORKERS) => Ok(count),
        Ok(_) | Err(_) => Err(format!("expected a number from 1 to {MOST_WORKERS}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: WorkersArgs,
    }

    fn parse(words: &[&str]) -> Result<WorkersArgs, String> {
        Line::try_parse_from([&["workers"], words].concat())
            .map(|line| line.args)
            .map_err(|err| err.to_string())
    }

    #[test]
    fn without_arguments_the_workers_of_the_local_server_are_counted() {
        let args = parse(&[]).unwrap();
        assert_eq!(args.wanted, None);
        assert_eq!(args.admin.address.to_string(), "127.0.0.1:45001");
    }

    #[test]
    fn a_number_of_workers_is_one_that_a_server_can_be_configured_with() {
        for (text, wanted) in [("1", 1), ("30000", MOST_WORKERS)] {
            assert_eq!(parse(&[text]).unwrap().wanted, Some(wanted));
        }
        for text in ["0", "30001", "-1", "1.5", "many", ""] {
            let refusal = parse(&["--", text]).unwrap_err();
            assert!(refusal.contains("from 1 to 30000"), "{refusal}");
        }
    }
}
