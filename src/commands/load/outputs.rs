//! The files that a result goes to. All are opened before the load begins, so that a run is not made
//! for nothing.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cli::{self, MergeArgs};
use crate::load::{Measurement, Observer, Plan, Progress, Second, Tally, kept};
use crate::report::{self, HdrLog};

use super::live;

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {err}", path.display())]
pub(super) struct OutputError {
    path: PathBuf,
    err: io::Error,
}

/// Writes a merged result to the files that were asked for.
pub(super) fn keep_merged(args: &MergeArgs, merged: &Measurement) -> Result<(), OutputError> {
    if let Some(path) = &args.json {
        Output::create(path)?.write(|file| kept::write(merged, report::summary(merged), file))?;
    }
    if let Some(path) = &args.html {
        Output::create(path)?
            .write(|file| file.write_all(report::html::page(merged).as_bytes()))?;
    }
    Ok(())
}

/// Where a result goes to, and where it is shown meanwhile.
pub(super) struct Outputs {
    view: Box<dyn Observer>,
    json: Option<Output>,
    csv: Option<Output>,
    html: Option<Output>,
    hdr: Option<Output>,
    /// The log of histograms in [`Self::hdr`], which is written as the run goes on.
    log: Option<HdrLog<File>>,
    /// What went wrong with it.
    log_failed: Option<io::Error>,
}

/// A file that is open.
struct Output {
    path: PathBuf,
    file: File,
}

impl Outputs {
    /// Opens every file.
    pub(super) fn create(paths: &cli::Outputs, plan: &Plan) -> Result<Self, OutputError> {
        let open = |path: &Option<PathBuf>| path.as_deref().map(Output::create).transpose();
        Ok(Self {
            json: open(&paths.json)?,
            csv: open(&paths.csv)?,
            html: open(&paths.html)?,
            hdr: open(&paths.hdr)?,
            log: None,
            log_failed: None,
            view: live::observer(plan),
        })
    }

    /// Leaves the terminal to the result.
    pub(super) fn leave_terminal(&mut self) {
        self.view = Box::new(());
    }

    /// Writes the result to every file, and returns what went wrong with each.
    pub(super) fn keep(self, measured: &Measurement) -> Vec<OutputError> {
        let json = self
            .json
            .map(|json| json.write(|file| kept::write(measured, report::summary(measured), file)));
        let csv = (self.csv)
            .map(|csv| csv.write(|file| file.write_all(report::csv(measured).as_bytes())));
        let html = (self.html)
            .map(|html| html.write(|file| file.write_all(report::html::page(measured).as_bytes())));
        let log = self.hdr.zip(self.log_failed);
        let log = log.map(|(Output { path, .. }, err)| Err(OutputError { path, err }));
        let all = [json, csv, html, log].into_iter().flatten();
        all.filter_map(Result::err).collect()
    }
}

impl Observer for Outputs {
    fn begins(&mut self, window: SystemTime) {
        self.view.begins(window);
        let log = self.hdr.as_ref().map(|hdr| {
            empty(&hdr.file)?;
            HdrLog::new(hdr.file.try_clone()?, window)
        });
        match log {
            Some(Ok(log)) => self.log = Some(log),
            Some(Err(err)) => self.log_failed = Some(err),
            None => {}
        }
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        self.view.progress(progress);
    }

    fn second(&mut self, second: &Second, tally: &Tally) {
        self.view.second(second, tally);
        if let Some(log) = &mut self.log
            && let Err(err) = log.second(second, tally)
        {
            self.log_failed = Some(err);
            self.log = None;
        }
    }
}

impl Output {
    fn create(path: &Path) -> Result<Self, OutputError> {
        let path = path.to_owned();
        // What is there already is kept until there is something to put in its place.
        let opened = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        match opened {
            Ok(file) => Ok(Self { path, file }),
            Err(err) => Err(OutputError { path, err }),
        }
    }

    fn write(
        mut self,
        contents: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let path = self.path;
        let emptied = empty(&self.file);
        let written = emptied.and_then(|()| contents(&mut self.file));
        written.map_err(|err| OutputError { path, err })
    }
}

/// Empties a file; a pipe or a terminal has nothing to lose.
fn empty(file: &File) -> io::Result<()> {
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    Ok(())
}
