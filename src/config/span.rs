//! Durations as values: with a unit, within bounds.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::value::{Domain, Fault, Written};
use crate::base::duration;

/// A duration within bounds.
#[derive(Debug)]
pub(super) struct Span(pub(super) RangeInclusive<Duration>);

impl Domain for Span {
    type Value = Duration;

    fn read(&self, written: &Written) -> Result<Duration, Fault> {
        match duration::parse(&written.text) {
            Some(span) if self.0.contains(&span) => Ok(span),
            Some(_) => Err(Fault::new(self.bounds(), written)),
            None => Err(self.unreadable(written)),
        }
    }

    fn text(&self, value: &Duration) -> String {
        duration::text(*value)
    }

    fn bounds(&self) -> String {
        let (least, most) = (
            duration::text(*self.0.start()),
            duration::text(*self.0.end()),
        );
        format!("between {least} and {most}")
    }
}

impl Span {
    /// The fault of a text that is not a duration; for a bare number, with a suggestion.
    fn unreadable(&self, written: &Written) -> Fault {
        let fault = Fault::new(format!("a duration {}", self.bounds()), written);
        match duration::without_unit(&written.text) {
            Some(hint) => fault.with_hint(hint),
            None => fault,
        }
    }
}

/// A duration of whole seconds within bounds.
#[derive(Debug)]
pub(super) struct WholeSeconds(pub(super) Span);

impl Domain for WholeSeconds {
    type Value = Duration;

    fn read(&self, written: &Written) -> Result<Duration, Fault> {
        let span = self.0.read(written)?;
        if span.subsec_nanos() == 0 {
            Ok(span)
        } else {
            Err(Fault::new(self.bounds(), written))
        }
    }

    fn text(&self, value: &Duration) -> String {
        duration::text(*value)
    }

    fn bounds(&self) -> String {
        format!("whole seconds {}", self.0.bounds())
    }
}
