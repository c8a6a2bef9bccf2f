//! What a value is: how each domain reads it, bounds it and writes it back.
//!
//! Durations are in `span`, addresses in `address`.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::clock;

/// The values that a key may take.
///
/// What [`text`](Domain::text) and [`literal`](Domain::literal) write, [`read`](Domain::read) reads back.
pub(super) trait Domain: fmt::Debug + Sync {
    /// The type of the field the value ends up in.
    type Value: fmt::Debug + 'static;

    /// The value that was written.
    fn read(&self, written: &Written) -> Result<Self::Value, Fault>;

    /// The value as a flag or a variable takes it.
    fn text(&self, value: &Self::Value) -> String;

    /// The bounds, as the words that follow "must be".
    fn bounds(&self) -> String;

    /// The value as a TOML file takes it.
    fn literal(&self, value: &Self::Value) -> String {
        toml_scalar(&self.text(value))
    }

    /// The values to choose from, where they can be listed.
    fn choices(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether a value is a list of several.
    fn is_list(&self) -> bool {
        false
    }
}

/// A value as one layer wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) form: Form,
}

/// Which notation a value was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A flag or a variable: text, whatever it means.
    Plain,
    /// A TOML string.
    Quoted,
    /// A TOML number, boolean or date.
    Bare,
    /// A TOML array, its elements joined by commas.
    List,
}

/// Characters of a value that an error repeats; the rest would only hide the message.
const SHOWN_CHARS: usize = 60;

impl Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.form == Form::List {
            return f.write_str("a list");
        }
        let shown: String = self.text.chars().take(SHOWN_CHARS).collect();
        let plain = !shown.is_empty() && shown.chars().all(|c| c.is_ascii_graphic());
        if self.form == Form::Quoted || !plain {
            write!(f, "{shown:?}")?;
        } else {
            f.write_str(&shown)?;
        }
        if shown.len() < self.text.len() {
            f.write_str("...")?;
        }
        Ok(())
    }
}

/// A value that its domain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be {wanted}, got {got}{}", .hint.as_ref().map_or(String::new(), |hint| format!(": {hint}")))]
pub struct Fault {
    wanted: String,
    got: String,
    hint: Option<String>,
}

impl Fault {
    pub(super) fn new(wanted: impl Into<String>, got: &Written) -> Self {
        Self {
            wanted: wanted.into(),
            got: got.to_string(),
            hint: None,
        }
    }

    /// The same fault with a way out of it.
    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The same fault in a domain that holds one more value.
    fn or(mut self, another: &str) -> Self {
        self.wanted.push_str(" or ");
        self.wanted.push_str(another);
        self
    }
}

/// A whole number within bounds.
#[derive(Debug)]
pub(super) struct Count<N>(pub(super) RangeInclusive<N>);

impl<N> Domain for Count<N>
where
    N: FromStr + PartialOrd + Display + fmt::Debug + Sync + 'static,
{
    type Value = N;

    fn read(&self, written: &Written) -> Result<N, Fault> {
        let number = written.text.parse().ok().filter(|n| self.0.contains(n));
        match (number, written.form) {
            (Some(number), Form::Plain | Form::Bare) => Ok(number),
            (Some(_), _) => Err(Fault::new(self.whole_number(), written)
                .with_hint("a number is written without quotes")),
            (None, _) if is_integer(&written.text) => Err(Fault::new(self.bounds(), written)),
            (None, _) => Err(Fault::new(self.whole_number(), written)),
        }
    }

    fn text(&self, value: &N) -> String {
        value.to_string()
    }

    fn bounds(&self) -> String {
        format!("between {} and {}", self.0.start(), self.0.end())
    }
}

impl<N: Display> Count<N> {
    fn whole_number(&self) -> String {
        format!(
            "a whole number between {} and {}",
            self.0.start(),
            self.0.end()
        )
    }
}

/// A number of bytes within bounds, bare or with a binary unit.
#[derive(Debug)]
pub(super) struct Size(pub(super) RangeInclusive<usize>);

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

impl Domain for Size {
    type Value = usize;

