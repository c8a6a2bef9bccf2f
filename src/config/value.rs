//! What a value is: how each domain reads it, bounds it and writes it back.
//!
//! Numbers are in `number`, durations in `span`, rates in `rate`, addresses in `address`, blocks of
//! them in `block`.

use std::fmt::{self, Display};
use std::marker::PhantomData;

use crate::clock;

/// The values that a key may take.
///
/// What [`text`](Domain::text) and [`literal`](Domain::literal) write, [`read`](Domain::read)
/// reads back.
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

    /// What a flag without a value says, where it may stand without one.
    fn implied(&self) -> Option<&'static str> {
        None
    }
}

/// A value as one layer wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) form: Form,
}

impl Written {
    /// The elements of a list, each as it would have been written alone.
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

/// A list in TOML, of texts.
pub(super) fn toml_list<T: Display>(elements: impl Iterator<Item = T>) -> String {
    let each: Vec<String> = elements.map(|element| format!("\"{element}\"")).collect();
    format!("[{}]", each.join(", "))
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
    /// A TOML table, whose content does not matter.
    Table,
}

/// Characters of a value that an error repeats; the rest would only hide the message.
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

/// Yes or no.
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

/// A single value in TOML: numbers bare, all else a string.
fn toml_scalar(text: &str) -> String {
    if is_integer(text) {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

/// Whether a text is a decimal integer, of whatever size.
pub(super) fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}
