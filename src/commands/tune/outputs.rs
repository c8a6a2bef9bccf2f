//! The files of a tuning, checked before it begins.

use std::io::{self, Write};

use serde::Serialize;

use crate::base::terminal::{Output, OutputError};
use crate::cli::TuneArgs;
use crate::report::tune::{Origin, html};
use crate::tune::Tuning;

/// The format of the document, for later readers.
const FORMAT: &str = "jamd-tune/1";

/// The files of a tuning.
#[derive(Debug)]
pub(super) struct Outputs {
    json: Option<Output>,
    html: Option<Output>,
}

/// A tuning in its stored form.
#[derive(Serialize)]
struct StoredResult<'a> {
    format: &'static str,
    origin: &'a Origin,
    #[serde(flatten)]
    tuning: &'a Tuning,
}

impl Outputs {
    /// Checks that all requested files can be written.
    pub(super) fn to(args: &TuneArgs) -> Result<Self, OutputError> {
        Ok(Self {
            json: args.json.as_deref().map(Output::to).transpose()?,
            html: args.html.as_deref().map(Output::to).transpose()?,
        })
    }

    /// Writes the tuning to every file, and returns the errors.
    pub(super) fn keep(self, tuning: &Tuning, origin: &Origin) -> Vec<OutputError> {
        let kept = StoredResult {
            format: FORMAT,
            origin,
            tuning,
        };
        let json = self.json.map(|json| {
            json.write(|file| serde_json::to_writer_pretty(file, &kept).map_err(io::Error::from))
        });
        let html = self
            .html
            .map(|html| html.write(|file| file.write_all(html::page(tuning, origin).as_bytes())));
        let all = [json, html].into_iter().flatten();
        all.filter_map(Result::err).collect()
    }
}
