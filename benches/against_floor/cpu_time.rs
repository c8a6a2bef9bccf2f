//! The CPU time that a server takes.

use std::io;
use std::time::Duration;

use nix::time::{ClockId, clock_getcpuclockid, clock_gettime};

use crate::running::Running;

impl Running {
    /// The CPU time of the whole process so far, ended threads included.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        let clock: ClockId = clock_getcpuclockid(self.pid)?;
        Ok(Duration::from(clock_gettime(clock)?))
    }
}
