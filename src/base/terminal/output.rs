//! A result file, checked before the work begins, and left unchanged if the work yields no result.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {err}", path.display())]
pub(crate) struct OutputError {
    path: PathBuf,
    err: io::Error,
}

/// The destination of one result.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    /// The open destination, if it is not a regular file: closing a pipe would end it.
    pipe: Option<File>,
}

impl Output {
    /// Checks that the path can be written, and leaves it unchanged.
    pub(crate) fn to(path: &Path) -> Result<Self, OutputError> {
        let path = path.to_owned();
        match pipe(&path) {
            Ok(pipe) => Ok(Self { path, pipe }),
            Err(err) => Err(OutputError { path, err }),
        }
    }

    /// The destination, open for writing; a regular file is emptied.
    pub(crate) fn begin(&mut self) -> io::Result<File> {
        match self.pipe.take() {
            Some(pipe) => Ok(pipe),
            None => File::create(&self.path),
        }
    }

    /// Writes the whole result.
    pub(crate) fn write(
        mut self,
        contents: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let written = self.begin().and_then(|mut file| contents(&mut file));
        written.map_err(|err| self.failed(err))
    }

    /// The error message for a failed write.
    pub(crate) fn failed(self, err: io::Error) -> OutputError {
        let path = self.path;
        OutputError { path, err }
    }
}

/// Opens the path if it exists and is not a regular file. An unwritable path is an error.
fn pipe(path: &Path) -> io::Result<Option<File>> {
    match File::create_new(path) {
        Ok(_) => fs::remove_file(path).map(|()| None),
        Err(err) if err.kind() == ErrorKind::AlreadyExists => {
            let there = File::options().write(true).open(path)?;
            let is_file = there.metadata()?.is_file();
            Ok((!is_file).then_some(there))
        }
        Err(err) => Err(err),
    }
}
