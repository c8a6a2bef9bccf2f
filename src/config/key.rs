//! The type of a configuration key: name, help text, domain and field.

use std::fmt;

use super::Config;
use super::value::{Domain, Fault, Form, Written};

/// One configuration key.
#[derive(Debug)]
pub struct Key {
    /// The name in the file; the flag and the variable are derived from it.
    pub name: &'static str,
    /// The placeholder for the value in help texts.
    pub value_name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// The help texts that list the key.
    pub listing: Listing,
    pub(super) place: &'static dyn Place,
}

/// The prefix of all environment variables of `jamd`.
pub(super) const PREFIX: &str = "JAMD_";

/// The help texts that list a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Every help text.
    Brief,
    /// Only the full help text: few users need the key.
    Full,
}

impl Key {
    /// The flag, dashes included.
    pub fn flag(&self) -> String {
        format!("--{}", self.name)
    }

    /// The environment variable.
    pub fn variable(&self) -> String {
        let name = self.name.to_ascii_uppercase().replace('-', "_");
        format!("{PREFIX}{name}")
    }

    /// The help text with the bounds of the values.
    pub fn description(&self) -> String {
        format!("{}; {}", self.help, self.place.bounds())
    }

    /// The value in a configuration, in the form for a flag or a variable.
    pub fn text(&self, config: &Config) -> String {
        self.place.text(config)
    }

    /// The value in a configuration, in the form for a TOML file.
    pub fn literal(&self, config: &Config) -> String {
        self.place.literal(config)
    }

    /// The possible values, if they can be listed.
    pub fn choices(&self) -> Vec<&'static str> {
        self.place.choices()
    }

    /// Whether the key takes several values.
    pub fn is_list(&self) -> bool {
        self.place.is_list()
    }

    /// The value of a flag that is given without one, if that is allowed.
    pub fn implied(&self) -> Option<&'static str> {
        self.place.implied()
    }

    /// Sets the value in a configuration, if the domain allows it.
    pub(super) fn put(&self, config: &mut Config, written: &Written) -> Result<(), Fault> {
        self.place.put(config, written)
    }
}

/// The field of a [`Config`] for a value, without the value's type.
pub(super) trait Place: fmt::Debug + Sync {
    fn put(&self, config: &mut Config, written: &Written) -> Result<(), Fault>;
    fn text(&self, config: &Config) -> String;
    fn literal(&self, config: &Config) -> String;
    fn bounds(&self) -> String;
    fn choices(&self) -> Vec<&'static str>;
    fn is_list(&self) -> bool;
    fn implied(&self) -> Option<&'static str>;
}

/// A domain and the field for its values.
#[derive(Debug)]
pub(super) struct At<D: Domain>(pub(super) D, pub(super) Field<D::Value>);

/// Access to one field of a [`Config`].
pub(super) struct Field<T> {
    pub(super) of: fn(&Config) -> &T,
    pub(super) of_mut: fn(&mut Config) -> &mut T,
}

impl<T> fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Field")
    }
}

impl<D: Domain> Place for At<D> {
    fn put(&self, config: &mut Config, written: &Written) -> Result<(), Fault> {
        let Self(domain, field) = self;
        match written.form {
            Form::List if !domain.is_list() => return Err(Fault::new(domain.bounds(), written)),
            Form::Table => return Err(Fault::new(domain.bounds(), written)),
            _ => {}
        }
        *(field.of_mut)(config) = domain.read(written)?;
        Ok(())
    }

    fn text(&self, config: &Config) -> String {
        self.0.text((self.1.of)(config))
    }

    fn literal(&self, config: &Config) -> String {
        self.0.literal((self.1.of)(config))
    }

    fn bounds(&self) -> String {
        self.0.bounds()
    }

    fn choices(&self) -> Vec<&'static str> {
        self.0.choices()
    }

    fn is_list(&self) -> bool {
        self.0.is_list()
    }

    fn implied(&self) -> Option<&'static str> {
        self.0.implied()
    }
}