    fn read(&self, written: &Written) -> Result<usize, Fault> {
        let text = written.text.as_str();
        let (digits, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
        let digits = digits.trim_end();
        let scale = match unit {
            "" => 1,
            "KiB" => KIB,
            "MiB" => MIB,
            _ => return Err(self.misspelt(digits, unit, written)),
        };
        digits
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_mul(scale))
            .filter(|size| self.0.contains(size))
            .ok_or_else(|| {
                let what = if is_integer(digits) { "" } else { "a size " };
                Fault::new(format!("{what}{}", self.bounds()), written)
            })
    }

    fn text(&self, value: &usize) -> String {
        match *value {
            size if size.is_multiple_of(MIB) => format!("{}MiB", size / MIB),
            size if size.is_multiple_of(KIB) => format!("{}KiB", size / KIB),
            size => size.to_string(),
        }
    }

    fn bounds(&self) -> String {
        let (least, most) = (self.text(self.0.start()), self.text(self.0.end()));
        format!("between {least} and {most}")
    }
}

impl Size {
    /// The fault of a size whose unit is none of ours, with the one that was probably meant.
    fn misspelt(&self, digits: &str, unit: &str, written: &Written) -> Fault {
        let fault = Fault::new(format!("a size {}", self.bounds()), written);
        let meant = match unit.chars().next() {
            Some('k' | 'K') => "KiB",
            Some('m' | 'M') => "MiB",
            _ => return fault,
        };
        if is_integer(digits) {
            fault.with_hint(format!("write \"{digits}{meant}\""))
        } else {
            fault
        }
    }
}

/// A value that also has a name, and is written by it.
pub(super) trait Named: Copy + PartialEq + fmt::Debug + Sync + 'static {
    /// Every value with its name.
    const NAMES: &'static [(&'static str, Self)];
}

/// One of a few named values.
#[derive(Debug)]
pub(super) struct Choice<T>(pub(super) PhantomData<T>);

impl<T: Named> Domain for Choice<T> {
    type Value = T;

    fn read(&self, written: &Written) -> Result<T, Fault> {
        T::NAMES
            .iter()
            .find(|(name, _)| *name == written.text)
            .map(|(_, value)| *value)
            .ok_or_else(|| Fault::new(self.bounds(), written))
    }

    fn text(&self, value: &T) -> String {
        let named = T::NAMES.iter().find(|(_, known)| known == value);
        named.map_or(String::new(), |(name, _)| (*name).to_owned())
    }

    fn bounds(&self) -> String {
        match self.choices().split_last() {
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        }
    }

    fn choices(&self) -> Vec<&'static str> {
        T::NAMES.iter().map(|(name, _)| *name).collect()
    }
}

/// The zone of a clock.
#[derive(Debug)]
pub(super) struct Zone;

impl Domain for Zone {
    type Value = clock::Zone;

    fn read(&self, written: &Written) -> Result<clock::Zone, Fault> {
        let zone = written.text.parse();
        zone.map_err(|_| Fault::new(self.bounds(), written))
    }

    fn text(&self, value: &clock::Zone) -> String {
        value.to_string()
    }

    fn bounds(&self) -> String {
        "local, utc or an offset such as +07:00".to_owned()
    }
}

/// Another domain and `none`.
#[derive(Debug)]
pub(super) struct OrNone<D>(pub(super) D);

const NONE: &str = "none";

impl<D: Domain> Domain for OrNone<D> {
    type Value = Option<D::Value>;

    fn read(&self, written: &Written) -> Result<Self::Value, Fault> {
        if written.text == NONE {
            return Ok(None);
        }
        let value = self.0.read(written).map_err(|fault| fault.or(NONE))?;
        Ok(Some(value))
    }

    fn text(&self, value: &Self::Value) -> String {
        value
            .as_ref()
            .map_or(NONE.to_owned(), |value| self.0.text(value))
    }

    fn bounds(&self) -> String {
        format!("{} or {NONE}", self.0.bounds())
    }
}

/// A single value in TOML: numbers bare, all else a string.
fn toml_scalar(text: &str) -> String {
    if is_integer(text) {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

/// Whether a text is a decimal integer, of whatever size.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}
