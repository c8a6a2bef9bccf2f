//! The layers of a configuration, and the values and origins that result.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::{ConfigErrors, Problem};
use super::key::Key;
use super::keys::KEYS;
use super::origin::Origin;
use super::value::{Fault, Form, Written};
use super::{Config, environment, file};

/// The effective value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// The value, in the form for a TOML file.
    pub value: String,
    /// The origin of the value.
    pub origin: Origin,
}

/// The values of all layers, unchecked. A later layer overrides an earlier one.
#[derive(Debug, Default)]
pub struct Layers {
    file: Option<(PathBuf, Result<String, Problem>)>,
    variables: Vec<(OsString, OsString)>,
    flags: Vec<(&'static Key, String)>,
}

impl Layers {
    /// Reads the file layer. An error is kept until [`resolve`](Self::resolve).
    #[must_use]
    pub fn read_file(self, path: &Path) -> Self {
        let text = file::read(path);
        Self {
            file: Some((path.to_owned(), text)),
            ..self
        }
    }

    /// Sets the text of the file layer, as if it had been read from a path.
    #[must_use]
    pub fn file(self, path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self {
            file: Some((path.into(), Ok(text.into()))),
            ..self
        }
    }

    /// Sets the environment layer; only variables that begin with `JAMD_` count.
    #[must_use]
    pub fn environment(self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut variables: Vec<_> = variables.into_iter().collect();
        variables.sort();
        Self { variables, ..self }
    }

    /// Sets the flag layer.
    #[must_use]
    pub fn flags(self, flags: impl IntoIterator<Item = (&'static Key, String)>) -> Self {
        Self {
            flags: flags.into_iter().collect(),
            ..self
        }
    }

    /// The resulting configuration, with the origin of each value in the order of [`KEYS`].
    ///
    /// # Errors
    ///
    /// Every problem of every layer, including problems of overridden values.
    pub fn resolve(self) -> Result<(Config, Vec<Setting>), ConfigErrors> {
        let mut stack = Stack::default();
        match self.file {
            Some((path, Ok(text))) => stack.lay_file(&path, &text),
            Some((_, Err(problem))) => stack.problems.push(problem),
            None => {}
        }
        stack.lay_environment(self.variables);
        stack.lay_flags(self.flags);
        stack.finish()
    }
}

/// The result of the layers so far.
#[derive(Default)]
struct Stack {
    config: Config,
    /// One entry for each value that was set, the latest last.
    origins: Vec<(&'static str, Origin)>,
    problems: Vec<Problem>,
}

impl Stack {
    fn lay_file(&mut self, path: &Path, text: &str) {
        let (entries, problems) = file::entries(path, text);
        self.problems.extend(problems);
        for entry in entries {
            let origin = Origin::File(path.to_owned(), entry.line);
            self.lay(entry.key, &entry.written, origin);
        }
        self.problems.sort_by_key(Problem::line);
    }

    fn lay_environment(&mut self, variables: Vec<(OsString, OsString)>) {
        let (entries, problems) = environment::entries(variables);
        self.problems.extend(problems);
        for entry in entries {
            let origin = Origin::Variable(entry.key.variable());
            self.lay(entry.key, &entry.written, origin);
        }
    }

    fn lay_flags(&mut self, flags: Vec<(&'static Key, String)>) {
        for (key, text) in flags {
            let form = Form::Plain;
            self.lay(key, &Written { text, form }, Origin::Flag(key.flag()));
        }
    }

    fn lay(&mut self, key: &'static Key, written: &Written, origin: Origin) {
        match key.put(&mut self.config, written) {
            Ok(()) => self.origins.push((key.name, origin)),
            Err(fault) => self.problems.push(Problem::Value {
                key: key.name,
                origin,
                fault,
            }),
        }
    }

    fn finish(mut self) -> Result<(Config, Vec<Setting>), ConfigErrors> {
        self.problems.extend(self.unguarded_admin());
        if !self.problems.is_empty() {
            return Err(ConfigErrors(self.problems));
        }
        let settings = KEYS
            .iter()
            .map(|key| Setting {
                key: key.name,
                value: key.literal(&self.config),
                origin: self.latest(key.name),
            })
            .collect();
        Ok((self.config, settings))
    }

    /// The administration port must be on a loopback address, unless `admin-public` is set.
    fn unguarded_admin(&self) -> Option<Problem> {
        let addr = self.config.admin?;
        if addr.ip().to_canonical().is_loopback() || self.config.admin_public {
            return None;
        }
        let port = addr.port();
        let got = Written {
            text: addr.to_string(),
            form: Form::Plain,
        };
        let wanted =
            format!("a loopback address such as 127.0.0.1:{port} unless admin-public is true");
        Some(Problem::Value {
            key: "admin",
            origin: self.latest("admin"),
            fault: Fault::new(wanted, &got),
        })
    }

    /// The origin of a key's effective value.
    fn latest(&self, key: &str) -> Origin {
        let set = self.origins.iter().rfind(|(name, _)| *name == key);
        set.map_or(Origin::Default, |(_, origin)| origin.clone())
    }
}
