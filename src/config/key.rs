//! What a key is: a name, a help text, and the domain and the place of its values.

use std::fmt;

use super::Config;
use super::value::{Domain, Fault, Form, Written};

/// One thing that can be set.
#[derive(Debug)]
pub struct Key {
    /// Its name in the file; flag and variable are derived from it.
    pub name: &'static str,
    /// What stands for the value in help texts.
    pub value_name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Which help lists it.
    pub listing: Listing,
    pub(super) place: &'static dyn Place,
}

/// What every variable of ours begins with.
pub(super) const PREFIX: &str = "JAMD_";

/// How prominent a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// In every help.
    Brief,
    /// In the full help only: few will ever need it.
    Full,
}

impl Key {
    /// Its flag, dashes included.
    pub fn flag(&self) -> String {
        format!("--{}", self.name)
    }

    /// Its environment variable.
    pub fn variable(&self) -> String {
        let name = self.name.to_ascii_uppercase().replace('-', "_");
        format!("{PREFIX}{name}")
    }

    /// Its help and the bounds of its values.
    pub fn description(&self) -> String {
        format!("{}; {}", self.help, self.place.bounds())
    }

    /// Its value in a configuration, as a flag or a variable takes it.
    pub fn text(&self, config: &Config) -> String {
        self.place.text(config)
    }

    /// Its value in a configuration, as a TOML file takes it.
    pub fn literal(&self, config: &Config) -> String {
        self.place.literal(config)
    }

    /// The values to choose from, where they can be listed.
    pub fn choices(&self) -> Vec<&'static str> {
        self.place.choices()
    }

    /// Whether it takes several values.
    pub fn is_list(&self) -> bool {
        self.place.is_list()
    }

    /// The value that its flag stands for when it is given none, if it may be given none.
    pub fn implied(&self) -> Option<&'static str> {
        self.place.implied()
    }

    /// Puts a value where it belongs, unless its domain does not hold it.
    pub(super) fn put(&self, config: &mut Config, written: &Written) -> Result<(), Fault> {
        self.place.put(config, written)
    }
}

/// Where in a [`Config`] a value goes, with the type of the value forgotten.
pub(super) trait Place: fmt::Debug + Sync {
    fn put(&self, config: &mut Config, written: &Written) -> Result<(), Fault>;
    fn text(&self, config: &Config) -> String;
    fn literal(&self, config: &Config) -> String;
    fn bounds(&self) -> String;
    fn choices(&self) -> Vec<&'static str>;
    fn is_list(&self) -> bool;
    fn implied(&self) -> Option<&'static str>;
}

/// A domain and the field that takes its values.
#[derive(Debug)]
pub(super) struct At<D: Domain>(pub(super) D, pub(super) Field<D::Value>);

/// The way to one field of a [`Config`].
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
