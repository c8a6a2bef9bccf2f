//! Foreign bytes in messages: escaped and bounded.

use std::fmt;

/// The most bytes that a message shows; an ellipsis replaces the rest.
const MOST_SHOWN: usize = 64;

/// A quotation of arbitrary bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    shown: Vec<u8>,
    extent: Extent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Whole,
    Beginning,
}

impl Quoted {
    /// Whether the quotation is empty.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

impl From<&[u8]> for Quoted {
    fn from(bytes: &[u8]) -> Self {
        match bytes.get(..MOST_SHOWN) {
            Some(beginning) if bytes.len() > MOST_SHOWN => Self {
                shown: beginning.to_vec(),
                extent: Extent::Beginning,
            },
            _ => Self {
                shown: bytes.to_vec(),
                extent: Extent::Whole,
            },
        }
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.extent {
            Extent::Whole => "",
            Extent::Beginning => "...",
        };
        write!(f, "\"{}{end}\"", self.shown.escape_ascii())
    }
}

/// The name of a command in a message: bare if it is a plain word, quoted otherwise.
pub(super) fn named(command: &[u8]) -> String {
    let is_word = !command.is_empty() && command.iter().all(u8::is_ascii_alphanumeric);
    match std::str::from_utf8(command) {
        Ok(word) if is_word && word.len() <= MOST_SHOWN => word.to_owned(),
        _ => Quoted::from(command).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_is_escaped_and_bounded() {
        let quote = |bytes: &[u8]| Quoted::from(bytes).to_string();
        assert_eq!(quote(b"a\x1b[2J\xff\r\n"), r#""a\x1b[2J\xff\r\n""#);
        assert_eq!(quote(&[b'a'; 64]), format!("\"{}\"", "a".repeat(64)));
        assert_eq!(quote(&[b'a'; 65]), format!("\"{}...\"", "a".repeat(64)));
    }

    #[test]
    fn a_plain_word_is_named_bare_and_anything_else_is_quoted() {
        assert_eq!(named(b"TIME"), "TIME");
        assert_eq!(named(b""), "\"\"");
        assert_eq!(named(b"TIME \0"), "\"TIME \\x00\"");
    }
}
