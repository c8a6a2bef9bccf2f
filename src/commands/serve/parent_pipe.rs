//! The tie of a server to whoever started it, for those who must not leave one behind: the pipe that is
//! its standard input.

use std::io;
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::getpid;

/// From now on the end of standard input is a signal to drain. Nobody writes anything to it; it ends when
/// its other end is closed, which a process does at the latest when it ends, however that comes.
pub(crate) fn to_stdin() -> io::Result<()> {
    let tie = thread::Builder::new().name("tie".to_owned());
    // It ends with the process at the latest.
    tie.spawn(|| {
        let _ended_or_failed = io::copy(&mut io::stdin().lock(), &mut io::sink());
        // To the whole process; it cannot be refused to one's own.
        let _ = kill(getpid(), Signal::SIGTERM);
    })?;
    Ok(())
}
