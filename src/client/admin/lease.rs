//! A number of workers that holds for as long as somebody cares: who does not renew a lease in time, be it
//! that they were killed, leaves the server with as many workers as it had before.

use std::time::Duration;

use serde::Deserialize;

use super::{AdminClient, AdminError, Fault};
use crate::observe::{Headcount, LeaseView};

/// What a server answers to who wants something of a lease that is over.
const OVER: u16 = 412;

/// A lease on the number of workers of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    number: u64,
    /// How many workers there are to be when it is over.
    pub otherwise: usize,
}

/// The number of workers on a lease, as it is answered.
#[derive(Deserialize)]
struct Leased {
    lease: LeaseView,
}

impl AdminClient {
    /// Changes how many workers there are to be, for so long if nobody renews it.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, the server will not have so many, or somebody else has a lease.
    pub fn lease(&self, workers: usize, length: Duration) -> Result<Lease, AdminError> {
        let seconds = length.as_secs_f64();
        let body = format!(r#"{{"workers": {workers}, "for_seconds": {seconds}}}"#);
        let Leased { lease } = self.change(&body)?;
        Ok(Lease {
            number: lease.number,
            otherwise: lease.otherwise,
        })
    }

    /// Changes that number, for so long from now on.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, the server will not have so many, or the lease
    /// [is over](AdminError::is_over).
    pub fn renew(&self, lease: Lease, workers: usize, length: Duration) -> Result<(), AdminError> {
        let (number, seconds) = (lease.number, length.as_secs_f64());
        let body =
            format!(r#"{{"workers": {workers}, "for_seconds": {seconds}, "lease": {number}}}"#);
        let Leased { lease: _ } = self.change(&body)?;
        Ok(())
    }

    /// Changes that number for good, and with that ends the lease.
    ///
    /// # Errors
    ///
    /// As above; whoever has changed the number since has the last word.
    pub fn end_lease(&self, lease: Lease, workers: usize) -> Result<(), AdminError> {
        let number = lease.number;
        let body = format!(r#"{{"workers": {workers}, "lease": {number}}}"#);
        self.change::<Headcount>(&body)?;
        Ok(())
    }
}

impl AdminError {
    /// Whether a lease is over: somebody else has changed the number of workers since, or it was not
    /// renewed in time.
    pub fn is_over(&self) -> bool {
        matches!(self.fault, Fault::Rejected { status: OVER, .. })
    }
}
