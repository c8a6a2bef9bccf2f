//! The files of a result, checked before the load so that no run is wasted.
//! A run without a result leaves them unchanged.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::base::terminal::{Output, OutputError, Screen};
use crate::cli::{self, MergeArgs};
use crate::load::{Judged, Measurement, Observer, Plan, Progress, Second, Tally, stored};
use crate::report::{self, HdrLog};

use super::live;

/// Writes a merged result to the requested files.
pub(super) fn keep_merged(args: &MergeArgs, merged: &Measurement) -> Result<(), OutputError> {
    if let Some(path) = &args.json {
        Output::to(path)?.write(|file| stored::write(merged, report::summary(merged), file))?;
    }
    if let Some(path) = &args.html {
        Output::to(path)?
            .write(|file| file.write_all(report::html::page(merged, &[]).as_bytes()))?;
    }
    Ok(())
}

/// The files of a result, and the progress display.
pub(super) struct Outputs {
    view: Box<dyn Observer>,
    json: Option<Output>,
    csv: Option<Output>,
    html: Option<Output>,
    hdr: Option<Output>,
    /// The log of histograms in [`Self::hdr`], written during the run.
    log: Option<HdrLog<File>>,
    /// The first error while writing that log.
    log_failed: Option<io::Error>,
    /// The start of the measured window.
    window: SystemTime,
}

impl Outputs {
    /// Checks that all requested files can be written.
    pub(super) fn to(
        paths: &cli::Outputs,
        plan: &Plan,
        screen: Screen,
    ) -> Result<Self, OutputError> {
        let to = |path: &Option<PathBuf>| path.as_deref().map(Output::to).transpose();
        Ok(Self {
            json: to(&paths.json)?,
            csv: to(&paths.csv)?,
            html: to(&paths.html)?,
            hdr: to(&paths.hdr)?,
            log: None,
            log_failed: None,
            window: UNIX_EPOCH,
            view: live::observer(plan, screen),
        })
    }

    /// Adds a second to the log of histograms; the first second creates the log.
    fn log(&mut self, second: &Second, tally: &Tally) -> io::Result<()> {
        let Some(hdr) = &mut self.hdr else {
            return Ok(());
        };
        let log = match &mut self.log {
            Some(log) => log,
            None => self.log.insert(HdrLog::new(hdr.begin()?, self.window)?),
        };
        log.second(second, tally)
    }

    /// Removes the progress display before the result is printed.
    pub(super) fn leave_terminal(&mut self) {
        self.view = Box::new(());
    }

    /// Writes the result and its verdicts to every file, and returns the errors.
    pub(super) fn keep(self, measured: &Measurement, judged: &[Judged]) -> Vec<OutputError> {
        let json = self.json.map(|json| {
            json.write(|file| stored::write(measured, report::summary(measured), file))
        });
        let csv = (self.csv)
            .map(|csv| csv.write(|file| file.write_all(report::csv(measured).as_bytes())));
        let html = (self.html).map(|html| {
            html.write(|file| file.write_all(report::html::page(measured, judged).as_bytes()))
        });
        let log = self.hdr.zip(self.log_failed);
        let log = log.map(|(hdr, err)| Err(hdr.failed(err)));
        let all = [json, csv, html, log].into_iter().flatten();
        all.filter_map(Result::err).collect()
    }
}

impl Observer for Outputs {
    fn begins(&mut self, window: SystemTime) {
        self.window = window;
        self.view.begins(window);
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        self.view.progress(progress);
    }

    fn second(&mut self, second: &Second, tally: &Tally) {
        self.view.second(second, tally);
        if self.log_failed.is_none() {
            self.log_failed = self.log(second, tally).err();
        }
    }
}
