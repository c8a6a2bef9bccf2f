//! The link to the parent process: the pipe on standard input. Its end stops the server.

use std::io;
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::getpid;

/// Makes the end of standard input a signal to drain. The pipe carries no data. It closes at the latest
/// when the parent ends, for any reason.
pub(crate) fn to_stdin() -> io::Result<()> {
    let tie = thread::Builder::new().name("tie".to_owned());
    // The thread ends with the process at the latest.
    tie.spawn(|| {
        let _ended_or_failed = io::copy(&mut io::stdin().lock(), &mut io::sink());
        // The signal goes to the whole process. A process may always signal itself.
        let _ = kill(getpid(), Signal::SIGTERM);
    })?;
    Ok(())
}
