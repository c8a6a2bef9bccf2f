//! A server's reply line, and the time in it.

use std::fmt;

/// One line from the server, with any content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    line: Vec<u8>,
}

impl Reply {
    /// Creates a reply from a received line, its line end included.
    pub(super) fn new(line: Vec<u8>) -> Self {
        Self { line }
    }

    /// The received bytes, line end included.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// The received bytes without their line end.
    pub fn text(&self) -> &[u8] {
        let text = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    /// The time in the reply, if the line is exactly `JAM hh:mm:ss` and CR LF.
    pub fn time(&self) -> Option<TimeOfDay> {
        let told = self.line.strip_prefix(b"JAM ")?.strip_suffix(b"\r\n")?;
        TimeOfDay::from_hhmmss(told)
    }

    /// Whether the reply is an error.
    pub fn is_error(&self) -> bool {
        self.text() == b"ERROR" || self.text().starts_with(b"ERROR ")
    }
}

/// A time between 00:00:00 and 23:59:59, written `hh:mm:ss`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
    second: u8,
}

impl TimeOfDay {
    /// Parses the eight bytes `hh:mm:ss`; `None` if they are not a valid time.
    pub fn from_hhmmss(text: &[u8]) -> Option<Self> {
        let &[h1, h2, b':', m1, m2, b':', s1, s2] = text else {
            return None;
        };
        Some(Self {
            hour: below(24, h1, h2)?,
            minute: below(60, m1, m2)?,
            second: below(60, s1, s2)?,
        })
    }

    /// Seconds since midnight.
    pub fn second_of_day(self) -> u32 {
        (u32::from(self.hour) * 60 + u32::from(self.minute)) * 60 + u32::from(self.second)
    }
}

/// The value of two decimal digits, if it is smaller than `limit`.
fn below(limit: u8, tens: u8, ones: u8) -> Option<u8> {
    let digit = |b: u8| b.is_ascii_digit().then(|| b - b'0');
    let number = digit(tens)? * 10 + digit(ones)?;
    (number < limit).then_some(number)
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            hour,
            minute,
            second,
        } = self;
        write!(f, "{hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(line: &[u8]) -> Reply {
        Reply::new(line.to_vec())
    }

    #[test]
    fn a_line_that_is_almost_the_time_is_refused() {
        for line in [
            &b"JAM 24:00:00\r\n"[..],
            b"JAM 12:60:00\r\n",
            b"JAM 12:00:60\r\n",
            b"JAM 1:02:03\r\n",
            b"JAM 12:00\r\n",
            b"JAM 12:00:00\n",
            b"JAM 12:00:00",
            b"JAM 12:00:00 \r\n",
            b"JAM  12:00:00\r\n",
            b"JAM 12-00-00\r\n",
            b"jam 12:00:00\r\n",
            b"JAM 01 02 2025 12:00:00\r\n",
            b"12:00:00\r\n",
            b"ERROR busy\r\n",
            b"\r\n",
            b"",
        ] {
            assert_eq!(reply(line).time(), None, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_refusal_begins_with_the_word_error() {
        for line in [&b"ERROR busy\r\n"[..], b"ERROR\r\n", b"ERROR x\n"] {
            assert!(reply(line).is_error(), "{}", line.escape_ascii());
        }
        for line in [&b"ERRORS\r\n"[..], b"error busy\r\n", b"JAM 12:00:00\r\n"] {
            assert!(!reply(line).is_error(), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn the_text_of_a_line_lacks_only_its_line_end() {
        assert_eq!(reply(b" a\r \r\n").text(), b" a\r ");
        assert_eq!(reply(b"a\n").text(), b"a");
        assert_eq!(reply(b"\r\n").text(), b"");
    }

    proptest! {
        #[test]
        fn every_time_of_the_day_reads_back(second in 0_u32..86_400) {
            let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
            let text = format!("{h:02}:{m:02}:{s:02}");
            let told = reply(format!("JAM {text}\r\n").as_bytes()).time();
            prop_assert_eq!(told.map(|time| time.to_string()), Some(text));
        }

        #[test]
        fn a_line_tells_a_time_only_if_writing_that_time_gives_the_line(
            line in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..20),
                "JAM [0-9:]{7,9}\r\n".prop_map(String::into_bytes),
                "JAM [0-9]{2}:[0-9]{2}:[0-9]{2}\r?\n".prop_map(String::into_bytes),
            ],
        ) {
            if let Some(time) = reply(&line).time() {
                prop_assert_eq!(format!("JAM {time}\r\n").into_bytes(), line);
            }
        }
    }
}
