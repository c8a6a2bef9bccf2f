//! Values: the domains that read them, check their bounds and write them.
//!
//! Numbers are in `number`, durations in `span`, rates in `rate`, addresses in `address`, address
//! blocks in `block`.

use std::fmt::{self, Display};
use std::marker::PhantomData;

use crate::clock;

/// The valid values of a key.
///
/// [`read`](Domain::read) must read the output of [`text`](Domain::text) and
/// [`literal`](Domain::literal).
pub(super) trait Domain: fmt::Debug + Sync {
    /// The type of the configuration field.
    type Value: fmt::Debug + 'static;

    /// Reads a written value.
    fn read(&self, written: &Written) -> Result<Self::Value, Fault>;

    /// The value in the form for a flag or a variable.
    fn text(&self, value: &Self::Value) -> String;

    /// The bounds, in the words that follow "must be".
    fn bounds(&self) -> String;

    /// The value in the form for a TOML file.
    fn literal(&self, value: &Self::Value) -> String {
        toml_scalar(&self.text(value))
    }

    /// The possible values, if they can be listed.
    fn choices(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// Whether a value is a list.
    fn is_list(&self) -> bool {
        false
    }

    /// The value of a flag that is given without one, if that is allowed.
    fn implied(&self) -> Option<&'static str> {
        None
    }
}

/// A value as written in one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) form: Form,
}

impl Written {
    /// The elements of a list, each in the form of a single value.
    pub(super) fn elements(&self) -> impl Iterator<Item = Self> {
        let form = match self.form {
            Form::List => Form::Quoted,
            other => other,
        };
        self.text.split(',').map(move |element| Self {
            text: element.trim().to_owned(),
            form,
        })
    }
}

/// A TOML list of strings.
pub(super) fn toml_list<T: Display>(elements: impl Iterator<Item = T>) -> String {
    let each: Vec<String> = elements.map(|element| format!("\"{element}\"")).collect();
    format!("[{}]", each.join(", "))
}

/// The notation of a written value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Text of a flag or a variable, of any type.
    Plain,
    /// A TOML string.
    Quoted,
    /// A TOML number, boolean or date.
    Bare,
    /// A TOML array, its elements joined by commas.
    List,
    /// A TOML table; its content is ignored.
    Table,
}

/// The most characters of a value that an error shows, to keep the message readable.
const SHOWN_CHARS: usize = 60;

impl Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.text.chars().take(SHOWN_CHARS).collect();
        let is_word = !shown.is_empty() && shown.chars().all(|c| c.is_ascii_graphic());
        match self.form {
            Form::List => return f.write_str("a list"),
            Form::Table => return f.write_str("a table"),
            Form::Plain | Form::Bare if is_word => f.write_str(&shown)?,
            Form::Plain | Form::Bare | Form::Quoted => write!(f, "{shown:?}")?,
        }
        if shown.len() < self.text.len() {
            f.write_str("...")?;
        }
        Ok(())
    }
}

/// An invalid value, with the expected values.
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

    /// Adds a suggestion to the fault.
    pub(super) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Adds another valid value to the fault's message.
    fn or(mut self, another: &str) -> Self {
        self.wanted.push_str(" or ");
        self.wanted.push_str(another);
        self
    }
}

/// A type with a name for each value.
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

/// A truth value.
#[derive(Debug)]
pub(super) struct Flag;

const TRUE: &str = "true";
const FALSE: &str = "false";

impl Domain for Flag {
    type Value = bool;

    fn read(&self, written: &Written) -> Result<bool, Fault> {
        match (written.form, written.text.as_str()) {
            (Form::Plain | Form::Bare, TRUE) => Ok(true),
            (Form::Plain | Form::Bare, FALSE) => Ok(false),
            (Form::Quoted, TRUE | FALSE) => Err(Fault::new(self.bounds(), written)
                .with_hint("a truth value is written without quotes")),
            _ => Err(Fault::new(self.bounds(), written)),
        }
    }

    fn text(&self, value: &bool) -> String {
        value.to_string()
    }

    fn bounds(&self) -> String {
        format!("{TRUE} or {FALSE}")
    }

    fn literal(&self, value: &bool) -> String {
        self.text(value)
    }

    fn choices(&self) -> Vec<&'static str> {
        vec![TRUE, FALSE]
    }

    fn implied(&self) -> Option<&'static str> {
        Some(TRUE)
    }
}

/// A time zone.
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

/// A value of another domain, or `none`.
#[derive(Debug)]
pub(super) struct OrNone<D>(pub(super) D);

pub(super) const NONE: &str = "none";

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

/// A single TOML value: a bare number or a string.
fn toml_scalar(text: &str) -> String {
    if is_integer(text) {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

/// Whether a text is a decimal integer of any size.
pub(super) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}
