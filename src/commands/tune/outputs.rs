//! The files that a tuning goes to. That they can be written is seen before it begins.

use std::io::{self, Write};

use serde::Serialize;

use crate::base::terminal::{Output, OutputError};
use crate::cli::TuneArgs;
use crate::report::tune::{Origin, html};
use crate::tune::Tuning;

/// What the document is, for whoever reads it later.
const FORMAT: &str = "jamd-tune/1";

/// Where a tuning goes to.
#[derive(Debug)]
pub(super) struct Outputs {
    json: Option<Output>,
    html: Option<Output>,
}

/// A tuning as it is kept.
#[derive(Serialize)]
struct StoredResult<'a> {
    format: &'static str,
    origin: &'a Origin,
    #[serde(flatten)]
    tuning: &'a Tuning,
}

impl Outputs {
    /// Sees that everything can be written that was asked for.
    pub(super) fn to(args: &TuneArgs) -> Result<Self, OutputError> {
        Ok(Self {
            json: args.json.as_deref().map(Output::to).transpose()?,
            html: args.html.as_deref().map(Output::to).transpose()?,
        })
    }

    /// Writes the tuning to every file, and returns what went wrong with each.
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
