//! Leases on the number of workers, seen from the client.
//! If the client is killed or does not renew in time, the server restores the earlier number.

use std::time::Duration;

use serde::Deserialize;

use super::{AdminClient, AdminError, Fault};
use crate::observe::{Headcount, LeaseView};

/// The status of the reply to a request that names an expired lease.
const OVER: u16 = 412;

/// A lease on the number of workers of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    number: u64,
    /// The number of workers that the server restores when the lease ends.
    pub otherwise: usize,
}

/// The answer to a request for a lease.
#[derive(Deserialize)]
struct Leased {
    lease: LeaseView,
}

impl AdminClient {
    /// Sets the number of workers for this long, unless the lease is renewed.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, the server refuses the number, or another client holds a lease.
    pub fn lease(&self, workers: usize, length: Duration) -> Result<Lease, AdminError> {
        let seconds = length.as_secs_f64();
        let body = format!(r#"{{"workers": {workers}, "for_seconds": {seconds}}}"#);
        let Leased { lease } = self.change(&body)?;
        Ok(Lease {
            number: lease.number,
            otherwise: lease.otherwise,
        })
    }

    /// Sets the number of workers and renews the lease for this long from now.
    ///
    /// # Errors
    ///
    /// The port cannot be reached, the server refuses the number, or the lease
    /// [is over](AdminError::is_over).
    pub fn renew(&self, lease: Lease, workers: usize, length: Duration) -> Result<(), AdminError> {
        let (number, seconds) = (lease.number, length.as_secs_f64());
        let body =
            format!(r#"{{"workers": {workers}, "for_seconds": {seconds}, "lease": {number}}}"#);
        let Leased { lease: _ } = self.change(&body)?;
        Ok(())
    }

    /// Sets the number of workers permanently and ends the lease.
    ///
    /// # Errors
    ///
    /// As for [`renew`](Self::renew). A number that was set in the meantime stays.
    pub fn end_lease(&self, lease: Lease, workers: usize) -> Result<(), AdminError> {
        let number = lease.number;
        let body = format!(r#"{{"workers": {workers}, "lease": {number}}}"#);
        self.change::<Headcount>(&body)?;
        Ok(())
    }
}

impl AdminError {
    /// Whether the lease is over: another client has changed the number of workers, or the lease was not
    /// renewed in time.
    pub fn is_over(&self) -> bool {
        matches!(self.fault, Fault::Rejected { status: OVER, .. })
    }
}
