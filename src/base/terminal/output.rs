//! A file that a result goes to. That it can be written is seen before the work begins; work that comes
//! to nothing leaves it as it was.

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

/// Where something is written to, once.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    /// What is no file is open from the beginning: a pipe that is closed has come to its end.
    pipe: Option<File>,
}

impl Output {
    /// Sees that this can be written, and leaves it as it is.
    pub(crate) fn to(path: &Path) -> Result<Self, OutputError> {
        let path = path.to_owned();
        match pipe(&path) {
            Ok(pipe) => Ok(Self { path, pipe }),
            Err(err) => Err(OutputError { path, err }),
        }
    }

    /// What there is to write into, emptied if it is a file.
    pub(crate) fn begin(&mut self) -> io::Result<File> {
        match self.pipe.take() {
            Some(pipe) => Ok(pipe),
            None => File::create(&self.path),
        }
    }

    /// Writes it whole.
    pub(crate) fn write(
        mut self,
        contents: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let written = self.begin().and_then(|mut file| contents(&mut file));
        written.map_err(|err| self.failed(err))
    }

    /// What to say when writing to it came to this.
    pub(crate) fn failed(self, err: io::Error) -> OutputError {
        let path = self.path;
        OutputError { path, err }
    }
}

/// What is at a path that can be written, unless it is a file or nothing yet.
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
