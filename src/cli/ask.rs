//! The arguments of `jamd ask`.

use std::time::Duration;

use clap::Args;

use super::span::between;
use crate::client::Target;

const MOST_ASKED: i64 = 1_000_000_000;
const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_INTERVAL: Duration = Duration::from_hours(24);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(1);
const LONGEST_TIMEOUT: Duration = Duration::from_hours(1);

/// The server, the number of questions, and the timeouts.
///
/// Every argument stays optional here: a call without any argument is a separate case.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "\
Standard input is read with --prompt, and without any argument. Without any argument: a terminal
gets a prompt, piped lines are sent one by one, and if none comes in 5s the time is asked for once.")]
pub struct AskArgs {
    /// The server: a name or an address, IPv6 as `::1` or `[::1]:45000` [default: localhost:45000]
    #[arg(value_name = "HOST[:PORT]")]
    target: Option<Target>,

    /// How often to ask, all in one session [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_ASKED))]
    count: Option<u32>,

    /// From one question to the next, such as 250ms; at most 1d [default: 1s]
    #[arg(long, value_name = "DURATION", value_parser = between(Duration::ZERO, LONGEST_INTERVAL))]
    interval: Option<Duration>,

    /// The limit of every wait: to connect, for each reply, for the close; 1ms to 1h [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = between(SHORTEST_TIMEOUT, LONGEST_TIMEOUT))]
    timeout: Option<Duration>,

    /// Print the reply as it came, `JAM hh:mm:ss`, and not the time alone
    #[arg(long)]
    raw: bool,

    /// Read lines from standard input, send each, print each reply as it came; QUIT leaves
    #[arg(long, conflicts_with_all = ["count", "interval"])]
    prompt: bool,
}

/// The form in which the time is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// The time alone, `hh:mm:ss`.
    Time,
    /// The reply as it came, `JAM hh:mm:ss`.
    Raw,
}

/// The source of the questions, according to the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// There are no arguments: the source depends on standard input and output.
    Unsaid,
    /// The program asks for the time.
    Time,
    /// Lines from standard input.
    Lines,
}

impl AskArgs {
    /// The server to ask.
    pub fn target(&self) -> Target {
        self.target.clone().unwrap_or_default()
    }

    /// The number of questions.
    pub fn count(&self) -> u32 {
        self.count.unwrap_or(1)
    }

    /// The time from one question to the next.
    pub fn interval(&self) -> Duration {
        self.interval.unwrap_or(DEFAULT_INTERVAL)
    }

    /// The limit of every wait.
    pub fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(DEFAULT_TIMEOUT)
    }

    /// The form in which to print the time.
    pub fn style(&self) -> Style {
        if self.raw { Style::Raw } else { Style::Time }
    }

    /// The source of the questions.
    pub fn source(&self) -> Source {
        let Self {
            target,
            count,
            interval,
            timeout,
            raw,
            prompt,
        } = self;
        let spans = [interval, timeout];
        let is_silent = target.is_none() && count.is_none() && spans.iter().all(|s| s.is_none());
        match (prompt, is_silent && !raw) {
            (true, _) => Source::Lines,
            (false, true) => Source::Unsaid,
            (false, false) => Source::Time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: AskArgs,
    }

    fn parse(words: &[&str]) -> Result<AskArgs, String> {
        Line::try_parse_from([&["ask"], words].concat())
            .map(|line| line.args)
            .map_err(|err| err.to_string())
    }

    #[test]
    fn without_arguments_the_local_server_is_asked_once() {
        let args = parse(&[]).unwrap();
        assert_eq!(args.target().to_string(), "localhost:45000");
        assert_eq!(args.count(), 1);
        assert_eq!(args.interval(), Duration::from_secs(1));
        assert_eq!(args.timeout(), Duration::from_secs(5));
        assert_eq!(args.style(), Style::Time);
    }

    #[test]
    fn any_argument_but_prompt_asks_for_the_time() {
        assert_eq!(parse(&[]).unwrap().source(), Source::Unsaid);
        for words in [
            &["::1"][..],
            &["--count", "1"],
            &["--interval", "0s"],
            &["--timeout", "5s"],
            &["--raw"],
        ] {
            assert_eq!(parse(words).unwrap().source(), Source::Time, "{words:?}");
        }
        assert_eq!(parse(&["--prompt"]).unwrap().source(), Source::Lines);
        let lines = parse(&["h:1", "--prompt", "--timeout", "1s"]).unwrap();
        assert_eq!(lines.source(), Source::Lines);
    }

    #[test]
    fn a_bare_number_is_refused_with_its_two_likely_meanings() {
        for text in ["5", "0", "1.5"] {
            let refusal = parse(&["--timeout", text]).unwrap_err();
            assert!(
                refusal.contains(&format!("\"{text}s\" or \"{text}ms\"")),
                "{refusal}"
            );
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_with_the_range() {
        for (flag, text, range) in [
            ("--timeout", "0s", "from 1ms to 1h"),
            ("--timeout", "999us", "from 1ms to 1h"),
            ("--timeout", "61min", "from 1ms to 1h"),
            ("--interval", "25h", "from 0s to 1d"),
            ("--count", "0", "1..=1000000000"),
            ("--count", "1000000001", "1..=1000000000"),
        ] {
            let refusal = parse(&[flag, text]).unwrap_err();
            assert!(refusal.contains(range), "{refusal}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_some_that_are() {
        for text in ["", "soon", "5 apples", "5s.", "s5", "1,5s"] {
            let refusal = parse(&["--timeout", text]).unwrap_err();
            assert!(refusal.contains("5s, 250ms or 1m 30s"), "{refusal}");
        }
    }

    #[test]
    fn a_duration_too_long_for_its_parser_is_refused_and_nothing_panics() {
        for text in [
            "18446744073709551615s1000ms",
            "18446744073709551615s",
            "999999999999years",
        ] {
            assert!(parse(&["--timeout", text]).is_err(), "{text}");
        }
    }

    #[test]
    fn the_prompt_has_neither_count_nor_interval() {
        assert!(parse(&["--prompt", "--count", "2"]).is_err());
        assert!(parse(&["--prompt", "--interval", "2s"]).is_err());
    }
}
