//! A process that runs out of descriptors: a test that does this to its own is alone in its file.

use std::fs::File;
use std::os::fd::AsRawFd;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// How far the limit lies above what is open: more than the load tester wants to see below it before
/// it begins, few enough to be taken at once.
const ROOM: u64 = 128;

/// Takes every descriptor that this process may have but so many, until it is dropped.
pub fn leave_descriptors(left: usize) -> Vec<File> {
    let open = || File::open("/dev/null");
    let lowest_free = u64::try_from(open().unwrap().as_raw_fd()).unwrap();
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, lowest_free + ROOM, hard).unwrap();
    // Not by the limit alone: a number below may be free again that was in use a moment ago.
    let mut taken: Vec<_> = std::iter::from_fn(|| open().ok()).collect();
    taken.truncate(taken.len() - left);
    taken
}
